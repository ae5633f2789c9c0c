"""Runs the command ``cgi-theory`` as a user does, in processes of its own."""

import sqlite3
import subprocess
import sys

from tests.paused import ENVIRONMENT, ROOT

__all__ = ["ENVIRONMENT", "ROOT", "cgi", "command", "stored_samples"]


def command(*arguments):
    return [sys.executable, "-m", "cgi_theory", *map(str, arguments)]


def cgi(*arguments, cwd, **options):
    """Run to the end."""
    return subprocess.run(command(*arguments), cwd=cwd, env=ENVIRONMENT, capture_output=True, text=True, check=False, **options)


def stored_samples(store):
    """Count the samples in a store that no process has open."""
    connection = sqlite3.connect(store)
    try:
        return connection.execute("SELECT sum(stop - start) FROM entries").fetchone()[0] or 0
    except sqlite3.OperationalError:  # killed before it had made its tables
        return 0
    finally:
        connection.close()
