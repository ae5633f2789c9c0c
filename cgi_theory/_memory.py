"""How much memory a process may still take: a request beyond it is refused before the system ends the process."""

import math
import os
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

try:
    import resource
except ImportError:  # not on Windows
    resource = None  # type: ignore[assignment]

_MACHINE = Path("/proc/meminfo")
_MEMBERSHIP = Path("/proc/self/cgroup")
_GROUPS = Path("/sys/fs/cgroup")


def available_memory() -> float:
    """Return the bytes that this process may still take, the least of all limits that can be read; ∞ if none can.

    Those are the machine's free memory, the process's limit of addresses (``ulimit -v``), and the limits of its control groups
    (a container, a job of a cluster).
    """
    return min([math.inf, *_machine(), *_addresses(), *_control_groups()])


def _machine() -> Iterator[float]:
    try:
        entries = dict(line.split(":", 1) for line in _MACHINE.read_text().splitlines())
        yield 1024.0 * int(entries["MemAvailable"].split()[0])
    except (OSError, LookupError, ValueError):
        if hasattr(os, "sysconf") and {"SC_PHYS_PAGES", "SC_PAGE_SIZE"} <= set(os.sysconf_names):
            yield float(os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE"))


def _addresses() -> Iterator[float]:
    if resource is None:
        return
    limit, _ = resource.getrlimit(resource.RLIMIT_AS)
    if limit != resource.RLIM_INFINITY:
        try:
            used = int(Path("/proc/self/statm").read_text().split()[0]) * resource.getpagesize()
        except (OSError, ValueError):
            used = 0
        yield float(limit - used)


def _control_groups() -> Iterator[float]:
    """Yield what each group that this process is in, and each group above it, leaves."""
    try:
        lines = _MEMBERSHIP.read_text().splitlines()
    except OSError:
        return
    for line in lines:
        _, controllers, name = (*line.split(":", 2), "", "")[:3]
        if controllers not in ("", "memory"):
            continue
        root, limit, used = (
            (_GROUPS, "max", "current") if not controllers else (_GROUPS / "memory", "limit_in_bytes", "usage_in_bytes")
        )
        group = root / name.strip("/")
        for folder in (group, *group.parents):
            with suppress(OSError, ValueError):  # there is no such file, or it says "max"
                yield float(int((folder / f"memory.{limit}").read_text()) - int((folder / f"memory.{used}").read_text()))
            if folder == root:
                break
