"""``python -m benchmarks``: the command of :mod:`benchmarks.cli`."""

from cgi_theory._interrupts import run_command

if __name__ == "__main__":
    run_command("benchmarks", "benchmarks.cli")
