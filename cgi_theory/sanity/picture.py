"""The picture of a sanity check: randomised beside retrained networks, and beside random masks, for every method.

Bars are 95 % intervals, and the number at the right of a panel is the probability that the map of a retrained network is more
alike than that of a randomised one (AUC). A map whose similarities are all undefined, as a blank one's, has no points. Below
stand the methods' similarities at every stage of randomisation, by the first metric, if there are several.
"""

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from cgi_theory.plotting.comparison import COLORS, MARKERS
from cgi_theory.plotting.style import styled
from cgi_theory.sanity.table import AUC, CASCADING, EVERYTHING, LAYER_WISE, MASK, METHOD, RANDOMISED, RETRAINED
from cgi_theory.sanity.verdicts import verdicts
from cgi_theory.sanity.words import outcome

if TYPE_CHECKING:
    import pandas as pd

_CONTROLS: tuple[tuple[str, str, str, dict[str, Any]], ...] = (
    (RETRAINED, "", "retrained", {"fmt": "o", "color": COLORS[0]}),
    (RANDOMISED, EVERYTHING, "all layers randomised", {"fmt": "o", "color": COLORS[3], "markerfacecolor": "white"}),
    (MASK, "", "random mask of retrained ones", {"fmt": "x", "color": "0.4"}),
)
_BARS: dict[str, Any] = {"markersize": 5, "capsize": 2, "linewidth": 1.0}
_KINDS = (LAYER_WISE, CASCADING)
_LINES = ("-", "--", ":")
_APART = 0.18
_ROW, _COLUMN, _STAGES = 0.46, 3.4, 2.6  # inches


def draw(frame: "pd.DataFrame") -> Figure:
    """Draw the table of a check: a panel for each metric, a row for each method and null; and a panel for the stages."""
    metrics = list(dict.fromkeys(zip(frame["metric"], frame["pixels"], strict=True)))
    names = list(dict.fromkeys(frame["method"]))
    stages = list(dict.fromkeys(frame.loc[frame["control"] == RANDOMISED, "stage"]))
    heights = [1.4 + _ROW * len(names)] + ([_STAGES] if len(stages) > 1 else [])
    with styled():
        figure = plt.figure(figsize=(2.6 + _COLUMN * len(metrics), sum(heights)), layout="constrained")
        parts = figure.subfigures(len(heights), 1, height_ratios=heights, squeeze=False)[:, 0]
        panels = parts[0].subplots(1, len(metrics), sharey=True, squeeze=False)[0]
        for axes, (metric, pixels) in zip(panels, metrics, strict=True):
            _compare(axes, frame[(frame["metric"] == metric) & (frame["pixels"] == pixels)], names)
            axes.set_xlabel(f"similarity with the network's maps\n{metric} over {pixels} pixels")
        panels[0].set_yticks(range(len(names)), labels=_labels(frame, names))
        panels[0].set_ylim(len(names) - 0.5, -0.5)
        handles = {label: handle for axes in panels for handle, label in zip(*axes.get_legend_handles_labels(), strict=True)}
        parts[0].legend(handles.values(), handles.keys(), loc="outside lower center", ncols=len(_CONTROLS))
        if len(stages) > 1:
            axes = parts[1].subplots()
            first = frame[(frame["metric"] == metrics[0][0]) & (frame["pixels"] == metrics[0][1])]
            _follow(axes, first[(first["control"] == RANDOMISED) & (first["kind"] == METHOD)], stages)
            axes.set_ylabel(f"{metrics[0][0]} over {metrics[0][1]} pixels")
            parts[1].legend(loc="outside right center", fontsize="small")
    plt.close(figure)  # pyplot has prepared a notebook for figures, and would show this one twice
    return figure


def _labels(frame: "pd.DataFrame", names: Sequence[str]) -> list[str]:
    """Return each method's name and what became of it by the first metric."""
    found = verdicts(frame)
    first = [verdict for verdict in found if (verdict.metric, verdict.pixels) == (found[0].metric, found[0].pixels)]
    return [f"{_plain(name)}\n{outcome([one for one in first if one.method == name])}" for name in names]


def _compare(axes: Axes, rows: "pd.DataFrame", names: list[str]) -> None:
    axes.axvline(0.0, color="0.8", linewidth=0.8, zorder=0)
    for place, (control, stage, label, style) in enumerate(_CONTROLS):
        found = _of(rows, control, stage, names)
        heights = np.arange(len(names)) + _APART * (place - 1)
        if found["mean"].notna().any():
            axes.errorbar(found["mean"], heights, xerr=_errors(found), label=label, **style, **_BARS)
    areas = _of(rows, AUC, EVERYTHING, names)["mean"]
    known = [height for height, area in enumerate(areas) if np.isfinite(area)]
    if known:
        right = axes.secondary_yaxis("right")
        right.set_yticks(known, labels=[f"{areas.iloc[height]:.2f}" for height in known], fontsize="small")
        right.set_ylabel(AUC, fontsize="small")


def _follow(axes: Axes, rows: "pd.DataFrame", stages: list[str]) -> None:
    """Draw each method's similarities over the stages: those of layers one by one, then those from the logits down."""
    groups = list(_groups(stages))
    places = {stage: float(stages.index(stage) + gap) for gap, group in enumerate(groups) for stage in group}
    for place, (name, own) in enumerate(rows.groupby("method", sort=False)):
        kinds, label = len(COLORS), _plain(str(name))
        style = {
            "color": COLORS[place % kinds],
            "marker": MARKERS[place % kinds],
            "linestyle": _LINES[place // kinds % len(_LINES)],
        }
        for group in groups:
            found = own.set_index("stage").reindex(group)
            axes.errorbar([places[stage] for stage in group], found["mean"], yerr=_errors(found), label=label, **style, **_BARS)
            label = "_"  # one entry of the legend for all groups
    axes.axhline(0.0, color="0.8", linewidth=0.8, zorder=0)
    axes.set_xticks(list(places.values()), labels=[_plain(stage) for stage in places], rotation=30, ha="right")


def _groups(stages: list[str]) -> Iterator[list[str]]:
    """Yield the stages that a line joins: the cascade, which all layers end, is one, and layers one by one are another.

    Any other stage stands by itself.
    """
    kinds = {stage: next((kind for kind in _KINDS if stage.startswith(kind)), stage) for stage in stages}
    if EVERYTHING in kinds:
        kinds[EVERYTHING] = CASCADING
    for kind in dict.fromkeys(kinds.values()):
        yield [stage for stage in stages if kinds[stage] == kind]


def _errors(found: "pd.DataFrame") -> Any:
    """Return how far intervals reach below and above their means; those that are not known do not."""
    return np.nan_to_num(np.abs(found[["low", "high"]].to_numpy().T - found["mean"].to_numpy()))


def _of(rows: "pd.DataFrame", control: str, stage: str, names: list[str]) -> "pd.DataFrame":
    """Return the rows of a control, one for each of the names."""
    return rows[(rows["control"] == control) & (rows["stage"] == stage)].set_index("method").reindex(names)


def _plain(text: str) -> str:
    """Return a text that Matplotlib takes for no formula."""
    return text.replace("$", r"\$")
