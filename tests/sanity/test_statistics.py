"""How often a verdict is wrong, in worlds where the truth is known: networks and images have effects of their own."""

from collections import Counter

import numpy as np
import pandas as pd
import pytest

from cgi_theory.sanity.comparison import Alike
from cgi_theory.sanity.crossed import Interval, Values, by_student, crossed_difference, smallest_sample
from cgi_theory.sanity.metrics import SIGNED
from cgi_theory.sanity.table import METHOD, rows_of
from cgi_theory.sanity.verdicts import BEYOND, TELLS, YES, verdicts

WORLDS = 200
IMAGES = 12
# Of networks, images, and the rest.
EFFECTS = 0.1, 0.1, 0.05


def similarities(rng, networks, mean, images):
    """Values (networks, images) around a mean; images have the same effect whatever the network."""
    of_networks, _, rest = EFFECTS
    return mean + of_networks * rng.standard_normal((networks, 1)) + images + rest * rng.standard_normal((networks, IMAGES))


def share_of(question, answer, *, retrained, randomised, networks, draws):
    """How often a world gets an answer."""
    count = 0
    for world in range(WORLDS):
        rng = np.random.default_rng(world)
        images = EFFECTS[1] * rng.standard_normal(IMAGES)
        plain = [Alike(row[None, None, :], [[Counter()]]) for row in similarities(rng, draws, randomised, images)]
        own, mask = similarities(rng, networks, retrained, images), similarities(rng, networks, randomised, images)
        others = [Alike(np.stack(pair)[:, None, :], [[Counter()], [Counter()]]) for pair in zip(own, mask, strict=True)]
        rows = rows_of({"m": METHOD}, [SIGNED], {"all layers": plain}, others, world)
        count += any((one.question, one.answer) == (question, answer) for one in verdicts(pd.DataFrame(rows)))
    return count / WORLDS


@pytest.mark.parametrize("question", [TELLS, BEYOND])
@pytest.mark.parametrize(("networks", "draws"), [(2, 2), (3, 5), (6, 5)])
def test_where_nothing_differs_few_verdicts_say_so(question, networks, draws):
    """An interval of 95 % lies above zero by chance one time in forty."""
    found = share_of(question, YES, retrained=0.3, randomised=0.3, networks=networks, draws=draws)
    assert found < 0.025 + 3.0 * np.sqrt(0.025 * 0.975 / WORLDS)


def test_where_much_differs_most_verdicts_say_so():
    assert share_of(TELLS, YES, retrained=0.8, randomised=0.3, networks=5, draws=5) > 0.95


def test_networks_apart_have_the_variance_of_both():
    """Of balanced samples, that of the means of either, image by image the same."""
    rng = np.random.default_rng(0)
    images = rng.standard_normal(IMAGES)
    first, second = (similarities(rng, count, 0.0, images) for count in (5, 8))
    found = crossed_difference(Values(first, np.arange(5)), Values(second, np.arange(8)), seed=0, apart=True)
    difference = first.mean(axis=0) - second.mean(axis=0)
    expected = first.mean(axis=1).var(ddof=1) / 5 + second.mean(axis=1).var(ddof=1) / 8 + difference.var(ddof=1) / IMAGES
    assert found.mean == pytest.approx(first.mean() - second.mean(), abs=1e-12)
    assert found.stderr == pytest.approx(np.sqrt(expected), rel=0.1)  # of 2000 draws, and the interaction beside


def test_student_s_interval_is_that_of_the_tables():
    """t = 12.706 of one degree of freedom, 2.262 of nine; cut where no value can lie."""
    found = by_student(Interval(0.5, 0.0, 0.0, 0.01), 2, (-1.0, 1.0))
    assert (found.low, found.high) == pytest.approx((0.5 - 0.12706, 0.5 + 0.12706), abs=1e-5)
    found = by_student(Interval(0.99, 0.0, 0.0, 0.1), 10, (-1.0, 1.0))
    assert (found.low, found.high) == pytest.approx((0.99 - 0.2262, 1.0), abs=1e-4)
    assert smallest_sample(np.arange(5), 3) == 3
