"""How every figure looks."""

from collections.abc import Iterator
from contextlib import contextmanager

import matplotlib
import matplotlib.pyplot as plt
import seaborn as sns
from matplotlib.axes import Axes

PALETTE = sns.color_palette("colorblind")


def use_style() -> None:
    """Set seaborn's paper style and a font embedded as outlines, the same on every machine."""
    matplotlib.rcdefaults()  # a user's own settings must not change a byte
    sns.set_theme(context="paper", style="ticks", palette="colorblind", font="DejaVu Sans", color_codes=False)
    plt.rcParams |= {"pdf.fonttype": 42, "axes.spines.top": False, "axes.spines.right": False, "legend.frameon": False}


@contextmanager
def styled() -> Iterator[None]:
    """Draw in the style, and leave the settings of whoever draws as they were."""
    interactive = False
    try:
        with plt.rc_context():
            use_style()
            try:
                yield
            finally:
                interactive = matplotlib.is_interactive()
    finally:
        if interactive:  # a notebook's backend says so when the first figure loads it, which may have been here
            matplotlib.interactive(True)


def delta_axis(axes: Axes) -> None:
    """Make the horizontal axis that of δ, logarithmic, with plain numbers."""
    axes.set_xscale("log")
    ticks = [0.01, 0.02, 0.05, 0.1, 0.2, 0.5]
    axes.set_xticks(ticks, labels=[f"{tick:g}" for tick in ticks])
    axes.minorticks_off()
    axes.set_xlabel(r"logit $\delta$")
