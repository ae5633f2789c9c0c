import numpy as np
import pytest

from cgi_theory import CompetitionModel, Measurement, compete, large_n_limit, predict_from_gram
from cgi_theory.networks import MLP, attribution
from cgi_theory.networks.alignment import Alignment, measure, predict, predict_from_gradients
from cgi_theory.networks.measures import hot_pixels
from cgi_theory.sampling.averages import mean_of
from tests.networks.test_mlp import random_net


@pytest.fixture(scope="module")
def net():
    return random_net((30, 20, 4), seed=1)


@pytest.fixture(scope="module")
def x():
    rng = np.random.default_rng(2)
    return rng.random((6, 30)) * (rng.random((6, 30)) < 0.7)


def cosine(a, b):
    return a @ b / np.linalg.norm(a) / np.linalg.norm(b)


def test_measurements_are_those_of_the_definitions(net, x):
    found = measure(net, x)
    for i, image in enumerate(x):
        logits = net.logits(image[None])[0]
        chosen = int(np.argmax(logits))
        gradients = net.input_gradients(image[None])[0]
        own, lit = gradients[chosen], image != 0.0
        scores = gradients * image
        heat = [hot_pixels(s[None])[0] for s in scores]
        on, off, whole, share = [], [], [], []
        for j in range(4):
            if j != chosen:
                both = heat[chosen] & heat[j]
                whole.append(cosine(own[lit], gradients[j][lit]))
                on.append(cosine(own[both], gradients[j][both]))
                off.append(cosine(own[lit & ~both], gradients[j][lit & ~both]))
                share.append(both.sum() / heat[chosen].sum())
        heatmap = compete(scores[None], [chosen])[0]
        square = own[lit] ** 2
        expected = {
            "delta": cosine(own, image),
            "logit_ratio": logits[chosen] / np.sort(logits)[-2] if np.sort(logits)[-2] > 0.0 else np.nan,
            "correlation": np.mean(whole),
            "shared_fraction": np.mean(share),
            "shared_correlation": np.mean(on),
            "distinct_correlation": np.mean(off),
            "sparsity": min(1.0, 3.0 * square.mean() ** 2 / np.mean(square**2)),
            "retained": heatmap.sum() / scores[chosen].sum(),
            "energy_kept": np.sum(own[(heatmap != 0.0)] ** 2) / square.sum(),
            "kept": np.mean(heatmap[lit] != 0.0),
        }
        for name, value in expected.items():
            assert found.columns()[name][i] == pytest.approx(value, rel=1e-10, nan_ok=True), name


def test_the_chosen_label_may_be_given(net, x):
    predicted = net.predicted_labels(x)
    given = measure(net, x, predicted)
    for name, values in measure(net, x).columns().items():
        np.testing.assert_array_equal(values, given.columns()[name])
    assert len({given, given}) == 1  # one is equal to itself alone
    other = measure(net, x, (predicted + 1) % 4)
    assert not np.allclose(other.kept, given.kept)
    for i, logits in enumerate(net.logits(x)):
        own, rivals = logits[(predicted[i] + 1) % 4], np.delete(logits, (predicted[i] + 1) % 4)
        expected = own / rivals.max() if own / rivals.max() > 0.0 else np.nan
        assert other.logit_ratio[i] == pytest.approx(expected, rel=1e-12, nan_ok=True)
    assert np.any((other.logit_ratio > 0.0) & (other.logit_ratio < 1.0))


def test_a_label_without_a_gradient_is_orthogonal_to_the_others():
    found = measure(MLP.from_arrays([[[1.0, 0.0, 2.0], [2.0, 0.0, 1.0]]]), [[1.0, 1.0]], [0])
    assert found.correlation == pytest.approx([0.4])  # the mean of 0 and 4/5
    assert found.shared_correlation == pytest.approx([0.4])
    assert found.distinct_correlation.tolist() == [0.0]
    assert found.shared_fraction.tolist() == [0.5]


def test_predictions_are_the_closed_form(net, x):
    found = measure(net, x)
    retained, kept = predict(found, 4)
    for i, r in enumerate(found.correlation):
        model = CompetitionModel(n=100, delta=0.1, n_labels=4, shared_correlation=float(r), conditioning="exactly")
        assert retained[i] == pytest.approx(large_n_limit(model).c1, rel=1e-12)
        assert kept[i] == pytest.approx(large_n_limit(model).kept_shared, rel=1e-12)
    sparse, _ = predict(found, 4, "sparse")
    assert (sparse >= retained - 1e-12).all()
    blocks, _ = predict(found, 4, "two blocks")
    assert np.abs(blocks - retained).max() > 1e-6
    with pytest.raises(ValueError, match="reading must be one of"):
        predict(found, 4, "three blocks")


