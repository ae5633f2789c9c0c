"""Four small networks of one recipe, which read digits."""

import pytest

from cgi_theory.networks.datasets import digits
from cgi_theory.networks.training import Recipe, train

IMAGES = 30


@pytest.fixture(scope="session")
def data():
    return digits()


@pytest.fixture(scope="session")
def x(data):
    return data.test_x[:IMAGES]


@pytest.fixture(scope="session")
def trained(data):
    recipes = [Recipe(sizes=(784, 100, 100, 10), seed=seed, epochs=8) for seed in range(5)]
    return [train(recipe, data.train_x, data.train_labels) for recipe in recipes]
