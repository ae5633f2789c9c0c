"""The similarities that tables have: correlations over lit and over all pixels, and what looks at maps as images.

On four fifths of a digit's pixels all maps that it multiplies are zero and tie: over all pixels even noise on the lit ones is
alike. The headline is what lit pixels say: of absolute values and of signs.
"""

from collections.abc import Callable
from functools import partial

from cgi_theory._arrays import Float1D
from cgi_theory.networks.similarity import CORRELATIONS, PreparedMaps, hog, jaccard, ssim

Metric = tuple[str, str]  # its name, and the pixels that it looks at
LIT, ALL = "lit", "all"
ABSOLUTE, SIGNED = HEADLINE = ("|spearman|", LIT), ("pearson", LIT)
_OF_IMAGES: dict[str, Callable[[PreparedMaps, PreparedMaps], Float1D]] = {"jaccard": jaccard, "ssim": ssim, "hog": hog}
METRICS: tuple[Metric, ...] = (
    *((name, pixels) for name in CORRELATIONS for pixels in (LIT, ALL)),
    *((name, ALL) for name in _OF_IMAGES),
)


def similarity(metric: Metric, x: PreparedMaps) -> Callable[[PreparedMaps, PreparedMaps], Float1D]:
    """Return the function of two batches of maps; ``x`` are their inputs."""
    name, pixels = metric
    if name in _OF_IMAGES:
        return _OF_IMAGES[name]
    return partial(CORRELATIONS[name], among=x) if pixels == LIT else CORRELATIONS[name]
