"""The similarities that tables have: correlations over lit and over all pixels, and what looks at maps as images.

On four fifths of a digit's pixels all maps that it multiplies are zero and tie: over all pixels even noise on the lit ones is
alike. The headline is what lit pixels say: of absolute values and of signs.
"""

from collections.abc import Callable
from functools import partial

from cgi_theory._arguments import one_of
from cgi_theory._arrays import Float1D
from cgi_theory.networks import similarity as _similarities
from cgi_theory.networks.similarity import CORRELATIONS, PreparedMaps

Metric = tuple[str, str]  # its name, and the pixels that it looks at
LIT, ALL = "lit", "all"
ABSOLUTE, SIGNED = HEADLINE = ("|spearman|", LIT), ("pearson", LIT)
_OF_IMAGES = ("jaccard", "ssim", "hog")
METRICS: tuple[Metric, ...] = (
    *((name, pixels) for name in CORRELATIONS for pixels in (LIT, ALL)),
    *((name, ALL) for name in _OF_IMAGES),
)


def similarity(metric: Metric, x: PreparedMaps | None) -> Callable[[PreparedMaps, PreparedMaps], Float1D]:
    """Return the function of two batches of maps; ``x`` are their inputs, which only lit pixels need."""
    name, pixels = metric
    return partial(CORRELATIONS[name], among=x) if pixels == LIT else _similarities.METRICS[name]


def metric_of(name: object, *, lit: bool) -> Metric:
    """Return a metric by its name, over the lit pixels if they are known and it can be taken over them.

    Raises
    ------
    ValueError
        If there is none of this name.
    """
    known = one_of("metrics", name, tuple(_similarities.METRICS))
    return known, LIT if lit and known in CORRELATIONS else ALL
