"""``python -m cgi_theory``: the command ``cgi-theory``."""

from cgi_theory._interrupts import run_command


def main() -> None:
    """Run the command."""
    run_command("cgi-theory", "cgi_theory.cli")


if __name__ == "__main__":
    main()
