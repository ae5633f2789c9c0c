import dataclasses
import json
from decimal import Decimal
from fractions import Fraction

import numpy as np
import pytest

from cgi_theory.networks import MLP
from cgi_theory.networks._descent import Descent
from cgi_theory.networks.training import Recipe, accuracy, cross_entropy, loss_gradients, softmax, train, trained
from simulations.experiment import Home
from simulations.lab import nets
from tests import naive
from tests.networks.test_mlp import random_net

SMALL = Recipe(sizes=(6, 12, 3), epochs=8, batch_size=20, learning_rate=0.01, target_accuracy=2.0)


@pytest.fixture(scope="module")
def clusters():
    """Three clouds of points."""
    rng = np.random.default_rng(1)
    labels = rng.integers(0, 3, 300)
    return np.eye(3, 6)[labels] * 4.0 + rng.standard_normal((300, 6)), labels


def test_a_net_of_other_code_is_trained_anew(clusters, tmp_path, monkeypatch):
    recipe = dataclasses.replace(SMALL, epochs=1)
    epochs: list[int] = []
    trained(recipe, *clusters, tmp_path, progress=epochs.append)
    monkeypatch.setattr("cgi_theory.networks.training.source_digest", lambda module: f"another of {module}")
    trained(recipe, *clusters, tmp_path, progress=epochs.append)
    assert sum(epochs) == 2


def test_gradients_of_the_loss_are_central_differences():
    net = random_net((5, 7, 6, 3), seed=2)
    rng = np.random.default_rng(3)
    x, labels = rng.standard_normal((8, 5)), rng.integers(0, 3, 8)
    found = loss_gradients(net, x, labels)
    arrays = [np.array(array) for array in (*net.weights, *net.biases)]
    for number, array in enumerate(arrays):
        for place in list(np.ndindex(array.shape))[::3]:
            losses = []
            for step in (1e-6, -1e-6):
                moved = [np.array(a) for a in arrays]
                moved[number][place] += step
                losses.append(cross_entropy(MLP.from_arrays(moved[:3], moved[3:]), x, labels))
            assert found[number][place] == pytest.approx((losses[0] - losses[1]) / 2e-6, abs=1e-9)


def test_cross_entropy_and_softmax_by_hand():
    net = MLP.from_arrays([np.zeros((2, 4))])
    assert cross_entropy(net, np.ones((3, 2)), [0, 1, 2]) == pytest.approx(np.log(4.0), rel=1e-15)
    assert softmax(np.array([[1000.0, 1000.0, -1000.0]])) == pytest.approx(np.array([[0.5, 0.5, 0.0]]))
    steep = MLP.from_arrays([[[1e4, -1e4]]])
    assert cross_entropy(steep, [[1.0]], [1]) == pytest.approx(2e4)
    assert accuracy(steep, [[1.0], [-1.0]], [0, 0]) == 0.5


def test_a_net_learns_what_can_be_learned(clusters):
    epochs: list[int] = []
    net = train(SMALL, *clusters, progress=epochs.append)
    assert sum(epochs) == 8
    assert accuracy(net, *clusters) > 0.95
    assert accuracy(MLP.random(SMALL.sizes, seed=0), *clusters) < 0.8
    assert net.has_biases


def test_without_biases_there_are_none(clusters):
    net = train(dataclasses.replace(SMALL, biases=False), *clusters)
    assert not net.has_biases
    assert accuracy(net, *clusters) > 0.95


def test_the_same_recipe_makes_the_same_net(clusters):
    one, again, other = (train(dataclasses.replace(SMALL, seed=seed, epochs=2), *clusters) for seed in (1, 1, 2))
    assert all(np.array_equal(a, b) for a, b in zip(one.weights, again.weights, strict=True))
    assert not np.isclose(one.weights[0], other.weights[0]).any()


@pytest.mark.parametrize("biases", [True, False])
def test_steps_are_adam_s(clusters, biases):
    """Whole batches, one step an epoch, whose rate falls as a cosine; in float32, to its rounding."""
    recipe = dataclasses.replace(SMALL, epochs=4, batch_size=300, biases=biases)
    start = MLP.random(SMALL.sizes, seed=0)

    def gradients(parameters):
        return loss_gradients(MLP.from_arrays(parameters[:2], parameters[2:] or None), *clusters)[: len(parameters)]

    rates = [0.01 * 0.5 * (1.0 + np.cos(np.pi * part)) for part in (0.25, 0.5, 0.75, 1.0)]
    expected = naive.adam([*start.weights, *(start.biases if biases else ())], gradients, rates)
    found = train(recipe, *clusters)
    for ours, theirs in zip((*found.weights, *found.biases), expected, strict=False):
        assert ours == pytest.approx(theirs, rel=2e-6, abs=1e-7)
        assert np.array_equal(ours, ours.astype(np.float32))


