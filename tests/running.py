"""Runs ``python -m simulations`` and ``python -m figures`` as a user does, in processes of their own."""

import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[1]
ENVIRONMENT = os.environ | {"PYTHONPATH": str(ROOT)}


def module_command(*arguments):
    return [sys.executable, "-W", "error", "-m", *map(str, arguments)]


def run(*arguments, cwd):
    """Run a module to the end; warnings are errors."""
    command = module_command(*arguments)
    return subprocess.run(command, cwd=cwd, env=ENVIRONMENT, capture_output=True, text=True, check=False)
