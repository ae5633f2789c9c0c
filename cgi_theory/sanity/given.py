"""The sanity check of maps that somebody has made already: arrays alone, or a stream of them."""

import hashlib
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any, NamedTuple

from cgi_theory._arguments import HIGHEST_SEED, function, shown, whole_number
from cgi_theory.networks._maps import Maps, PreparedMaps
from cgi_theory.sanity.arguments import METRICS, ONE_METHOD, metrics_of, require_names, require_printable
from cgi_theory.sanity.comparison import Alike, Before
from cgi_theory.sanity.keeping import place_of, resumed
from cgi_theory.sanity.report import Report, made_with
from cgi_theory.sanity.results import about_networks, parameters_of, report_of
from cgi_theory.sanity.table import EVERYTHING
from cgi_theory.sanity.tasks import Progress, keep, stored
from cgi_theory.sanity.words import COPIES
from cgi_theory.sweep.store import Store

_COMMAND = "cgi_theory.sanity_check_maps(...)"
Given = Maps | Mapping[str, Maps]


def sanity_check_maps(
    before: Given,
    randomised: Iterable[Given | tuple[str, Given]],
    retrained: Iterable[Given] = (),
    *,
    x: Maps | None = None,
    metrics: Iterable[str] = METRICS,
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
    if progress is not None:
        function("progress", progress)
    folder, force = place_of(out, force)
    maps = _by_name(before)
    require_names("before", maps)
    network = Before(maps, x, metrics_of(metrics, lit=x is not None), seed)
    items = _items("randomised", randomised), _items("retrained", retrained)
    return check_stream(network, *items, folder=folder, force=force, command=_COMMAND, progress=progress)


class Item(NamedTuple):
    """A network's maps by their methods, the stage of its randomisation, and what an error calls it."""

    maps: Mapping[Any, Maps]
    stage: str
    origin: str


def check_stream(
    before: Before,
    randomised: Iterable[Item],
    retrained: Iterable[Item],
    *,
    folder: Path | None,
    force: bool,
    command: str,
    progress: Progress | None,
) -> Report:
    """Return the report of maps that come one network at a time; arguments are those of ``sanity_check_maps``, checked."""
    digest = before.digest()

    def run(store: Store | None) -> Report:
        alike: list[Alike] = []
        stages: list[str] = []
        digests = [_digest({name: before.maps_of(name) for name in before.methods})]
        for masked, items in enumerate((randomised, retrained)):
            for item in items:
                maps = before.checked(item.maps, item.origin)
                digests.append(_digest(maps))
                alike.append(_alike(before, maps, digests[-1], len(alike) + 1, store, masked=bool(masked)))
                stages += [] if masked else [item.stage]
                if progress is not None:
                    progress(len(alike), len(alike))
        if not alike:
            raise ValueError("randomised and retrained must have maps of one network at least, not of none")
        about = about_networks(stages, len(alike) - len(stages), hashlib.sha256(b"".join(digests)).hexdigest())
        about[COPIES] = len(digests) - len(set(digests))
        made = made_with(parameters_of(before) | about, before.seed, digest)
        return report_of(before, stages, alike[: len(stages)], alike[len(stages) :], made, command)

    return resumed(folder, made_with(parameters_of(before), before.seed, digest), force, run)


def _by_name(given: Any) -> dict[Any, Maps]:
    return dict(given) if isinstance(given, Mapping) else {ONE_METHOD: given}


def _items(argument: str, given: Any) -> Iterator[Item]:
    """Yield the networks' maps, or raise a TypeError if they are those of a single one."""
    if isinstance(given, Mapping) or not isinstance(given, Iterable):
        raise TypeError(f"{argument} must be an iterable of maps, one for each network, not {shown(given)}: put it into a list")
    for number, item in enumerate(given):
        is_named = isinstance(item, tuple) and len(item) == 2 and isinstance(item[0], str)
        stage, maps = item if is_named else (EVERYTHING, item)
        require_printable(f"{argument}[{number}]'s stage", stage)
        yield Item(_by_name(maps), stage, f"{argument}[{number}]")


def _alike(
    before: Before, maps: Mapping[str, PreparedMaps], digest: bytes, number: int, store: Store | None, *, masked: bool
) -> Alike:
    """Return the similarities of a network's maps, from the store if they were stored for the same numbers."""
    if store is None:
        return before.alike(maps, number, masked=masked)
    # A network is known by its maps, and by its place in the check.
    place = int.from_bytes(hashlib.sha256(f"{number} {masked} ".encode() + digest).digest()[:7])
    if not store.gaps(place, 1):
        return stored(store, place, before.shape(masked=masked))
    found = before.alike(maps, number, masked=masked)
    keep(store, place, found)
    return found


def _digest(maps: Mapping[str, PreparedMaps]) -> bytes:
    """Return what tells networks apart whose maps are known alone."""
    digest = hashlib.sha256()
    for name, values in maps.items():
        digest.update(f"{name} ".encode() + values.flat.tobytes())
    return digest.digest()
