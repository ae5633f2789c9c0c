"""The numbers that README.md and paper_notes.md quote from networks and samples, each read from the table that it comes from.

A row is a piece of text with its numbers put in, and where it stands. The tests look for each in the document: the table that was
made last lies in docs/tables, and a number that changes there must change in the text.
"""

import math
from collections.abc import Callable, Mapping
from typing import NamedTuple

import pandas as pd

from simulations.experiment import Experiment, Made, Parameters, Row
from simulations.lab import nets
from simulations.lab.maps import CGI, PLAIN, Name
from simulations.resemblance import TRAINED
from simulations.section_3_1 import HALF_RETAINED

Tables = Mapping[str, pd.DataFrame]
Numbers = tuple[float, ...]

README, NOTES = "README.md", "paper_notes.md"
RANDOM, LARGEST, ONE = ((name, "control") for name in ("random pixels", "largest pixels", "one random pixel"))
Z_PLUS, ALPHA_BETA = "LRP z⁺", "LRP αβ"


class Quote(NamedTuple):
    """A piece of text, and the function that reads its numbers."""

    places: tuple[str, ...]
    text: str
    numbers: Callable[[Tables], Numbers]


def _sanity(tables: Tables, metric: str, name: Name, *, trained: bool = False) -> pd.Series:
    """Return a metric's means of one kind of maps: on the trained network, or for each randomisation."""
    table = tables["sanity"]
    rows = table[(table.method == name[0]) & (table.competition == name[1]) & (table.metric == metric)]
    return rows[(rows.network == "trained") == trained]["mean"]


def _pearson(tables: Tables) -> dict[str, Numbers]:
    """Return the correlation of |maps| without competition and with all labels: predicted, measured, and predicted with r."""
    table = tables["resemblance"]
    images = table[table.kind == "image"].groupby("n_labels")[["correlation_exact", "correlation"]].mean()
    rows = table[(table.kind == "labels") & (table.networks == TRAINED)]
    with_r = rows.groupby("n_labels").correlation_with_r.mean()
    return {"none": tuple(images.iloc[0]), "all": (*images.iloc[-1], float(with_r.iloc[-1]))}


def _off(tables: Tables, reading: str, kinds: tuple[str, ...]) -> tuple[float, float]:
    """Return by how many percent a reading's predictions are off at most: of the share of energy, and of the pixels kept."""
    means = tables["alignment"].groupby("network").mean(numeric_only=True).loc[list(kinds)]
    energy = means[f"retained_{reading}"] / means.energy_kept - 1.0
    kept = means[f"kept_{reading}"] / means.kept - 1.0
    return 100.0 * float(energy.abs().max()), 100.0 * float(kept.abs().max())


def _within(tables: Tables, reading: str, kinds: tuple[str, ...]) -> Numbers:
    return tuple(map(math.ceil, _off(tables, reading, kinds)))


def _one_number(tables: Tables) -> Numbers:
    return _within(tables, "one_block", (nets.TRAINED, nets.UNTRAINED))


def _image_by_image(tables: Tables) -> Numbers:
    """Return the least and the largest correlation over images of what the Gram matrix predicts with what was measured."""
    found = [
        rows[f"{predicted}_gram_matrix"].corr(rows[measured])
        for _, rows in tables["alignment"].groupby("network")
        for predicted, measured in (("retained", "energy_kept"), ("kept", "kept"))
    ]
    return min(found), max(found)


def _labels(tables: Tables) -> Numbers:
    """Return what ten labels retain over what they keep."""
    rows = tables["selectivity"].query("estimator != 'exact' and n_labels == 10").iloc[0]
    return (rows.c2 / rows.kept_distinct,)


def _needed(tables: Tables) -> Numbers:
    table = tables["section_3_1"]
    return (100.0 * table[table.estimator == HALF_RETAINED].sparsity.iloc[0],)


def _one(values: "pd.Series[float]", factor: float = 1.0) -> Numbers:
    return (factor * float(values.mean()),)


def _range(values: "pd.Series[float]", factor: float = 1.0) -> Numbers:
    return factor * float(values.min()), factor * float(values.max())


def _with_and_without(tables: Tables, index: int) -> Numbers:
    return tuple(_pearson(tables)[labels][index] for labels in ("none", "all"))


def _structure(tables: Tables) -> Numbers:
    return tuple(float(_sanity(tables, "ssim", name).mean()) for name in (CGI, PLAIN))


