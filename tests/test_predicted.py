"""Predictions from the cosine of gradients, against pixels that are drawn."""

from functools import lru_cache

import numpy as np
import pytest

from cgi_theory.sanity.metrics import METRICS, Metric
from simulations.lab.maps import CGI, METHODS, PLAIN
from simulations.lab.predicted import FRACTION, RANDOM, prediction_of

COSINE, LABELS, BATCHES, PIXELS = 0.7, 10, 30, 40_000
X = np.array([[0.0, 0.2, 1.0, -0.6, 0.9]])
SIGNED, ABSOLUTE, OVERLAP = ("pearson", "lit"), ("|pearson|", "lit"), ("jaccard", "all")


def drawn_maps(name, cosine, rng):
    """Return both networks' maps of many pixels that have the image's values: the first label's is won from nine rivals."""
    x = rng.choice(X[X != 0.0], PIXELS)
    first, fresh = rng.standard_normal((2, LABELS, PIXELS))
    second = cosine * first + np.sqrt(1.0 - cosine**2) * fresh
    maps = []
    for gradients in (first, second):
        own, rivals = gradients[0], gradients[1:]
        won = ((own > 0.0) & (own >= rivals.max(axis=0))) | ((own < 0.0) & (own <= rivals.min(axis=0)))
        kept = {PLAIN: True, CGI: won, RANDOM: rng.random(PIXELS) < FRACTION}[name]
        maps.append(own * x * kept)
    return maps


@lru_cache(maxsize=3)
def measured(name):
    """Return the mean over batches of pixels, and its standard error, of each metric."""
    values: dict[Metric, list[float]] = {SIGNED: [], ABSOLUTE: [], OVERLAP: []}
    for batch in range(BATCHES):
        one, other = drawn_maps(name, COSINE, np.random.default_rng([3, batch]))
        values[SIGNED].append(np.corrcoef(one, other)[0, 1])
        values[ABSOLUTE].append(np.corrcoef(np.abs(one), np.abs(other))[0, 1])
        values[OVERLAP].append(np.sum((one != 0.0) & (other != 0.0)) / np.sum((one != 0.0) | (other != 0.0)))
    return {metric: (np.mean(found), np.std(found, ddof=1) / np.sqrt(BATCHES)) for metric, found in values.items()}


@pytest.mark.parametrize("metric", [SIGNED, ABSOLUTE, OVERLAP])
@pytest.mark.parametrize("name", [PLAIN, CGI, RANDOM])
def test_against_drawn_pixels(name, metric):
    of = prediction_of(name, metric)
    mean, stderr = measured(name)[metric]
    assert abs(of(COSINE, X) - mean) < 4.0 * stderr + 1e-12
    assert stderr < 0.01 * mean + 1e-12 or stderr < 0.002
    if (name, metric) not in ((PLAIN, OVERLAP), (RANDOM, OVERLAP)):  # these don't depend on it
        assert abs(of(COSINE + 0.1, X) - mean) > 4.0 * stderr


@pytest.mark.parametrize("name", [PLAIN, CGI, RANDOM])
def test_networks_that_share_nothing(name):
    """Signed maps are then not alike; absolute ones are by what the image gives them."""
    assert prediction_of(name, SIGNED)(0.0, X) == pytest.approx(0.0, abs=1e-12)
    assert prediction_of(name, ABSOLUTE)(0.0, X) > 0.01
    flat = np.ones((1, 5))
    assert prediction_of(name, ABSOLUTE)(0.0, flat) == pytest.approx(0.0, abs=1e-12)


def test_what_is_not_predicted():
    others = [(method, way) for method in METHODS for way in ("no", "yes") if (method, way) not in (PLAIN, CGI)]
    assert all(prediction_of(name, metric) is None for name in others for metric in METRICS)
    for name in (PLAIN, CGI, RANDOM):
        assert {metric for metric in METRICS if prediction_of(name, metric) is not None} == {SIGNED, ABSOLUTE, OVERLAP}
