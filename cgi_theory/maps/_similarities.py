"""How alike maps are before and after, by every metric, with what is undefined counted and said why."""

from collections import Counter
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

from cgi_theory._arrays import Bool1D, Float1D, Int1D
from cgi_theory._floating import own_error_state
from cgi_theory.networks._hog import CELL
from cgi_theory.networks._maps import Maps, PreparedMaps, lit, places_among, prepared, supported_pixels
from cgi_theory.networks.similarity import CORRELATIONS, METRICS, SSIM_WINDOW
from cgi_theory.sampling.averages import mean_of

if TYPE_CHECKING:
    import pandas as pd

# Of the metrics that know images only, the fewest rows and columns.
_SMALLEST_IMAGE = {"ssim": SSIM_WINDOW, "hog": CELL}
# Of the correlations on the union, what they are among its pixels.
_AMONG_THE_UNION = {"spearman on the union": "spearman", "pearson on the union": "pearson"}
# What is undefined where it is constant.
_COMPARED = {
    "|spearman|": "absolute scores",
    "|pearson|": "absolute scores",
    "hog": "histograms",
    "spearman on the union": "scores on the union",
    "pearson on the union": "scores on the union",
}


@own_error_state
def similarities(before: Maps, after: Maps, among: Maps | None = None) -> "pd.DataFrame":
    r"""Compare maps before and after, pair by pair, by every metric of :mod:`cgi_theory.networks.similarity`.

    Parameters
    ----------
    before, after : array_like, (batch, pixels), (batch, height, width) or (batch, channels, \*spatial)
        Maps of the same images; channels are summed.
    among : array_like, of the shape of the maps, or without their channels, optional
        Where it is not 0 the four correlations compare pixels, such as the inputs: where those are blank all maps that they
        multiply tie. The other metrics compare all pixels.

    Returns
    -------
    pandas.DataFrame
        Indexed by ``metric``, with columns ``mean`` and ``stderr`` over the ``pairs`` that are defined, NaN where there are none
        (for the standard error, fewer than two); ``undefined``, how many pairs are not; and ``why``, each reason with its number
        of pairs. SSIM and HOG know images only, of 7 × 7 and of 4 × 4 pixels at least: of other maps no pair is defined. A
        batch of none has no pairs.

    Raises
    ------
    TypeError, ValueError
        Naming the argument that is not finite, or of no such shape; or if the shapes differ.

    Examples
    --------
    >>> table = similarities([[3.0, 0.0, 1.0], [0.0, 0.0, 0.0]], [[3.0, 0.0, 1.0], [1.0, 0.0, 2.0]])
    >>> [round(float(table.loc["pearson", "mean"]), 9), int(table.loc["pearson", "pairs"]), table.loc["pearson", "why"]]
    [1.0, 1, 'scores constant before: 1']
    """
    import pandas as pd  # noqa: PLC0415  takes as long to import as all the rest

    one, other = prepared(before, "before"), prepared(after, "after")
    if one.given_shape != other.given_shape:
        raise ValueError(f"before and after must have equal shapes, not {one.given_shape} and {other.given_shape}")
    places = None if among is None else places_among(among, one)
    rows = []
    for name in METRICS:
        values, why = compared(name, one, other, places)
        defined = values[~np.isnan(values)]
        mean, stderr = _mean(defined)
        rows.append((mean, stderr, len(defined), len(values) - len(defined), in_words(why)))
    columns = ["mean", "stderr", "pairs", "undefined", "why"]
    return pd.DataFrame(rows, columns=columns, index=pd.Index(METRICS, name="metric"))


def compared(
    name: str, before: PreparedMaps, after: PreparedMaps, among: PreparedMaps | None = None
) -> tuple[Float1D, Counter[str]]:
    """Return a metric of each pair, NaN where it is undefined, and for how many pairs it is so for which reason.

    ``among`` counts for correlations alone.
    """
    if (why := refused(name, before)) is not None:
        return np.full(len(before.flat), np.nan), Counter({why: len(before.flat)} if len(before.flat) else {})
    places = among if name in CORRELATIONS else None
    values = _values(name, before, after, places)
    rows = np.flatnonzero(np.isnan(values))
    return values, _reasons(name, before, after, places, rows) if len(rows) else Counter()


def in_words(why: Mapping[str, int]) -> str:
    """Return reasons with their numbers of pairs on one line, empty if there are none."""
    return ", ".join(f"{reason}: {count}" for reason, count in why.items())


def _values(name: str, one: PreparedMaps, other: PreparedMaps, places: PreparedMaps | None) -> Float1D:
    options: dict[str, Any] = {} if places is None else {"among": places}
    return METRICS[name](one, other, **options)


def refused(name: str, maps: PreparedMaps) -> str | None:
    """Return why a metric knows no such maps."""
    smallest, spatial = _SMALLEST_IMAGE.get(name), len(maps.given_shape) - 1 - (len(maps.given_shape) > 3)
    if smallest is None or (spatial == 2 and min(maps.given_shape[-2:]) >= smallest):
        return None
    return f"images smaller than {smallest} × {smallest}" if spatial == 2 else "maps without rows and columns alone"


def _reasons(name: str, before: PreparedMaps, after: PreparedMaps, among: PreparedMaps | None, rows: Int1D) -> Counter[str]:
    """Return why pairs are undefined: a pair is so if either map is, compared with itself on the same pixels."""
    one, other = _part(before, rows), _part(after, rows)
    places = None if among is None else PreparedMaps(among.support[rows])
    if name in _AMONG_THE_UNION:
        name, what, places = _AMONG_THE_UNION[name], _COMPARED[name], PreparedMaps(lit(one) | lit(other))
    else:
        what = _COMPARED.get(name, "scores")
    nowhere = np.zeros(len(rows), dtype=bool) if among is None or places is None else supported_pixels(places) == 0
    first, second = (np.isnan(_values(name, maps, maps, places)) & ~nowhere for maps in (one, other))
    found: dict[str, Bool1D] = {
        f"{what} constant before": first & ~second,
        f"{what} constant after": second & ~first,
        f"{what} constant before and after": first & second,
        "no pixel among": nowhere,
    }
    return Counter({reason: int(count) for reason, where in found.items() if (count := np.count_nonzero(where))})


def _part(maps: PreparedMaps, rows: Int1D) -> PreparedMaps:
    """Return some of the maps, without channels."""
    shape = maps.given_shape[1:] if len(maps.given_shape) < 4 else maps.given_shape[2:]
    return PreparedMaps(maps.flat[rows].reshape(len(rows), *shape))


def _mean(values: Float1D) -> tuple[float, float]:
    if len(values) < 2:
        return (float(values[0]) if len(values) else np.nan), np.nan
    found = mean_of(values)
    return found.mean, found.stderr
