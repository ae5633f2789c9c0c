"""Rows of maps of one digit as layers are randomised: the arrangement of Figures 4, 5, 6, 8, 9 and 10.

Left, all panels of a digit share one scale, written beside each row: the 99.5th percentile of the absolute scores of the row
without competition, all its panels together. Right, the same maps, each panel by its own largest score. Left under a map with
competition stands the fraction of lit pixels that it keeps; right, under that of a randomised network, how alike it and the
original are, over lit pixels and in brackets over all: by the rank correlation of absolute scores, and by Pearson's of signed
ones. Layers are counted from 0, the one at the input.
"""

from collections.abc import Sequence

import numpy as np
import pandas as pd
from matplotlib import pyplot as plt
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from numpy.typing import NDArray

from cgi_theory._arrays import Float1D, Float2D
from cgi_theory.networks.measures import kept
from cgi_theory.networks.similarity import PreparedMaps, absolute_spearman, pearson
from figures.drawing.network_names import network_of
from figures.drawing.signed_maps import draw_absolute, draw_signed, image_of
from simulations.randomised_maps import MAPS

ORIGINAL = "original"
_BELOW = "|Spearman| and signed Pearson with the original, over lit pixels (over all)"
Panels = list[tuple[str, pd.DataFrame]]  # what is randomised, and the pixels' rows


def draw_rows(
    table: pd.DataFrame, randomised: str, method: str, digits: Sequence[int], *, absolute: bool = False, own_label: bool = False
) -> Figure:
    """Return the figure.

    Parameters
    ----------
    table : DataFrame
        Of simulations/randomised_maps.py.
    randomised : str
        "layer-wise", with the original map left, or "cascading", with the original map right, as in the paper.
    method : str
        A method of the table; the row of its maps with competition stands above that without.
    digits : sequence of int
        Those of them that the table has are drawn.
    absolute : bool
        Draw absolute scores, in grey.
    own_label : bool
        Add a row below: competition for the label that each network itself predicts.
    """
    maps = [MAPS[method], method, *([f"{MAPS[method]}, own label"] if own_label else [])]
    shown = [digit for digit in digits if (table.digit == digit).any()]
    columns = len(_panels(table, randomised, shown[0]))
    figure = plt.figure(figsize=(11.0 * max(columns, 7) / 7, 0.4 + 0.88 * len(maps) * len(shown)), layout="constrained")
    (halves,) = figure.subfigures(1, 2, squeeze=False, wspace=0.03)
    halves[0].suptitle(f"{network_of(table)}all panels of a digit on one scale\nbelow: lit pixels kept", fontsize=8)
    halves[1].suptitle("each panel by its own largest score\nbelow: " + _BELOW, fontsize=8)
    for half, own_scale in zip(halves, (False, True), strict=True):
        axes = half.subplots(len(maps) * len(shown), columns, squeeze=False)
        for digit, rows in zip(shown, axes.reshape(len(shown), len(maps), columns), strict=True):
            _draw_digit(rows, _panels(table, randomised, digit), maps, own_scale=own_scale, absolute=absolute)
        for (name, _), top in zip(_panels(table, randomised, shown[0]), axes[0], strict=True):
            top.set_title(name, fontsize=8)
    return figure


def _panels(table: pd.DataFrame, randomised: str, digit: int) -> Panels:
    """Return the panels from left to right."""
    rows = table[(table.network == table.network[table.randomised == randomised].iloc[0]) & (table.digit == digit)]
    layers = int(rows.layer.max())
    original: Panels = [(ORIGINAL, rows[rows.randomised == "none"])]
    changed = rows[rows.randomised == randomised]
    by_layer = [
        (_name(layer, layers, randomised), changed[changed.layer == layer]) for layer in sorted(map(int, changed.layer.unique()))
    ]
    return original + by_layer[::-1] if randomised == "layer-wise" else by_layer[::-1] + original


def _name(layer: int, layers: int, randomised: str) -> str:
    if layer == layers - 1:
        return "logits"
    return f"layer {layer}" if randomised == "layer-wise" else f"{layer} to logits"


def _draw_digit(rows: NDArray[np.object_], panels: Panels, maps: Sequence[str], *, own_scale: bool, absolute: bool) -> None:
    images = {name: [image_of(pixels, name) for _, pixels in panels] for name in ("input", *maps)}
    plain = images[maps[1]]
    (unchanged,) = (place for place, (title, _) in enumerate(panels) if title == ORIGINAL)
    original = {name: found[unchanged] for name, found in images.items()}
    scale = float(np.quantile(np.abs(np.stack(plain)), 0.995))
    for name, axes in zip(maps, rows, strict=True):
        for panel, image, x in zip(axes, images[name], images["input"], strict=True):
            own = float(np.abs(image).max()) or 1.0
            (draw_absolute if absolute else draw_signed)(panel, image, own if own_scale else scale)
            if own_scale:
                _write_alike(panel, x, image, original[name])
            elif name == maps[1]:
                panel.set_xlabel(" \n ", fontsize=6, labelpad=2)  # as high as in the other half
            else:
                write_kept(panel, x, image)
        bounds = "" if own_scale else f"\n{'0 to' if absolute else '±'} {scale:.2g}"
        label = name.replace(" ⊙ ", "\n⊙ ").replace(", ", ",\n")
        axes[0].set_ylabel(f"{label}{bounds}", rotation=0, ha="right", va="center", fontsize=8)


def _write_alike(panel: Axes, x: Float2D, image: Float2D, original: Float2D) -> None:
    """Write under a map how alike it and the original are, unless it is that."""
    batch, lines = [PreparedMaps(part.reshape(1, -1)) for part in (x, original, image)], [" ", " "]
    if image is not original:
        for line, correlation in enumerate((absolute_spearman, pearson)):
            lit, everywhere = (_text(correlation(*batch[1:], among=among)) for among in (batch[0], None))
            lines[line] = f"{lit} ({everywhere})"
    panel.set_xlabel("blank" if not image.any() else "\n".join(lines), fontsize=6, labelpad=2)


def _text(correlation: Float1D) -> str:
    """Return two decimals of a number, a zero without sign."""
    return f"{round(float(correlation[0]), 2) + 0.0:.2f}".replace("-", "−")


def write_kept(panel: Axes, x: Float2D, competed: Float2D) -> None:
    """Write under a map the fraction of the input's lit pixels that it keeps."""
    (fraction,) = kept(x.reshape(1, -1), competed.reshape(1, -1))
    panel.set_xlabel(f"keeps {fraction:.0%}", fontsize=7, labelpad=2)
