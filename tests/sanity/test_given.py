"""Maps that exist already: a stream of them gives the report that the networks do, whatever holds it."""

import numpy as np
import pandas as pd
import pytest

from cgi_theory import sanity_check, sanity_check_maps
from cgi_theory.networks.randomization import cascading
from cgi_theory.networks.similarity import PreparedMaps, pearson
from cgi_theory.networks.streams import Use, derived_seed
from cgi_theory.sanity.comparison import Before
from cgi_theory.sanity.metrics import SIGNED
from cgi_theory.sanity.table import AUC, BEYOND_MASK, DIFFERENCE, EVERYTHING, MASK, RANDOMISED, RETRAINED
from tests.sanity import methods

METHODS = {"CGI": methods.cgi, "noise": methods.noise}
RNG = np.random.default_rng(0)


def maps_of(net, x, labels):
    return {name: method(net, x, labels) for name, method in METHODS.items()}


def stages(net, draws):
    """The network's randomised copies in the order of ``sanity_check``, each made when it is asked for."""
    seeds = [derived_seed(0, Use.CHECKED_RANDOMISATION, draw) for draw in range(draws)]
    for layer in net.layer_names:
        for seed in seeds:
            yield f"layer-wise {layer}", net.with_random_layers([layer], seed=seed, method="initial")
    for depth in range(1, len(net.layer_names) + 1):
        for seed in seeds:
            name = EVERYTHING if depth == len(net.layer_names) else f"cascading {net.layer_names[-depth]}"
            yield name, cascading(net, depth, seed=seed)


def test_a_stream_gives_the_report_of_the_networks(trained, x):
    net, others = trained[0], trained[1:4]
    labels = net.predicted_labels(x)
    expected = sanity_check(METHODS, net, x, retrained=others, n_random=2)
    randomised = ((name, maps_of(other, x, labels)) for name, other in stages(net, 2))
    report = sanity_check_maps(maps_of(net, x, labels), randomised, (maps_of(other, x, labels) for other in others), x=x)
    pd.testing.assert_frame_equal(report.frame, expected.frame, check_exact=True)


def test_whatever_holds_maps_gives_the_same_report():
    before, after, again = RNG.standard_normal((3, 4, 8, 9))
    expected = sanity_check_maps(before, [after], [again])
    for given in (PreparedMaps, np.asfortranarray, lambda maps: maps.tolist()):
        report = sanity_check_maps(given(before), iter([given(after)]), (given(again),))
        pd.testing.assert_frame_equal(report.frame, expected.frame, check_exact=True)


def test_images_of_channels_are_summed():
    before, after = RNG.standard_normal((2, 4, 3, 8, 9))
    one = sanity_check_maps(before, [after], x=np.abs(before), metrics=["ssim", "pearson"])
    other = sanity_check_maps(before.sum(axis=1), [after.sum(axis=1)], x=np.abs(before), metrics=["ssim", "pearson"])
    pd.testing.assert_frame_equal(one.frame, other.frame, check_exact=True)


def test_named_stages_are_shown_and_only_all_layers_decide():
    before, after = RNG.standard_normal((2, 4, 20))
    report = sanity_check_maps(before, [("conv5", after), ("conv5", before)], [before, before, after])
    assert set(report.frame.query("control == 'randomised'")["stage"]) == {"conv5"}
    assert "there must be a network of which all layers are randomised" in report.summary()


def test_without_inputs_all_pixels_are_compared_and_the_summary_says_so():
    before, after = RNG.standard_normal((2, 4, 20))
    report = sanity_check_maps(before, [after])
    assert set(report.frame["pixels"]) == {"all"}
    assert "give the inputs x to leave them out" in report.summary()
    assert "null: input" not in report.passes


def test_means_are_those_of_numpy():
    """Over images and networks, Pearson's correlation over the pixels that the input lights."""
    before, *others = RNG.standard_normal((6, 7, 30))
    x = RNG.standard_normal((7, 30)) * (RNG.random((7, 30)) < 0.7)
    report = sanity_check_maps(before, others[:3], others[3:], x=x, metrics=["pearson"])
    rows = report.frame[report.frame["method"] == "the method"].set_index("control")
    for control, maps in ((RANDOMISED, others[:3]), (RETRAINED, others[3:])):
        expected = [np.corrcoef(before[i][x[i] != 0], other[i][x[i] != 0])[0, 1] for other in maps for i in range(7)]
        assert rows.loc[control, "mean"] == pytest.approx(np.mean(expected), abs=1e-10)


def test_the_area_and_the_differences_are_those_of_pairs():
    """How often the retrained map of an image is more alike than the randomised one, ties counting half; counted one by one."""
    before, *others = RNG.standard_normal((6, 7, 30))
    others[1][:3], others[4][:3] = before[:3], before[:3]  # ties
    report = sanity_check_maps(before, others[:3], others[3:], metrics=["pearson"])
    randomised, retrained = (
        [[np.corrcoef(*pair)[0, 1] for pair in zip(before, maps, strict=True)] for maps in part]
        for part in (others[:3], others[3:])
    )
    wins = [
        np.isclose(one[i], other[i]) * 0.5 + (one[i] > other[i] and not np.isclose(one[i], other[i]))
        for one in retrained
        for other in randomised
        for i in range(7)
    ]
    rows = report.frame[report.frame["method"] == "the method"].set_index("control")["mean"]
    assert rows[AUC] == pytest.approx(np.mean(wins), abs=1e-10)
    assert rows[DIFFERENCE] == pytest.approx(np.mean(retrained) - np.mean(randomised), abs=1e-10)
    assert rows[BEYOND_MASK] == pytest.approx(np.mean(retrained) - rows[MASK], abs=1e-10)


