"""``python -m figures``: the command of :mod:`figures.cli`."""

from cgi_theory._interrupts import run_command

if __name__ == "__main__":
    run_command("figures", "figures.cli")
