"""Runs the command ``cgi-theory`` as a user does, in processes of its own."""

import os
import sqlite3
import subprocess
import sys
import time
from pathlib import Path

ROOT = Path(__file__).parents[2]
ENVIRONMENT = os.environ | {"PYTHONPATH": str(ROOT), "COLUMNS": "200"}


def command(*arguments):
    return [sys.executable, "-m", "cgi_theory", *map(str, arguments)]


def cgi(*arguments, cwd, **options):
    """Run to the end."""
    return subprocess.run(
        command(*arguments), cwd=cwd, env=ENVIRONMENT, capture_output=True, text=True, check=False, timeout=120, **options
    )


def start(*arguments, cwd):
    """Start in a group of its own, as a shell does."""
    return subprocess.Popen(
        command(*arguments),
        cwd=cwd,
        env=ENVIRONMENT,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )


def wait_for_commits(store, process, seconds=60):
    """Wait until the process has committed blocks: its store's write-ahead log is longer than making the tables takes."""
    log = store.with_name(store.name + "-wal")
    end = time.monotonic() + seconds
    while time.monotonic() < end and process.poll() is None:
        if log.exists() and log.stat().st_size > 40_000:
            return
        time.sleep(0.005)


def stored_samples(store):
    """Count the samples in a store that no process has open."""
    connection = sqlite3.connect(store)
    try:
        return connection.execute("SELECT sum(stop - start) FROM blocks").fetchone()[0] or 0
    except sqlite3.OperationalError:  # killed before it had made its tables
        return 0
    finally:
        connection.close()
