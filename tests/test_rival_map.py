"""The table and the figure of what a rival's own map retains."""

from typing import Any

import matplotlib.pyplot as plt
import numpy as np
import pytest

from cgi_theory import CompetitionModel, exact
from figures.registry import FIGURES


@pytest.fixture(scope="module")
def table(quick_table, style):
    return quick_table("rival")


def test_table_agrees_with_theory(table):
    simulated = table[table.estimator == "direct"]
    assert len(simulated) == 2 * 4
    for name in ("c1", "c2", "rival_c1", "rival_c2", "chosen_share", "rival_share"):
        assert simulated[f"{name}_z"].abs().max() < 4.5
    row = simulated.iloc[1]
    model = CompetitionModel(n=row.n, delta=row.delta, conditioning="exactly", rival_logit=row.rival_logit)
    assert row.rival_c1_exact == exact(model).rival_c1


def test_shares_are_of_the_labels_own_logits(table):
    """A quarter of the logit, next to nothing kept; an equal one, as much as the chosen label's."""
    pair = table[(table.n_labels == 2) & (table.estimator == "exact")].set_index("rival_logit")
    assert pair.rival_share_exact[0.025] == pytest.approx((0.195501 - 0.159155) / 2 * 4, abs=1e-5)
    assert pair.rival_share_exact[0.1] == pytest.approx(pair.chosen_share_exact[0.1], rel=1e-9)
    assert pair.chosen_share_exact[0.1] == pytest.approx(0.7, rel=1e-9)


def test_theory_lies_over_simulation_with_error_bars(table):
    figure: Any = FIGURES["rival_map"].draw(table)
    shares, blocks = figure.axes
    pair = table[table.n_labels == 2]
    for axes, names in ((shares, ("chosen_share", "rival_share")), (blocks, ("c1", "rival_c1", "c2", "rival_c2"))):
        curves = [line for line in axes.get_lines() if not str(line.get_label()).startswith("_")]
        assert len(curves) == len(axes.containers) == 4
        for name, curve, points in zip(names, curves, axes.containers, strict=False):
            assert np.array_equal(curve.get_ydata(), pair[pair.estimator == "exact"][f"{name}_exact"])
            assert np.array_equal(points.lines[0].get_ydata(), pair[pair.estimator == "direct"][name])
            assert points.has_yerr
        assert r"\delta_2/\delta" in axes.get_xlabel()
        assert r"\delta" in axes.get_ylabel()
    plt.close(figure)
