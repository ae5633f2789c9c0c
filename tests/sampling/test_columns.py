"""Result columns by name, from the kernel that fills them to the quantities that are read off them."""

import numpy as np
import pytest

from cgi_theory import CompetitionModel
from cgi_theory.sampling import columns
from cgi_theory.sampling.samples import draw_samples
from cgi_theory.sampling.summary import Summary, samples_of

MODEL = CompetitionModel(n=400, delta=0.3, shared_fraction=0.25, shared_correlation=0.6, rival_logit=0.1)
LOGIT = {"shared": 0.25 * 0.3, "distinct": 0.75 * 0.3}
# What each quantity is read off, and divided by.
READ = {
    "c1": ("map_shared", LOGIT["shared"]),
    "c2": ("map_distinct", LOGIT["distinct"]),
    "kept_shared": ("kept_shared", 1.0),
    "kept_distinct": ("kept_distinct", 1.0),
    "chosen_shared": ("chosen_shared", LOGIT["shared"]),
    "rival_shared": ("rival_shared", 0.6 * LOGIT["shared"]),
    "rival_c1": ("rival_map_shared", LOGIT["shared"]),
    "rival_c2": ("rival_map_distinct", LOGIT["distinct"]),
}


@pytest.mark.parametrize("name", READ)
def test_a_quantity_is_read_off_its_column(name):
    results = np.random.default_rng(1).random((5, len(columns.NAMES)))
    column, share = READ[name]
    assert samples_of(results, MODEL)[name] == pytest.approx(results[:, columns.NAMES.index(column)] / share, rel=1e-14)


def test_a_map_s_hidden_variance_is_read_off_its_block_s_column():
    results = np.tile(np.random.default_rng(2).random(len(columns.NAMES)), (4, 1))  # no spread but the hidden one
    summary = Summary(MODEL)
    summary.add(results)
    measured, _ = summary.measured()
    for name, block in (("c1_sd", "shared"), ("c2_sd", "distinct")):
        hidden = results[0, columns.NAMES.index(f"map_variance_{block}")]
        assert measured[name].mean == pytest.approx(np.sqrt(hidden) / LOGIT[block], rel=1e-13)


@pytest.mark.parametrize("estimator", ["direct", "conditional", "collapsed"])
def test_every_column_is_filled(estimator):
    """What is NaN is what the estimator does not measure, and nothing else."""
    model = CompetitionModel(n=400, delta=0.3)
    missing = {"rival_map_shared", "rival_map_distinct"} | ({"rival_shared"} if estimator == "collapsed" else set())
    results = draw_samples(model, 0, estimator, 0, 3)
    assert results.shape == (3, len(columns.NAMES))
    for name, values in zip(columns.NAMES, results.T, strict=True):
        assert np.isnan(values).all() == (name in missing), name
        assert np.isnan(values).any() == (name in missing), name
        if name.startswith("map_variance"):
            assert (values > 0.0).all() == (estimator == "conditional"), name
    if estimator == "direct":
        assert not np.isnan(draw_samples(MODEL, 0, estimator, 0, 3)).any()