@pytest.mark.parametrize("biases", [True, False])
def test_steps_are_adam_s_in_float64_too(clusters, biases):
    """Where they can be held against the rule to its last digits; more steps than either running mean forgets."""
    start = random_net((6, 12, 3), seed=4)
    rates = list(np.linspace(0.01, 0.001, 40))

    def gradients(parameters):
        vectors = parameters[2:] if biases else start.biases
        return loss_gradients(MLP.from_arrays(parameters[:2], vectors), *clusters)[: len(parameters)]

    expected = naive.adam([*start.weights, *(start.biases if biases else ())], gradients, rates)
    descent = Descent(start.weights, start.biases, np.float64, train_biases=biases)
    for rate in rates:
        descent.step(clusters[0], clusters[1], rate)
    for ours, theirs in zip((*descent.weights, *descent.biases), (*expected, *start.biases), strict=False):
        assert ours == pytest.approx(theirs, rel=1e-9, abs=1e-12)


def test_large_networks_are_moved_part_by_part(monkeypatch):
    """No parameter is left out, or moved twice."""
    start = random_net((30, 40, 5), seed=5)
    rng = np.random.default_rng(6)
    x, labels = rng.standard_normal((20, 30)), rng.integers(0, 5, 20)
    moved = []
    for chunk in (10**9, 7, 1000):
        monkeypatch.setattr("cgi_theory.networks._descent._CHUNK", chunk)
        descent = Descent(start.weights, start.biases, np.float64, train_biases=True)
        for _ in range(3):
            descent.step(x, labels, 0.01)
        moved.append((*descent.weights, *descent.biases))
    for other in moved[1:]:
        assert all(np.array_equal(one, two) for one, two in zip(moved[0], other, strict=True))


def test_pixels_that_no_image_lights_keep_their_weights_and_count_for_nothing(clusters):
    x, labels = clusters
    start = MLP.random((8, 12, 3), seed=0)
    recipe = dataclasses.replace(SMALL, sizes=(8, 12, 3), epochs=2)
    wide = np.insert(x, [2, 5], 0.0, axis=1)
    found = train(recipe, wide, labels)
    dark = ~wide.any(axis=0)
    assert dark.sum() == 2
    assert np.array_equal(found.weights[0][dark], start.weights[0][dark])
    assert not np.isclose(found.weights[0][~dark], start.weights[0][~dark]).any(axis=1).all()
    blank = train(recipe, np.zeros((30, 8)), labels[:30])
    assert np.array_equal(blank.weights[0], start.weights[0])
    assert blank.biases[-1].any()


def test_training_ends_at_the_target(clusters):
    epochs: list[int] = []
    net = train(dataclasses.replace(SMALL, target_accuracy=0.8), *clusters, progress=epochs.append)
    assert sum(epochs) < 8
    assert accuracy(net, *clusters) >= 0.8


def test_training_ends_after_the_first_epoch_that_reaches_the_target(clusters):
    """Neither one later, nor one earlier: of all images, not of the first that are looked at."""
    reached = []
    targets = np.linspace(0.5, 1.0, 21)
    for target in targets:
        epochs: list[int] = []
        net = train(dataclasses.replace(SMALL, target_accuracy=target), *clusters, progress=epochs.append)
        reached.append((sum(epochs), accuracy(net, *clusters)))
    for (count, found), target in zip(reached, targets, strict=True):
        assert found >= target or count == SMALL.epochs
        sooner = [other for fewer, other in reached if fewer < count]
        assert all(other < target for other in sooner)
    assert len({count for count, _ in reached}) >= 3


