"""What a table's sidecar says of how it was made: the versions of libraries, and the commit."""

import platform
import subprocess
from importlib import metadata
from pathlib import Path

from cgi_theory._sources import libraries

_ROOT = Path(__file__).parents[2]


def versions(module: str) -> dict[str, str]:
    """Return the versions of Python and of the installed libraries that a module uses, itself or by what it imports of ours."""
    found = {"python": platform.python_version()}
    for library in libraries(module):
        try:
            found[library] = metadata.version(library)
        except metadata.PackageNotFoundError:  # an optional one
            continue
    return found


def commit() -> str | None:
    """Return the checkout's git commit, with "+changes" if files differ from it; None outside a checkout of the package."""
    if not (_ROOT / ".git").exists():
        return None
    try:
        described = subprocess.run(
            ["git", "describe", "--always", "--abbrev=40", "--exclude=*", "--dirty=+changes"],
            cwd=_ROOT,
            capture_output=True,
            text=True,
            check=True,
            timeout=20,
        )
    except (OSError, subprocess.SubprocessError):
        return None
    return described.stdout.strip()