def measured_as(**columns):
    """What ``measure`` would have returned for two labels, of the numbers that predictions need."""
    names = ("delta", "logit_ratio", "correlation", "shared_fraction", "shared_correlation", "distinct_correlation", "sparsity")
    values = dict.fromkeys((*names, "retained", "energy_kept", "kept"), np.full(2, np.nan))
    return Alignment(**values | {name: np.array(column) for name, column in columns.items()}, n_labels=2)


def two_labels(r, rho=1.0):
    """The share of energy and the fraction of its own pixels that a label keeps against one rival, by the angle between them."""
    angle = np.arccos(r)
    return 1.0 - rho * (0.5 - (angle + np.sin(angle)) / (2.0 * np.pi)), 1.0 - rho * (0.5 - angle / (2.0 * np.pi))


def test_readings_by_hand():
    r, rho = np.array([0.3, -0.6]), np.array([0.2, 0.7])
    for reading, expected in (("one block", two_labels(r)), ("sparse", two_labels(r, rho))):
        found = predict(measured_as(correlation=r, sparsity=rho), reading=reading)
        for ours, theirs in zip(found, expected, strict=True):
            assert ours == pytest.approx(theirs, rel=1e-12)
    share, on, off = np.array([0.2, 0.9]), np.array([0.8, 0.5]), np.array([-0.3, 0.1])
    columns = {"shared_fraction": share, "shared_correlation": on, "distinct_correlation": off}
    for predicted, ours, theirs in zip(
        predict(measured_as(**columns), 2, "two blocks"), two_labels(on), two_labels(off), strict=True
    ):
        assert predicted == pytest.approx(share * ours + (1.0 - share) * theirs, rel=1e-12)


def test_labels_far_sparser_than_any_are_taken_for_one_in_a_thousand():
    assert predict(measured_as(correlation=[0.5, 0.5], sparsity=[1e-9, 0.0]), reading="sparse")[1] == pytest.approx(
        [two_labels(0.5, 1e-3)[1]] * 2, rel=1e-12
    )


def test_cosines_off_by_rounding_are_those_of_equal_and_opposite_labels():
    retained, kept = predict(measured_as(correlation=[1.0 + 1e-15, -1.0 - 1e-15]))
    assert retained == pytest.approx([1.0, 1.0])
    assert kept == pytest.approx([1.0, 1.0])


def test_inner_products_of_gradients_are_all_that_the_prediction_takes(net, x):
    energy, kept = predict_from_gradients(net, x, seed=3, tolerance=0.01)
    for image, share, fraction in zip(x, energy, kept, strict=True):
        gradients = net.input_gradients(image[None])[0][:, image != 0.0]
        found = predict_from_gram(gradients @ gradients.T, int(np.argmax(net.logits(image[None]))), seed=3, tolerance=0.01)
        assert (share, fraction) == pytest.approx((found.energy, found.kept), rel=1e-9)


def test_pixels_that_are_not_lit_are_no_part_of_a_prediction():
    """Labels whose gradients are alike where the image is lit and opposite where it is not."""
    lit, dark = np.random.default_rng(3).standard_normal((2, 40, 3))
    lit[:, 1:] += 2.0 * lit[:, :1]
    dark[:, 1:] -= 2.0 * dark[:, :1]
    image = np.random.default_rng(4).random((2, 40)) + 0.1
    whole = predict_from_gradients(MLP.from_arrays([np.concatenate([lit, 5.0 * dark])]), np.pad(image, ((0, 0), (0, 40))), [0, 1])
    for found, expected in zip(whole, predict_from_gradients(MLP.from_arrays([lit]), image, [0, 1]), strict=True):
        assert found == pytest.approx(expected, rel=1e-9)


def gaussian_nets(n_labels, correlation, count):
    """Measurements on linear nets whose labels' gradients are Gaussian, those of rivals correlated with the chosen one's."""
    rng = np.random.default_rng(7)
    kept, energy, retained = np.empty((3, count))
    for i in range(count):
        weights = rng.standard_normal((3000, n_labels))
        weights[:, 1:] = correlation * weights[:, :1] + np.sqrt(1.0 - correlation**2) * weights[:, 1:]
        image = rng.standard_normal(3000) + weights[:, 0]
        found = measure(MLP.from_arrays([weights]), image[None], [0])
        kept[i], energy[i], retained[i] = found.kept[0], found.energy_kept[0], found.retained[0]
    return {"kept": mean_of(kept), "energy": mean_of(energy), "retained": mean_of(retained)}


