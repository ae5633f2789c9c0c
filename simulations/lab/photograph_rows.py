"""The rows of a table on photographs, of what its passes returned: numbers as they are, maps as pictures, and how alike they are.

The map that others are compared with is the trained network's. Those of randomised networks ought to differ; that of another
trained network, at a resolution of its own, ought to agree (the positive control). What agreement is worth is told by nulls: the
map of another photograph, and noise; the methods include a mask as sparse at random, and one of the largest scores.
"""

from collections.abc import Iterator
from typing import NamedTuple

from cgi_theory._arrays import Float2D
from simulations.experiment import Made, Row
from simulations.lab.alike_maps import similarities
from simulations.lab.image_maps import CGI, KEPT, METHODS, NOISE, PLAIN, map_of
from simulations.lab.photographed import TRAINED, State
from simulations.lab.pictures import INPUT, picture_rows, scale_of

RANDOMISED, OTHER_NETWORK, OTHER_PHOTOGRAPH = "randomised network", "other network", "another photograph"
CHANNELS = 3
Maps = dict[str, Float2D]


class _Place(NamedTuple):
    photograph: str
    network: str
    state: State


def rows(made: Made) -> list[Row]:
    """Return the table's rows."""
    table, maps = [], dict[_Place, Maps]()
    for result in made.results:
        table += [row for row in result if row["kind"] != KEPT]
        for row in result:
            if row["kind"] == KEPT:
                maps.setdefault(_place(row), {})[row["method"]] = map_of(row)
    kept = {_place(row): row["kept"] for row in table if row["kind"] == "network"}
    table += [row | {"kept": kept[place]} for place, found in maps.items() for row in _pictures(made, place, found)]
    return table + list(_similarities(made, maps))


def _place(row: Row) -> _Place:
    return _Place(row["photograph"], row["network"], State(row["randomised"], row["stage"]))


def _pictures(made: Made, place: _Place, maps: Maps) -> Iterator[Row]:
    """Yield the pictures of a pass: of the trained network, and of the photograph whose stages are randomised one by one."""
    if place.network != made.parameters["network"]:
        return
    first = place.photograph == made.parameters["photographs"][0]
    shown = list(maps) if place.state == TRAINED else [PLAIN, CGI] if first else []
    about = {"photograph": place.photograph, "network": place.network} | place.state._asdict()
    for method in shown:
        if method in (PLAIN, CGI) or method not in (*METHODS, NOISE):
            scale = CHANNELS * 255.0 if method == INPUT else scale_of(maps[PLAIN])
            yield from picture_rows(maps[method], scale, about | {"method": method})


def _similarities(made: Made, maps: dict[_Place, Maps]) -> Iterator[Row]:
    network, photographs = made.parameters["network"], made.parameters["photographs"]
    for number, photograph in enumerate(photographs):
        trained = maps[_Place(photograph, network, TRAINED)]
        original = {method: trained[method] for method in METHODS}
        others = [(_kind(place, network), place, found) for place, found in maps.items() if place.photograph == photograph]
        if len(photographs) > 1:
            other = _Place(photographs[(number + 1) % len(photographs)], network, TRAINED)
            others.append((OTHER_PHOTOGRAPH, other, maps[other]))
        others.append((NOISE, _Place(photograph, "", TRAINED), dict.fromkeys(METHODS, trained[NOISE])))
        for compared, place, found in others:
            if found is not trained:
                about = {"photograph": photograph, "network": place.network, **place.state._asdict(), "compared": compared}
                yield from similarities(original, found, made.parameters["grid"], about)


def _kind(place: _Place, network: str) -> str:
    return RANDOMISED if place.network == network else OTHER_NETWORK
