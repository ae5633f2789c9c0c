"""How every figure looks and is written."""

from functools import partial
from pathlib import Path

import matplotlib
import matplotlib.pyplot as plt
import seaborn as sns
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from cgi_theory._files import replace_file

PALETTE = sns.color_palette("colorblind")
_DPI = 200


def use_style() -> None:
    """Set seaborn's paper style and a font embedded as outlines, the same on every machine."""
    matplotlib.rcdefaults()  # a user's own settings must not change a byte
    matplotlib.use("Agg")
    sns.set_theme(context="paper", style="ticks", palette="colorblind", font="DejaVu Sans")
    plt.rcParams |= {"pdf.fonttype": 42, "axes.spines.top": False, "axes.spines.right": False, "legend.frameon": False}


def delta_axis(axes: Axes) -> None:
    """Make the horizontal axis that of δ, logarithmic, with plain numbers."""
    axes.set_xscale("log")
    ticks = [0.01, 0.02, 0.05, 0.1, 0.2, 0.5]
    axes.set_xticks(ticks, labels=[f"{tick:g}" for tick in ticks])
    axes.minorticks_off()
    axes.set_xlabel(r"logit $\delta$")


def save(figure: Figure, folder: Path, name: str) -> list[Path]:
    """Write PNG and PDF without dates, so that the same table gives the same bytes."""
    folder.mkdir(parents=True, exist_ok=True)
    paths = [folder / f"{name}.png", folder / f"{name}.pdf"]
    for path, metadata in zip(paths, ({"Software": None}, {"CreationDate": None, "Producer": None}), strict=True):
        replace_file(path, partial(figure.savefig, dpi=_DPI, format=path.suffix[1:], metadata=metadata))
    plt.close(figure)
    return paths
