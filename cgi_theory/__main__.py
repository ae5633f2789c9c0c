"""``python -m cgi_theory``: the command ``cgi-theory``."""

from cgi_theory.cli import main

if __name__ == "__main__":  # a process of a pool imports this module too
    main()
