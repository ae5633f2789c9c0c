import numpy as np
import pytest

from cgi_theory.sanity.crossed import DRAWS, Values, crossed_difference, crossed_interval, crossed_median, crossed_ratio

NETWORKS, DIGITS = 8, 60


def effects(rng, networks=NETWORKS, digits=DIGITS, of_networks=1.0, of_digits=2.0, of_both=1.0):
    """Values (networks, digits) around 5 whose networks, digits and cells have effects of their own."""
    parts = rng.standard_normal((networks, 1)), rng.standard_normal((1, digits)), rng.standard_normal((networks, digits))
    return 5.0 + of_networks * parts[0] + of_digits * parts[1] + of_both * parts[2]


def exact_stderr(values):
    """Of the mean that the resampling has in a balanced design, by its definition: variances of means and the interaction."""
    rows, columns = values.mean(axis=1), values.mean(axis=0)
    interaction = values - rows[:, None] - columns[None, :] + values.mean()
    cells = (len(rows) - 1) * (len(columns) - 1)
    return np.sqrt(rows.var(ddof=1) / len(rows) + columns.var(ddof=1) / len(columns) + np.mean(interaction**2) / cells)


def coverage(interval, draws=400, **about):
    """How often an interval of one draw of networks and digits holds the truth, 5, and the standard error of that."""
    rng = np.random.default_rng(11)
    held = np.empty(draws)
    for i in range(draws):
        values = effects(rng, **about)
        found = interval(values, i)
        held[i] = found.low < 5.0 < found.high
    return held.mean(), np.sqrt(0.95 * 0.05 / draws)


def over_both(values, seed):
    return crossed_interval(values, np.arange(len(values)), seed=seed)


def over_digits(values, seed):
    return crossed_interval(values, np.zeros(len(values), dtype=int), seed=seed)


def over_networks(values, seed):
    return crossed_interval(values.mean(axis=1, keepdims=True), np.arange(len(values)), seed=seed)


@pytest.mark.parametrize(("of_networks", "of_digits"), [(1.0, 2.0), (1.0, 0.1)])
def test_the_interval_holds_the_truth_as_often_as_it_says(of_networks, of_digits):
    share, error = coverage(over_both, of_networks=of_networks, of_digits=of_digits)
    assert abs(share - 0.95) < 4.0 * error
    assert error < 0.011


def test_where_networks_hardly_differ_the_interval_is_too_wide_rather_than_too_narrow():
    share, error = coverage(over_both, of_networks=0.1)
    assert share > 0.95 + error


@pytest.mark.parametrize(("narrow", "of_networks", "of_digits"), [(over_digits, 1.0, 2.0), (over_networks, 0.3, 2.0)])
def test_an_interval_over_one_factor_alone_is_too_narrow(narrow, of_networks, of_digits):
    """The negative control: the test above sees such intervals."""
    share, error = coverage(narrow, of_networks=of_networks, of_digits=of_digits)
    assert share < 0.95 - 4.0 * error


def test_the_error_of_a_balanced_design_is_the_exact_one():
    values = effects(np.random.default_rng(3), of_both=20.0)
    found, exact = over_both(values, 0), exact_stderr(values)
    relative = 1.0 / np.sqrt(2.0 * DRAWS)
    assert found.mean == pytest.approx(values.mean(), rel=1e-12)
    assert abs(found.stderr / exact - 1.0) < 4.0 * relative
    without = np.sqrt(exact**2 - np.var(values.mean(axis=0), ddof=1) / DIGITS)
    assert abs(found.stderr / without - 1.0) > 4.0 * relative


def test_what_has_no_value_has_no_weight():
    rng = np.random.default_rng(4)
    values = effects(rng)
    gaps = np.where(rng.random(values.shape) < 0.3, np.nan, values)
    found = over_both(gaps, 0)
    assert found.mean == pytest.approx(np.nanmean(gaps), rel=1e-12)
    assert found.low < found.mean < found.high
    blank = np.vstack([values, np.full((1, DIGITS), np.nan)])
    assert crossed_interval(blank, np.array([*range(NETWORKS), 0]), seed=0) == over_both(values, 0)
    assert np.isnan(over_both(np.full((3, 4), np.nan), 0)).all()


def test_rows_of_one_network_are_drawn_together():
    """Twice the same rows are no more networks."""
    values = effects(np.random.default_rng(5))
    once, twice = over_both(values, 0), crossed_interval(np.tile(values, (2, 1)), np.tile(np.arange(NETWORKS), 2), seed=0)
    assert twice == pytest.approx(once, rel=1e-12)


