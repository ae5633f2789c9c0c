"""A check that keeps what is finished in a folder, and goes on from there; and what tells one check from another."""

from collections.abc import Callable, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

from cgi_theory._arguments import file_path, flag
from cgi_theory.sanity.report import STORE, Report, kept_report, require_folder, require_ours
from cgi_theory.sweep.store import Store, StoreError


def place_of(out: object, force: object) -> tuple[Path | None, bool]:
    """Return the folder, if any, in which a report can be written, and whether what lies there may be discarded."""
    discards, folder = flag("force", force), None if out is None else file_path("out", out)
    if folder is not None:
        require_ours(folder, force=discards)
    return folder, discards


def resumed(folder: Path | None, made: Mapping[str, Any], force: bool, run: Callable[[Store | None], Report]) -> Report:
    """Return the report of a run, which a folder keeps if one is given; what it keeps already is not made again.

    Parameters
    ----------
    folder : Path, optional
    made : mapping
        What tells this check from others.
    force : bool
        Discard what the folder keeps of another check.
    run : callable
        From the store, if any, to the report.
    """
    if folder is None:
        return run(None)
    require_folder(folder, made, force=force)
    if (report := kept_report(folder, made)) is not None:
        _discard_left(folder / STORE, made)
        return report
    with Store(folder / STORE, made, force=force) as store:
        report = run(store)
        report.save(folder, force=force)
        store.delete()
    return report


def _discard_left(path: Path, made: Mapping[str, Any]) -> None:
    """Delete the store that a process left which was killed between writing the report and deleting it."""
    if path.exists():
        with suppress(StoreError), Store(path, made) as store:
            store.delete()
