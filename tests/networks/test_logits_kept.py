import numpy as np
import pytest

from cgi_theory.networks import MLP
from cgi_theory.networks.alignment import measure, predict_from_gradients
from cgi_theory.networks.logits_kept import predict_logit_kept
from cgi_theory.quantities import Measurement
from cgi_theory.sampling.averages import mean_of

LEANINGS = {"alone": [0.2, 0.0, 0.0, 0.0], "away from rivals": [0.2, -0.1, -0.1, 0.05], "from one": [0.4, -0.3, 0.0, 0.0]}


def on_gaussian_nets(leaning, pixels=2000, count=80):
    """The measured share of the logit less both predictions, on linear nets whose input leans so on the labels' gradients."""
    rng = np.random.default_rng(3)
    mixing = np.linalg.cholesky(0.7 * np.eye(4) + 0.3)
    by_logits, by_energy, measured = np.empty((3, count))
    for i in range(count):
        weights = rng.standard_normal((pixels, 4)) @ mixing.T
        net, x = MLP.from_arrays([weights]), (weights @ leaning + rng.standard_normal(pixels))[None]
        measured[i] = measure(net, x, [0]).retained[0]
        by_logits[i] = measured[i] - predict_logit_kept(net, x, [0], seed=i, n_draws=20_000)[0]
        by_energy[i] = measured[i] - predict_from_gradients(net, x, [0])[0][0]
    return mean_of(by_logits), mean_of(by_energy), mean_of(measured)


def seen(gap: Measurement, measured: Measurement, size=0.01):
    """Whether the gap's standard error would show an error of one in a hundred of what was measured."""
    return gap.stderr < size * abs(measured.mean)


@pytest.mark.parametrize("name", LEANINGS)
def test_on_gaussian_nets_it_is_what_stays_of_the_logit(name):
    by_logits, by_energy, measured = on_gaussian_nets(np.array(LEANINGS[name]))
    assert seen(by_logits, measured)
    assert abs(by_logits.mean) < 4.0 * by_logits.stderr
    if name == "alone":
        assert abs(by_energy.mean) < 4.0 * by_energy.stderr
    else:  # the negative control: the share of energy is another one
        assert abs(by_energy.mean) > 8.0 * by_energy.stderr


def test_an_input_that_leans_on_the_label_alone_keeps_the_share_of_energy():
    """Exactly, with the same pixels drawn, where rivals' logits are those that the label's makes them."""
    rng = np.random.default_rng(4)
    weights = rng.standard_normal((50, 3))
    net = MLP.from_arrays([weights])
    found = predict_logit_kept(net, weights[:, :1].T, [0], n_draws=200_000)
    assert found == pytest.approx(predict_from_gradients(net, weights[:, :1].T, [0])[0], rel=0.01)


def test_labels_that_repeat_one_another_are_one():
    rng = np.random.default_rng(5)
    weights, x = rng.standard_normal((40, 3)), rng.standard_normal((1, 40))
    twice = np.column_stack([weights, weights[:, 2]])
    found, expected = (predict_logit_kept(MLP.from_arrays([w]), x, [0], n_draws=200_000) for w in (twice, weights))
    assert found == pytest.approx(expected, rel=0.02)


def test_pixels_that_are_not_lit_are_no_part_of_it():
    """Labels whose gradients are alike where the image is lit and opposite where it is not."""
    rng = np.random.default_rng(6)
    lit, dark = rng.standard_normal((2, 40, 3))
    lit[:, 1:] += 2.0 * lit[:, :1]
    dark[:, 1:] -= 2.0 * dark[:, :1]
    image = rng.random((2, 40)) + 0.1
    whole = predict_logit_kept(MLP.from_arrays([np.concatenate([lit, 5.0 * dark])]), np.pad(image, ((0, 0), (0, 40))), [0, 1])
    assert whole == pytest.approx(predict_logit_kept(MLP.from_arrays([lit]), image, [0, 1]), rel=1e-9)


def test_arguments():
    net, x = MLP.random((6, 5, 3), seed=0), np.ones((2, 6))
    assert np.array_equal(predict_logit_kept(net, x), predict_logit_kept(net, x, seed=0, n_draws=4000))
    assert not np.array_equal(predict_logit_kept(net, x), predict_logit_kept(net, x, seed=1))
    for call, message in (
        (lambda: predict_logit_kept(net, 0.0 * x), "predict_logit_kept needs two labels or more, and images on which"),
        (lambda: predict_logit_kept(net, x, n_draws=0), "n_draws must be from 1 to 10000000, not 0"),
        (lambda: predict_logit_kept(net, x, seed=-1), "seed must be from 0 to"),
    ):
        with pytest.raises(ValueError, match=message):
            call()