def agrees(measured: Measurement, expected):
    assert measured.stderr < 0.005 * expected
    return abs(measured.mean - expected) < 4.0 * measured.stderr


@pytest.mark.parametrize(("n_labels", "correlation"), [(2, 0.5), (5, 0.0), (10, -0.1)])
def test_on_gaussian_nets_the_theory_holds(n_labels, correlation):
    measured = gaussian_nets(n_labels, correlation, 150)
    model = CompetitionModel(n=3000, delta=0.1, n_labels=n_labels, shared_correlation=correlation)
    answer = large_n_limit(model)
    assert agrees(measured["kept"], answer.kept_shared)
    assert agrees(measured["energy"], answer.c1)
    assert agrees(measured["retained"], answer.c1)
    wrong = large_n_limit(CompetitionModel(n=3000, delta=0.1, n_labels=n_labels, shared_correlation=correlation + 0.05))
    assert not agrees(measured["kept"], wrong.kept_shared)
    assert not agrees(measured["energy"], wrong.c1)


def test_the_gram_matrix_predicts_gaussian_gradients_of_any_kind():
    """Of unequal lengths and with dependent rivals, where the closed form fails."""
    rng = np.random.default_rng(5)
    mixing = np.linalg.cholesky(0.5 * np.eye(6) + 0.5) * np.array([[1.5], [1.0], [1.0], [0.7], [1.0], [1.3]])
    measured, predicted, closed, energy, foretold = np.empty((5, 100))
    for i in range(100):
        net = MLP.from_arrays([rng.standard_normal((2000, 6)) @ mixing.T])
        image = np.abs(rng.standard_normal((1, 2000))) + 0.1
        found = measure(net, image, [0])
        measured[i], closed[i] = found.kept[0], predict(found, 6)[1][0]
        energy[i] = found.energy_kept[0]
        foretold[i], predicted[i] = (values[0] for values in predict_from_gradients(net, image, [0], seed=i))
    for one, other in ((measured, predicted), (energy, foretold)):
        gap = mean_of(one - other)
        assert abs(gap.mean) < 4.0 * gap.stderr
        assert gap.stderr < 0.005 * one.mean()
    assert abs(np.mean(measured - closed)) > 0.05 * measured.mean()


def test_a_net_of_one_opinion_keeps_everything():
    """Labels whose gradients are opposite never contest a pixel."""
    weights = np.random.default_rng(3).standard_normal((50, 1)) * [[1.0, -1.0]]
    found = measure(MLP.from_arrays([weights]), np.ones((1, 50)), [0])
    assert found.correlation == pytest.approx([-1.0])
    assert found.kept == pytest.approx([1.0])
    assert predict(found, 2)[0] == pytest.approx([1.0])
    for share in predict_from_gradients(MLP.from_arrays([weights]), np.ones((1, 50)), [0]):
        assert share == pytest.approx([1.0])
    assert attribution.cgi(MLP.from_arrays([weights]), np.ones((1, 50)), [0])[0] == pytest.approx(weights[:, 0])


def test_what_cannot_be_measured_is_refused():
    net, x = MLP.random((6, 5, 3), seed=0), np.ones((2, 6))
    for call, message in (
        (lambda: measure(net, 0.0 * x), "measure needs two labels or more, and images on which"),
        (lambda: measure(MLP.random((6, 1), seed=0), x), "measure needs two labels or more"),
        (lambda: measure(net, x, [0, 9]), "labels must be from 0 to 2, not 0 to 9"),
        (lambda: predict_from_gradients(net, x, seed=-1), "seed must be from 0 to"),
        (lambda: predict_from_gradients(net, 0.0 * x), "predict_from_gradients needs two labels or more, and images on which"),
        (
            lambda: predict_from_gradients(net, x * [[1.0], [0.0]]),
            "predict_from_gradients needs two labels or more, and images on which",
        ),
        (lambda: predict_from_gradients(MLP.random((6, 1), seed=0), x), "predict_from_gradients needs two labels or more"),
        (lambda: predict_from_gradients(net, x, tolerance=0.0), "tolerance must be from 1e-05 to 1, not 0.0"),
        (lambda: measure(MLP.from_arrays([[[1.0, 0.0], [-1.0, 0.0]]]), [[2.0, 2.0]], [0]), "scores that do not sum to zero"),
        (lambda: predict(measure(net, x), 4), "n_labels must be 3, as many as the network has that was measured, not 4"),
    ):
        with pytest.raises(ValueError, match=message):
            call()
