"""The picture of a sanity check: randomised beside retrained networks, and beside random masks, for every method.

Bars are 95 % intervals, and the number at the right is the probability that the map of a retrained network is more alike than
that of a randomised one (AUC). A map whose similarities are all undefined, as a blank one's, has no points.
"""

from typing import TYPE_CHECKING, Any

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from cgi_theory.plotting.style import PALETTE, styled
from cgi_theory.sanity.table import AUC, EVERYTHING, MASK, RANDOMISED, RETRAINED
from cgi_theory.sanity.verdicts import NO, OPEN, PASSES, YES, verdicts

if TYPE_CHECKING:
    import pandas as pd

_CONTROLS: tuple[tuple[str, str, str, dict[str, Any]], ...] = (
    (RETRAINED, "", "retrained", {"fmt": "o", "color": PALETTE[0]}),
    (RANDOMISED, EVERYTHING, "all layers randomised", {"fmt": "o", "color": PALETTE[3], "markerfacecolor": "white"}),
    (MASK, "", "random mask of retrained ones", {"fmt": "x", "color": "0.4"}),
)
_ANSWERS = {YES: "passes", NO: "does not pass", OPEN: "cannot be said"}
_APART = 0.18
_HEIGHT, _WIDTH = 0.46, 3.4
_AREA_AT = 1.03


def draw(frame: "pd.DataFrame") -> Figure:
    """Draw the table of a check: a panel for each metric, a row for each method and null."""
    with styled():
        return _figure(frame)


def _figure(frame: "pd.DataFrame") -> Figure:
    metrics = list(dict.fromkeys(zip(frame["metric"], frame["pixels"], strict=True)))
    names = list(dict.fromkeys(frame["method"]))
    size = (2.6 + _WIDTH * len(metrics), 1.4 + _HEIGHT * len(names))
    figure, panels = plt.subplots(1, len(metrics), figsize=size, layout="constrained", sharey=True, squeeze=False)
    for axes, (metric, pixels) in zip(panels[0], metrics, strict=True):
        _panel(axes, frame[(frame["metric"] == metric) & (frame["pixels"] == pixels)], names)
        axes.set_xlabel(f"similarity with the network's maps\n{metric} over {pixels} pixels")
    passes = {verdict.method: verdict.answer for verdict in reversed(verdicts(frame)) if verdict.question == PASSES}
    labels = [f"{name}\n{_ANSWERS[passes[name]]}".replace("$", r"\$") for name in names]
    panels[0][0].set_yticks(range(len(names)), labels=labels)
    panels[0][0].set_ylim(len(names) - 0.5, -0.5)
    handles = {label: handle for axes in panels[0] for handle, label in zip(*axes.get_legend_handles_labels(), strict=True)}
    figure.legend(handles.values(), handles.keys(), loc="outside lower center", ncols=len(_CONTROLS))
    plt.close(figure)  # it has no window: a notebook shows it once
    return figure


def _panel(axes: Axes, rows: "pd.DataFrame", names: list[str]) -> None:
    axes.axvline(0.0, color="0.8", linewidth=0.8, zorder=0)
    for place, (control, stage, label, style) in enumerate(_CONTROLS):
        found = _of(rows, control, stage, names)
        mean = found["mean"].to_numpy()
        if np.isnan(mean).all():
            continue
        errors = np.nan_to_num(np.abs(found[["low", "high"]].to_numpy().T - mean))
        heights = np.arange(len(names)) + _APART * (place - 1)
        axes.errorbar(mean, heights, xerr=errors, label=label, markersize=5, capsize=2, linewidth=1.0, **style)
    axes.text(_AREA_AT, 1.0, AUC, transform=axes.transAxes, va="bottom", fontsize="small")
    areas = _of(rows, AUC, EVERYTHING, names)["mean"].to_numpy()
    for height, area in enumerate(areas):
        if np.isfinite(area):
            axes.text(_AREA_AT, height, f"{area:.2f}", transform=axes.get_yaxis_transform(), va="center", fontsize="small")


def _of(rows: "pd.DataFrame", control: str, stage: str, names: list[str]) -> "pd.DataFrame":
    """Return the rows of a control, one for each of the names."""
    return rows[(rows["control"] == control) & (rows["stage"] == stage)].set_index("method").reindex(names)