def test_pairs_of_networks_vary_as_their_networks_do():
    """The mean of a_i + a_j over pairs is twice that of a, and so is its error."""
    rng = np.random.default_rng(6)
    own = rng.standard_normal(30)
    pairs = np.array([(i, j) for i in range(30) for j in range(i)])
    found = crossed_interval(own[pairs].sum(axis=1)[:, None] + np.zeros((1, 2)), pairs, seed=0)
    relative = 1.0 / np.sqrt(2.0 * DRAWS)
    assert found.mean == pytest.approx(2.0 * own.mean(), rel=1e-12)
    assert abs(found.stderr / (2.0 * own.std(ddof=1) / np.sqrt(30)) - 1.0) < 4.0 * relative + 1.0 / 30.0


def test_what_two_samples_share_cancels_in_their_difference():
    rng = np.random.default_rng(8)
    shared = effects(rng, of_networks=0.0, of_both=0.0, networks=1)
    first, second = (shared + effects(rng, of_digits=0.0) for _ in range(2))
    networks = np.arange(NETWORKS)
    found = crossed_difference(Values(first, networks), Values(second, networks + NETWORKS), seed=0)
    assert found.mean == pytest.approx(first.mean() - second.mean(), rel=1e-10)
    apart = np.hypot(over_both(first, 0).stderr, over_both(second, 0).stderr)
    own = np.hypot(*(np.std(values.mean(axis=1), ddof=1) for values in (first, second))) / np.sqrt(NETWORKS)
    assert found.stderr < 0.9 * apart
    assert found.stderr == pytest.approx(own, rel=0.25)
    itself = crossed_difference(Values(first, networks), Values(first, networks), seed=0)
    assert itself == (0.0, 0.0, 0.0, 0.0)


def test_a_ratio_has_the_error_of_the_delta_method():
    rng = np.random.default_rng(13)
    second = effects(rng, networks=30)
    first = 0.5 * second + 0.1 * rng.standard_normal((30, 1))
    networks = np.arange(30)
    found = crossed_ratio(Values(first, networks), Values(second, networks), seed=0)
    assert found.mean == pytest.approx(first.mean() / second.mean(), rel=1e-12)
    residual = crossed_interval(first - found.mean * second, networks, seed=0)
    assert found.stderr == pytest.approx(residual.stderr / second.mean(), rel=0.1)
    assert found.low < found.mean < found.high


def test_a_wider_level_is_a_wider_interval_and_a_seed_is_its_bits():
    values = effects(np.random.default_rng(9))
    narrow, wide = (crossed_interval(values, np.arange(NETWORKS), seed=0, level=level) for level in (0.5, 0.99))
    assert wide.low < narrow.low < narrow.mean < narrow.high < wide.high
    assert over_both(values, 0) == over_both(values, 0)
    assert over_both(values, 1) != over_both(values, 0)


def test_few_networks_and_digits():
    values = effects(np.random.default_rng(10))
    one, two = over_both(values[:1], 0), over_both(values[:2], 0)
    assert one.stderr == pytest.approx(values[0].std(ddof=1) / np.sqrt(DIGITS), rel=0.1)
    assert two.low < two.mean < two.high
    alone = over_both(values[:1, :1], 0)
    assert alone.mean == values[0, 0]
    assert np.isnan(alone[1:]).all()
    only = crossed_interval(values[:1], np.array([[0, 1]]), seed=0)
    assert only.mean == pytest.approx(values[0].mean(), rel=1e-12)
    assert np.isnan(only[1:]).all()


def test_rows_and_networks_must_fit():
    values = effects(np.random.default_rng(12))
    with pytest.raises(ValueError, match="networks must be one or two for each of 8 rows, not of shape"):
        crossed_interval(values, np.arange(5), seed=0)
    with pytest.raises(ValueError, match="both must have the same digits, not 60 and 59"):
        networks = np.arange(NETWORKS)
        crossed_difference(Values(values, networks), Values(values[:, 1:], networks), seed=0)


def of_the_median(values, seed):
    return crossed_median(values, np.arange(len(values)), seed=seed)


def test_the_interval_of_a_median_holds_it_as_often_as_it_says_and_is_not_that_of_the_mean():
    share, error = coverage(of_the_median)
    assert abs(share - 0.95) < 4.0 * error
    values = np.exp(effects(np.random.default_rng(3)))  # whose mean is far above
    found, mean = of_the_median(values, 0), over_both(values, 0)
    assert found.mean == np.median(values)
    assert found.low < found.mean < found.high < mean.mean


def test_a_median_leaves_out_what_is_undefined_and_draws_digits_as_often_as_networks_say():
    values = effects(np.random.default_rng(4), networks=2, digits=7)
    holes = np.concatenate([values, np.full((2, 7), np.nan)])
    assert of_the_median(holes, 0).mean == np.median(values)
    networks = np.array([0, 0])
    drawn = crossed_median(values, networks, seed=0)
    again = crossed_median(np.repeat(values, 2, axis=0), np.zeros(4, dtype=int), seed=0)
    assert (drawn.low, drawn.high) == (again.low, again.high)
    nothing = crossed_median(np.full((3, 5), np.nan), np.arange(3), seed=0)
    assert np.isnan(nothing).all()
