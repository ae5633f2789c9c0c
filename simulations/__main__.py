"""``python -m simulations``: the command of :mod:`simulations.cli`."""

from cgi_theory._interrupts import run_command

if __name__ == "__main__":
    run_command("simulations", "simulations.cli")