def test_a_trained_net_is_kept_and_a_damaged_file_made_anew(clusters, tmp_path):
    recipe = dataclasses.replace(SMALL, epochs=2)
    epochs: list[int] = []
    first = trained(recipe, *clusters, tmp_path / "nets", progress=epochs.append)
    again = trained(recipe, *clusters, tmp_path / "nets", progress=epochs.append)
    assert sum(epochs) == 2
    assert all(np.array_equal(a, b) for a, b in zip(first.weights, again.weights, strict=True))
    (file,) = (tmp_path / "nets").iterdir()
    file.write_bytes(file.read_bytes()[:100])
    trained(recipe, *clusters, tmp_path / "nets", progress=epochs.append)
    assert sum(epochs) == 4
    x, labels = clusters
    for changed in ((dataclasses.replace(recipe, seed=9), x, labels), (recipe, x + 1e-9, labels), (recipe, x, labels[::-1])):
        trained(*changed, tmp_path / "nets")
    assert len(list((tmp_path / "nets").iterdir())) == 4


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"epochs": 0}, "epochs must be from 1 to"),
        ({"batch_size": 0}, "batch_size must be from 1 to"),
        ({"batch_size": 2.5}, "batch_size must be a whole number, not 2.5"),
        ({"learning_rate": 0.0}, "learning_rate must be from 1e-12 to 1000, not 0.0"),
        ({"learning_rate": float("nan")}, "learning_rate must be from"),
        ({"target_accuracy": float("nan")}, "target_accuracy must be from 0"),
        ({"epochs": True}, "epochs must be a whole number, not True"),
        ({"epochs": 10**5000}, "epochs must be from 1 to 1000000000, not 1000"),
        ({"learning_rate": 10**400}, "learning_rate must be from 1e-12 to 1000, not 1000"),
        ({"learning_rate": "fast"}, "learning_rate must be a number, not 'fast'"),
        ({"biases": 1}, "biases must be True or False, not 1"),
        ({"seed": -1}, "seed must be from 0 to"),
        ({"sizes": 6}, "sizes must be a sequence of whole numbers, not 6"),
        ({"sizes": (6, 5.0, 3)}, r"sizes\[1\] must be a whole number, not 5.0"),
        ({"sizes": (6, True)}, r"sizes\[1\] must be a whole number, not True"),
        ({"sizes": (6,)}, "sizes must have the units of the input and the labels at least"),
    ],
)
def test_bad_recipes_are_named(change, message):
    with pytest.raises((TypeError, ValueError), match=message):
        dataclasses.replace(SMALL, **change)


def test_recipes_hold_python_s_own_numbers():
    own = {"sizes": [6, np.int64(5), 3], "epochs": np.int8(3), "batch_size": np.array(2), "learning_rate": Fraction(1, 8)}
    recipe = Recipe(**own, seed=np.uint64(4), biases=np.True_, target_accuracy=Decimal("0.5"))
    assert recipe == Recipe(sizes=(6, 5, 3), epochs=3, batch_size=2, learning_rate=0.125, seed=4, target_accuracy=0.5)
    assert [type(value) for value in dataclasses.astuple(recipe)] == [tuple, int, bool, int, float, type(None), int, float]
    assert {type(size) for size in recipe.sizes} == {int}
    assert json.loads(json.dumps(dataclasses.asdict(recipe)))["sizes"] == [6, 5, 3]


def test_other_arguments_are_named(tmp_path):
    with pytest.raises(TypeError, match="recipe must be a Recipe, not 'small'"):
        train("small", np.ones((4, 6)), [0, 1, 2, 0])
    with pytest.raises(TypeError, match="progress must be callable, not 3"):
        train(SMALL, np.ones((4, 6)), [0, 1, 2, 0], progress=3)
    with pytest.raises(TypeError, match="folder must be a path, not None"):
        trained(SMALL, np.ones((4, 6)), np.array([0, 1, 2, 0]), None)


@pytest.mark.parametrize(
    ("x", "labels", "message"),
    [
        (np.ones((4, 5)), [0, 1, 2, 0], "x must have shape"),
        (np.ones((4, 6)), [0, 1, 2], "labels must have one entry for each image, 4, not 3"),
        (np.ones((4, 6)), [0, 1, 2, 3], "labels must be from 0 to 2"),
        (np.ones((4, 6)), [0.0, 1.0, 2.0, 0.0], "labels must be whole numbers"),
    ],
)
def test_bad_data_are_named(x, labels, message):
    with pytest.raises((TypeError, ValueError), match=message):
        train(SMALL, x, labels)


@pytest.mark.slow
def test_digits_are_learned_and_so_are_permuted_labels(tmp_path):
    """The networks of the experiments, at full size."""
    home, about = Home(None, tmp_path), nets.described("trained", "permuted labels", quick=False)["networks"]
    data, labels = nets.digits(home), nets.permuted_labels(home, 0)
    learned, memorised = (nets.network_of(home, about[kind], 0, 0) for kind in ("trained", "permuted labels"))
    assert accuracy(learned, data.test_x, data.test_labels) >= 0.93
    assert accuracy(memorised, data.train_x, labels) >= 0.98
    assert accuracy(memorised, data.test_x, data.test_labels) < 0.2