def _taken_whole(tables: Tables) -> Numbers:
    return tuple(100.0 * float(_sanity(tables, "kept", (name, "yes"), trained=True).mean()) for name in (Z_PLUS, ALPHA_BETA))


def _stays_for_own(tables: Tables) -> Numbers:
    z_plus, alpha_beta = (_sanity(tables, "kept", (name, "own label")) for name in (Z_PLUS, ALPHA_BETA))
    return *_one(z_plus, 100.0), *_range(alpha_beta, 100.0)


QUOTES = (
    Quote((README,), "sits on {:.1f} % of the pixels", _needed),
    Quote((README,), "ten labels retain {:.1f} times what a random mask", _labels),
    Quote((README,), "stays at {:.2f}.", lambda t: _one(_sanity(t, "|spearman|", PLAIN))),
    Quote((README,), "CGI's falls to {:.2f}.", lambda t: _one(_sanity(t, "|spearman|", CGI))),
    Quote((README,), "(Pearson {:.2f} predicted, {:.2f} measured)", lambda t: _pearson(t)["none"]),
    Quote((README,), "({:.2f} predicted, {:.2f} measured, and {:.2f} predicted with", lambda t: _pearson(t)["all"]),
    Quote((NOTES,), "it is {:.2f} for gradient ⊙ input and {:.2f} for CGI", lambda t: _with_and_without(t, 0)),
    Quote((NOTES,), "re-initialised networks {:.2f} and {:.2f} (figure", lambda t: _with_and_without(t, 1)),
    Quote((NOTES,), "with that r before and 0 after the prediction is {:.2f}.", lambda t: _pearson(t)["all"][2:]),
    Quote((README,), "gradient ⊙ input are as unlike ({:.2f})", lambda t: _one(_sanity(t, "|spearman|", RANDOM))),
    Quote((README,), "{:.0f} % of the lit pixels stay", lambda t: _one(_sanity(t, "kept", CGI, trained=True), 100.0)),
    Quote((README,), "trained network, {:.0f} % on randomised ones.", lambda t: _one(_sanity(t, "kept", CGI), 100.0)),
    Quote((README,), "than gradient ⊙ input ({:.2f}, {:.2f})", _structure),
    Quote((README,), "one random pixel each have {:.2f},", lambda t: _one(_sanity(t, "ssim", ONE))),
    Quote((README,), "{:.1f} times the logit per pixel kept", lambda t: _one(_sanity(t, "selectivity", CGI, trained=True))),
    Quote((README,), "holds on randomised networks too ({:.1f} to {:.1f})", lambda t: _range(_sanity(t, "selectivity", CGI))),
    Quote((README,), "pixels retain more ({:.1f}).", lambda t: _one(_sanity(t, "selectivity", LARGEST, trained=True))),
    Quote((README,), "takes it whole: {:.1f} % ({:.0f} %) of the pixels", _taken_whole),
    Quote((README,), "itself predicts, {:.0f} % ({:.0f} to {:.0f} %) stays.", _stays_for_own),
    Quote((README,), "share within {:.0f} % and the fraction of pixels kept within {:.0f} %", _one_number),
    Quote((README,), "it is {:.0f} % and {:.0f} % too high", lambda t: _off(t, "one_block", (nets.MEMORISING,))),
    Quote((NOTES,), "first is within {:.0f} % and the second within {:.0f} %", _one_number),
    Quote((NOTES,), "predictions are {:.0f} % and {:.0f} % too high", lambda t: _off(t, "one_block", (nets.MEMORISING,))),
    Quote((README, NOTES), "within {:.0f} % on all three ", lambda t: (max(_within(t, "gram_matrix", nets.KINDS)),)),
    Quote((README,), "image by image (correlation {:.2f} to {:.2f})", _image_by_image),
    Quote((NOTES,), "with correlations of {:.2f} to {:.2f}.", _image_by_image),
)


def parameters(quick: bool) -> Parameters:
    """Return what the rows depend on beside the tables."""
    return {"quotes": len(QUOTES)}


def rows(made: Made) -> list[Row]:
    """Return one row for each place of each quote."""
    return [
        {"place": place, "text": quote.text.format(*quote.numbers(made.tables))} for quote in QUOTES for place in quote.places
    ]


EXPERIMENT = Experiment(
    parameters=parameters, rows=rows, reads=("section_3_1", "selectivity", "sanity", "resemblance", "alignment")
)
