r"""Maps and what is measured on them, from arrays alone: anybody's scores, of any network and any library.

Scores are (batch, labels, \*features), such as (N, labels, pixels) or (N, labels, C, H, W): every label's score of every feature
of every image. They and all other arrays are NumPy's, or whatever ``np.asarray`` or DLPack takes. ``labels`` (batch,) are the
chosen labels, one for each image::

    from cgi_theory import maps

    chosen = maps.competitive(scores, labels)
    table = maps.measured(scores, labels, x)  # a row an image
    beside = {name: f(m) for name, m in maps.controls(scores, labels).items()}

**Memory.** Nothing here copies scores that are float32 or float64 in C order: beside them some maps of each image are held, and
of all labels parts of 32 MB. Others are copied once, to C order, and to float64 unless they are float32. What is too large to be
held at all can be streamed (:class:`cgi_theory.Competition`, :class:`cgi_theory.streaming.Contrast`).

**Channels.** A photograph's scores (N, labels, C, H, W) compete channel by channel, as in the paper: each channel of a pixel is a
feature. ``summed_channels(scores)``, (N, labels, H, W), lets pixels compete by the sum of their channels' scores instead.
``similarities`` compares pixels either way: it sums the channels of maps (N, C, H, W).
"""

from cgi_theory.maps._competing import competitive, contrastive, summed_channels
from cgi_theory.maps._controls import controls, highest, largest_pixels, other_rivals, random_pixels, thinned
from cgi_theory.maps._measured import measured
from cgi_theory.maps._predicted import gram_of, predicted
from cgi_theory.maps._similarities import similarities

__all__ = [
    "competitive",
    "contrastive",
    "controls",
    "gram_of",
    "highest",
    "largest_pixels",
    "measured",
    "other_rivals",
    "predicted",
    "random_pixels",
    "similarities",
    "summed_channels",
    "thinned",
]
