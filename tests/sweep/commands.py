"""The command ``cgi-theory`` as a user runs it."""

import sqlite3
import sys

from tests.forked import ENVIRONMENT, ROOT, run

__all__ = ["ENVIRONMENT", "ROOT", "cgi", "command", "stored_samples"]


def command(*arguments):
    return [sys.executable, "-m", "cgi_theory", *map(str, arguments)]


def cgi(*arguments, cwd):
    """Run to the end."""
    return run("cgi_theory", *arguments, cwd=cwd)


def stored_samples(store):
    """Count the samples in a store that no process has open."""
    connection = sqlite3.connect(store)
    try:
        return connection.execute("SELECT sum(stop - start) FROM entries").fetchone()[0] or 0
    except sqlite3.OperationalError:  # killed before it had made its tables
        return 0
    finally:
        connection.close()
