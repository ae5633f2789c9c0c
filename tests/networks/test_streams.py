import itertools

import numpy as np
import pytest

from cgi_theory.networks import MLP
from cgi_theory.networks.randomization import cascading, layer_wise
from cgi_theory.networks.streams import Use, derived_seed, generator

SEEDS = (0, 1, 2, 2**32 - 1, 2**32, 2**64 - 1)
KEYS = ((), (0,), (1,), (0, 0), (0, 1), (1, 0), (2**32 - 1,), (0, 0, 0))
NAMES = list(itertools.product(SEEDS, Use, KEYS))


def test_no_two_names_share_a_stream():
    first_words = {tuple(generator(seed, use, *key).integers(2**64, size=2, dtype=np.uint64)) for seed, use, key in NAMES}
    seeds = {derived_seed(seed, use, *key) for seed, use, key in NAMES}
    assert len(first_words) == len(seeds) == len(NAMES)
    assert not seeds & set(SEEDS)


def test_a_name_is_one_stream():
    for seed, use, key in NAMES[::17]:
        one, again = (generator(seed, use, *key).standard_normal(4) for _ in range(2))
        assert np.array_equal(one, again)
        assert derived_seed(seed, use, *key) == derived_seed(seed, int(use), *map(np.int64, key))
        assert type(derived_seed(seed, use, *key)) is int
        assert 0 <= derived_seed(seed, use, *key) < 2**64


def test_networks_are_not_their_neighbours_seed():
    """As those of seed + number are: network 1 of seed 0 and network 0 of seed 1."""
    net = MLP.random((6, 5, 4), seed=0)
    seeds = [derived_seed(seed, Use.RANDOMISATION, number) for seed in range(4) for number in range(4)]
    weights = [layer_wise(net, 0, seed=seed).weights[0] for seed in seeds]
    weights += [cascading(net, 2, seed=seed).weights[1] for seed in seeds]
    weights += [MLP.random((6, 5, 4), seed=derived_seed(seed, Use.UNTRAINED_NETWORK, 0)).weights[0] for seed in range(4)]
    for one, other in itertools.combinations(weights, 2):
        assert one.shape != other.shape or not np.isclose(one, other).any()


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ((-1, Use.TIES), "seed must be from 0 to 18446744073709551615, not -1"),
        ((0.5, Use.TIES), "seed must be a whole number, not 0.5"),
        ((0, 99), "99 is not a valid Use"),
        ((0, Use.TIES, 1, 2**32), r"key\[1\] must be from 0 to 4294967295, not 4294967296"),  # two words, as those of (0, 1)
        ((0, Use.TIES, -1), r"key\[0\] must be from 0 to 4294967295, not -1"),
        ((0, Use.TIES, "1"), r"key\[0\] must be a whole number, not '1'"),
    ],
)
def test_names_that_are_none_are_refused(name, message):
    for make in (generator, derived_seed):
        with pytest.raises((TypeError, ValueError), match=message):
            make(*name)
