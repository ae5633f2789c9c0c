"""The picture of a sanity check: randomised beside retrained networks, and beside random masks, for every method."""

from typing import TYPE_CHECKING, Any

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from cgi_theory.plotting.style import PALETTE, styled
from cgi_theory.sanity.table import EVERYTHING, MASK, RANDOMISED, RETRAINED

if TYPE_CHECKING:
    import pandas as pd

_CONTROLS: tuple[tuple[str, str, str, dict[str, Any]], ...] = (
    (RETRAINED, "", "retrained", {"fmt": "o", "color": PALETTE[0]}),
    (RANDOMISED, EVERYTHING, "all layers randomised", {"fmt": "o", "color": PALETTE[3], "markerfacecolor": "white"}),
    (MASK, "", "random mask of retrained maps", {"fmt": "x", "color": "0.4"}),
)
_APART = 0.16
_HEIGHT = 0.42


def draw(frame: "pd.DataFrame") -> Figure:
    """Draw the table of a check: a panel for each metric, a row for each method and null."""
    with styled():
        return _figure(frame)


def _figure(frame: "pd.DataFrame") -> Figure:
    metrics = list(dict.fromkeys(zip(frame["metric"], frame["pixels"], strict=True)))
    names = list(dict.fromkeys(frame["method"]))
    size = (2.2 + 3.4 * len(metrics), 1.4 + _HEIGHT * len(names))
    figure, panels = plt.subplots(1, len(metrics), figsize=size, layout="constrained", sharey=True, squeeze=False)
    for axes, (metric, pixels) in zip(panels[0], metrics, strict=True):
        _panel(axes, frame[(frame["metric"] == metric) & (frame["pixels"] == pixels)], names)
        axes.set_xlabel(f"{metric} over {pixels} pixels")
    panels[0][0].set_yticks(range(len(names)), labels=[name.replace("$", r"\$") for name in names])
    panels[0][0].set_ylim(len(names) - 0.5, -0.5)
    figure.legend(*panels[0][0].get_legend_handles_labels(), loc="outside lower center", ncols=len(_CONTROLS))
    plt.close(figure)  # it has no window: a notebook shows it once
    return figure


def _panel(axes: Axes, rows: "pd.DataFrame", names: list[str]) -> None:
    axes.axvline(0.0, color="0.8", linewidth=0.8, zorder=0)
    for place, (control, stage, label, style) in enumerate(_CONTROLS):
        found = rows[(rows["control"] == control) & (rows["stage"] == stage)].set_index("method").reindex(names)
        mean = found["mean"].to_numpy()
        if np.isnan(mean).all():
            continue
        errors = np.nan_to_num(np.abs(found[["low", "high"]].to_numpy().T - mean))
        heights = np.arange(len(names)) + _APART * (place - 1)
        axes.errorbar(mean, heights, xerr=errors, label=label, markersize=5, capsize=2, linewidth=1.0, **style)
