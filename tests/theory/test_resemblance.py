"""The predicted resemblance of maps against quadrature, simulation and limiting cases."""

import mpmath
import numpy as np
import pytest

from cgi_theory.sampling.averages import mean_of
from cgi_theory.theory.resemblance import map_correlation
from tests import naive

IMAGE = np.array([0.0, 0.0, 0.0, 0.1, 0.5, 0.9, 1.0, -1.0])


@pytest.mark.parametrize("n_labels", [1, 2, 10, 1000])
@pytest.mark.parametrize(("r", "rho"), [(0.0, 1.0), (-0.14, 1.0), (0.5, 0.2)])
def test_by_quadrature(n_labels, r, rho):
    first, second = naive.win_moment(1, r, n_labels, rho), naive.win_moment(2, r, n_labels, rho)
    m1, m2 = (mpmath.fsum(abs(mpmath.mpf(float(x))) ** p for x in IMAGE) / len(IMAGE) for p in (1, 2))
    expected = rho * first**2 * (m2 - m1**2) / (second * m2 - rho * first**2 * m1**2)
    assert map_correlation(IMAGE[None], n_labels, correlation=r, sparsity=rho)[0] == pytest.approx(float(expected), rel=1e-10)


def simulated(n_labels, correlations, rho, count=400):
    """Pearson correlations of |maps| over an image of many pixels, gradients drawn twice by the model's definition."""
    rng, pixels = np.random.default_rng(n_labels), np.tile(IMAGE, 1000)
    found = []
    for _ in range(count):
        maps = []
        for r in correlations:
            zeta = rng.standard_normal((n_labels, pixels.size)) * (rng.random((n_labels, pixels.size)) < rho)
            scores = np.concatenate([zeta[:1], r * zeta[0] + np.sqrt(1.0 - r * r) * zeta[1:]]) * pixels
            highest, lowest = scores.max(axis=0), scores.min(axis=0)
            own = scores[0]
            maps.append(np.abs(own) * (((own > 0) & (own >= highest)) | ((own < 0) & (own <= lowest))))
        found.append(np.corrcoef(maps)[0, 1])
    return mean_of(np.array(found))


CASES = [
    (1, (0.0, 0.0), 1.0),
    (2, (0.5, 0.5), 1.0),
    (10, (0.0, 0.0), 1.0),
    (10, (-0.14, -0.14), 1.0),
    (3, (0.0, 0.0), 0.3),
    (4, (-0.2, 0.6), 1.0),
]


@pytest.mark.parametrize(("n_labels", "correlations", "rho"), CASES)
def test_by_simulation(n_labels, correlations, rho):
    measured = simulated(n_labels, correlations, rho)
    before, after = correlations
    predicted, wrong = (
        map_correlation(IMAGE[None], k, correlation=before, correlation_after=after, sparsity=rho)[0]
        for k in (n_labels, n_labels + 1)
    )
    assert measured.stderr < 0.01 * predicted
    assert abs(measured.mean - predicted) < 4.0 * measured.stderr
    assert abs(measured.mean - wrong) > 4.0 * measured.stderr


def test_limits():
    blank_and_lit = np.repeat([[0.0, 1.0]], 500, axis=1)
    # Without competition and half of the pixels lit: (2/π)/4 over 1/2 − (2/π)/4.
    assert map_correlation(blank_and_lit) == pytest.approx([1.0 / (np.pi - 1.0)], rel=1e-12)
    assert map_correlation(np.ones((1, 9)), 10).tolist() == [0.0]
    assert np.isnan(map_correlation(np.zeros((1, 9)), 10)).all()
    almost_one_pixel = np.eye(1, 100_000)
    assert map_correlation(almost_one_pixel) == pytest.approx([2.0 / np.pi], rel=1e-4)
    assert map_correlation(IMAGE[None], 2, correlation=1.0) == pytest.approx(map_correlation(IMAGE[None]))  # ties keep all
    falling = [map_correlation(IMAGE[None], k)[0] for k in (1, 2, 5, 10, 100, 10_000)]
    assert falling == sorted(falling, reverse=True)
    assert map_correlation(IMAGE[None] * 1e-200, 5) == pytest.approx(map_correlation(IMAGE[None], 5), rel=1e-12)


@pytest.mark.parametrize(
    ("x", "arguments", "message"),
    [
        (IMAGE, {}, r"x must hold real numbers of shape \(batch, pixels\), not of shape \(8,\)"),
        ([["a"]], {}, "x must hold real numbers"),
        ([[np.nan, 1.0]], {}, "x must be finite"),
        (IMAGE[None], {"n_labels": 0}, "n_labels must be from 1 to"),
        (IMAGE[None], {"n_labels": 2.5}, "n_labels must be a whole number"),
        (IMAGE[None], {"correlation": 1.5}, "correlation must be from -1 to 1, not 1.5"),
        (IMAGE[None], {"correlation_after": -2.0}, "correlation_after must be from -1 to 1, not -2.0"),
        (IMAGE[None], {"sparsity": 0.0}, "sparsity must be from 1e-05 to 1, not 0.0"),
    ],
)
def test_bad_arguments_are_named(x, arguments, message):
    with pytest.raises((TypeError, ValueError), match=message):
        map_correlation(x, **arguments)
