"""The sanity check of maps that somebody has made already: arrays alone, or a stream of them."""

import hashlib
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

import numpy as np

from cgi_theory._arguments import HIGHEST_SEED, file_path, flag, function, shown, whole_number
from cgi_theory.networks._maps import Maps
from cgi_theory.sanity.arguments import ONE_METHOD, metrics_of, require_names
from cgi_theory.sanity.comparison import Alike, Before
from cgi_theory.sanity.keeping import resumed
from cgi_theory.sanity.report import Report, made_with
from cgi_theory.sanity.results import parameters_of, report_of
from cgi_theory.sanity.table import EVERYTHING
from cgi_theory.sanity.tasks import Progress, keep, stored
from cgi_theory.sweep.store import Store

_COMMAND = "cgi_theory.sanity_check_maps(...)"
Given = Maps | Mapping[str, Maps]


def sanity_check_maps(
    before: Given,
    randomised: Iterable[Given | tuple[str, Given]],
    retrained: Iterable[Given] = (),
    *,
    x: Maps | None = None,
    metrics: Iterable[str] = ("|spearman|", "pearson"),
    seed: int = 0,
    out: str | Path | None = None,
    force: bool = False,
    progress: Progress | None = None,
) -> Report:
    r"""Check maps as :func:`sanity_check` does, from arrays alone.

    Parameters
    ----------
    before : array_like, (batch, \*features), or mapping of str to array_like
        The maps of the network that is checked, of one method or of several by name: (batch, pixels), (batch, height, width) or
        (batch, channels, \*spatial).
    randomised : iterable of the same, or of (str, the same)
        One for each randomised network, of the same images and labels; a generator is asked for one at a time, and once. Maps
        without a name are of a network with all layers randomised, as are those named "all layers"; those of another name are
        of the stage of that name, shown but not judged.
    retrained : iterable of the same
        One for each retrained network: three or more.
    x : array_like, (batch, \*features), optional
        The inputs. Correlations are then over the pixels on which they are not 0; without them over all.
    metrics, seed, out, force, progress
        As for :func:`sanity_check`. A stored network is known by the bytes of its maps; ``progress`` is told how many are done,
        and as many for all, since nobody knows how many a generator gives.

    Returns
    -------
    Report
        That of :func:`sanity_check`, if the maps are those that its methods make.

    Raises
    ------
    TypeError, ValueError
        Naming the maps that are off.
    RefusedTableError, StoreError
        If something else lies in ``out``, or it cannot be written.
    """
    seed = whole_number("seed", seed, 0, HIGHEST_SEED)
    report = (lambda done, total: None) if progress is None else function("progress", progress)
    folder, force = None if out is None else file_path("out", out), flag("force", force)
    first = _by_name(before)
    require_names("before", first)
    network = Before(first, x, metrics_of(metrics, lit=x is not None), seed)
    about = parameters_of(network, [], 0) | {"digest": network.digest()}

    def run(store: Store | None) -> Report:
        alike: list[Alike] = []
        stages: list[str] = []
        for name, maps in _staged(randomised):
            stages.append(name)
            alike.append(_alike(network, maps, len(alike) + 1, store, masked=False))
            report(len(alike), len(alike))
        for maps in _each("retrained", retrained):
            alike.append(_alike(network, _by_name(maps), len(alike) + 1, store, masked=True))
            report(len(alike), len(alike))
        made = made_with(about | parameters_of(network, stages, len(alike) - len(stages)), seed)
        return report_of(network, stages, alike[: len(stages)], alike[len(stages) :], made, _COMMAND)

    return resumed(folder, made_with(about, seed), force, run)


def _by_name(given: Any) -> dict[Any, Maps]:
    return dict(given) if isinstance(given, Mapping) else {ONE_METHOD: given}


def _each(argument: str, given: Any) -> Iterator[Any]:
    """Yield the networks' maps, or raise a TypeError if they are those of a single one."""
    if isinstance(given, Mapping) or not isinstance(given, Iterable):
        raise TypeError(f"{argument} must be an iterable of maps, one for each network, not {shown(given)}: put it into a list")
    yield from given


def _staged(randomised: Any) -> Iterator[tuple[str, dict[Any, Maps]]]:
    for item in _each("randomised", randomised):
        if isinstance(item, tuple) and len(item) == 2 and isinstance(item[0], str):
            yield item[0], _by_name(item[1])
        else:
            yield EVERYTHING, _by_name(item)


def _alike(before: Before, maps: Mapping[str, Maps], number: int, store: Store | None, *, masked: bool) -> Alike:
    """Return the similarities of a network's maps, from the store if they were stored for the same bytes."""
    if store is None:
        return before.alike(maps, number, masked=masked)
    place = _place(maps, number, masked)
    if not store.gaps(place, 1):
        return stored(store, place, before.shape(masked=masked))
    found = before.alike(maps, number, masked=masked)
    keep(store, place, found)
    return found


def _place(maps: Mapping[str, Any], number: int, masked: bool) -> int:
    """Return the number under which a network is stored: a digest of its maps, and of its place in the check."""
    digest = hashlib.sha256(f"{number} {masked} ".encode())
    for name, values in maps.items():
        array = np.ascontiguousarray(values)
        digest.update(f"{name} {array.dtype.str} {array.shape} ".encode() + array.tobytes())
    return int.from_bytes(digest.digest()[:7])