def test_a_random_mask_has_the_map_s_values_at_lit_pixels():
    """As many, as large, and nowhere else; noise over the lit pixels has no similarity with it."""
    x = RNG.standard_normal((40, 200)) * (RNG.random((40, 200)) < 0.5)
    maps = x * (RNG.random(x.shape) < 0.3)
    network = Before({"maps": maps}, x, [SIGNED], 0)
    mask = network._mask(PreparedMaps(maps), 1, 0)
    assert np.array_equal(np.sort(mask.flat, axis=1), np.sort(maps, axis=1))
    assert not np.any(mask.flat[x == 0.0])
    correlations = pearson(mask, maps, among=x)
    assert abs(correlations.mean()) < 4.0 * correlations.std(ddof=1) / np.sqrt(40)
    assert not np.array_equal(mask.flat, network._mask(PreparedMaps(maps), 2, 0).flat)


BEFORE = RNG.standard_normal((4, 20))


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (
            (BEFORE, [BEFORE[:2]]),
            r"randomised\[0\]: maps of the method must have the shape that they had before, \(4, 20\), not",
        ),
        ((BEFORE, [BEFORE, np.full((4, 20), np.inf)]), r"randomised\[1\]: maps of the method must be finite"),
        ((BEFORE, [{"CGI": BEFORE}]), r"randomised\[0\]: maps of the method are missing"),
        ((BEFORE, [BEFORE], [{"the method": BEFORE, "CGI": BEFORE}]), r"retrained\[0\]: maps of CGI must not be there"),
        ((BEFORE, BEFORE), r"randomised\[0\]: maps of the method must have shape \(batch, pixels\)"),
        ((BEFORE, {"maps": BEFORE}), "randomised must be an iterable of maps, one for each network"),
        ((BEFORE, [("a\n", BEFORE)]), r"randomised\[0\]'s stage must be 1 to 60 printable characters"),
        ((BEFORE, [BEFORE], 3), "retrained must be an iterable of maps, one for each network, not 3"),
        ((BEFORE, ["maps"]), r"randomised\[0\]: maps of the method must hold real numbers"),
        (({}, [BEFORE]), "before must be of one method at least"),
        ((BEFORE[:0], [BEFORE[:0]]), "maps must be of one image at least"),
        ((np.zeros((4, 20), complex), [BEFORE]), "maps of the method must hold real numbers"),
        ((BEFORE, []), "randomised and retrained must have maps of one network at least"),
    ],
)
def test_what_is_off_is_named(arguments, message):
    with pytest.raises((TypeError, ValueError), match=message):
        sanity_check_maps(*arguments)


def test_inputs_of_another_shape_are_refused():
    with pytest.raises(ValueError, match="maps of the method must have as many images and pixels as x"):
        sanity_check_maps(BEFORE, [BEFORE], x=np.ones((4, 19)))


def test_copies_are_counted_and_said():
    """A network is no sample of its kind if its maps are another's; with one method that differs it is no copy."""
    before, *others = np.random.default_rng(2).standard_normal((5, 4, 20))
    said = "all maps are another's, bit for bit"
    assert said not in sanity_check_maps(before, others[:2], others[2:]).summary()
    report = sanity_check_maps(before, [others[0], others[0].copy()], [others[1], before])
    assert f"Of 2 networks {said}: a copy, or no method looks at it." in report.summary().splitlines()
    two = [{"a": others[0], "b": others[i]} for i in range(3)]
    assert said not in sanity_check_maps(two[0], two[1:2], two[2:]).summary()


def test_inputs_that_light_nothing_are_refused():
    with pytest.raises(ValueError, match=r"^x must not be 0 everywhere"):
        sanity_check_maps(BEFORE, [BEFORE], x=np.zeros((4, 20)))


def test_what_one_metric_leaves_open_others_do_not_decide():
    """By the first metric it cannot be said; what the second would say is said as that."""
    shared, *others = np.random.default_rng(1).standard_normal((8, 10, 200))
    signs = np.sign(shared)
    maps = [np.abs(other) * signs for other in others]
    report = sanity_check_maps(maps[0], others[4:], maps[1:4])
    assert report.passes["the method"] != "yes"
    assert "  By pearson over all pixels alone it would pass (changes: yes; tells: yes; beyond a mask: yes)." in report.summary()


def test_one_image_and_one_network_have_no_interval():
    report = sanity_check_maps(BEFORE[:1], [BEFORE[1:2]], [BEFORE[2:3]])
    assert report.passes["the method"] == "cannot be said"
    assert report.frame.query("method == 'the method' and control == 'randomised'")["stderr"].isna().all()
    assert report.summary()
    assert report.plot().axes


def test_blank_images_are_undefined_and_the_summary_says_why():
    before, after = BEFORE.copy(), BEFORE[::-1].copy()
    before[0] = 0.0
    report = sanity_check_maps(before, [after, after], [after, before], metrics=["pearson"])
    assert (
        "Undefined: 2 of 8 pairs of the method, randomised, all layers, pearson over all pixels (scores constant before: 2)."
        in report.summary()
    )


def test_undefined_stages_are_counted_together():
    blank = np.zeros_like(BEFORE)
    report = sanity_check_maps(BEFORE, [("one", blank), ("two", blank), BEFORE], metrics=["pearson"])
    assert "Undefined at 2 other stages: 8 of 8 pairs (the table says why)." in report.summary()


def test_advice_to_give_inputs_is_given_to_who_did_not():
    """Jaccard's overlap is over all pixels whether inputs are given or not."""
    for x, advised in ((None, True), (BEFORE, False)):
        report = sanity_check_maps(BEFORE, [BEFORE], x=x, metrics=["jaccard"])
        assert ("give the inputs x" in report.summary()) == advised
