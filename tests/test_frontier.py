"""Rules that choose pixels on networks: their masks by loops, what they keep, both controls, and the figure."""

import math

import matplotlib.pyplot as plt
import numpy as np
import pytest

from cgi_theory import winners
from cgi_theory.sampling.averages import mean_of
from figures.registry import FIGURES
from simulations.frontier import CONTROLS, MODEL, NETWORKS, THEORY
from simulations.lab import rules
from simulations.lab.pairs import pairs_in
from simulations.lab.worlds import MEASURED, UNTRAINED

IMAGES, LABELS, PIXELS = 5, 4, 30
ALL_RULES = [rules.EVERYTHING, rules.CGI, rules.RANDOM, rules.LARGEST, rules.MEAN, rules.STRONGEST]
ALL_RULES += [rules.BEST.format(count) for count in rules.COUNTS] + [
    rules.SOFTMAX.format(warmth) for warmth in rules.TEMPERATURES
]


@pytest.fixture(scope="module")
def table(quick_table):
    return quick_table("frontier")


class Digits:
    """Small images with blank pixels and inputs of both signs, and gradients."""

    rng = np.random.default_rng(2)
    x = rng.standard_normal((IMAGES, PIXELS)) * (rng.random((IMAGES, PIXELS)) < 0.7)
    gradients = rng.standard_normal((IMAGES, LABELS, PIXELS))
    labels = rng.integers(0, LABELS, IMAGES)
    sides = rules.sides(gradients, x, labels)
    masks = rules.weights_of(sides, np.random.default_rng(0))


def pixels_of(image):
    """The lit pixels, and of each the label's |u| and its rivals, turned to its side."""
    for pixel in np.flatnonzero(Digits.x[image]):
        u, own = Digits.gradients[image, Digits.labels[image], pixel], Digits.labels[image]
        side = 1.0 if u > 0.0 else -1.0
        yield pixel, abs(u), [side * Digits.gradients[image, j, pixel] for j in range(LABELS) if j != own]


def of_highest(image, value, count):
    ranked = sorted(pixels_of(image), key=lambda pixel: -value(*pixel[1:]))
    return {pixel for pixel, _, _ in ranked[:count]}


def naive_masks(image):
    lit = list(pixels_of(image))
    scale = math.sqrt(np.mean([[u**2, *(v**2 for v in rivals)] for _, u, rivals in lit]))
    won = {pixel for pixel, u, rivals in lit if u >= max(rivals)}
    masks = {
        rules.EVERYTHING: {pixel for pixel, _, _ in lit},
        rules.CGI: won,
        rules.LARGEST: of_highest(image, lambda u, _: u, len(won)),
        rules.MEAN: of_highest(image, lambda u, rivals: u * (u - np.mean(rivals)), len(won)),
        rules.STRONGEST: of_highest(image, lambda u, rivals: u * (u - max(rivals)), len(won) // 2),
    }
    for count in rules.COUNTS:
        masks[rules.BEST.format(count)] = {p for p, u, rivals in lit if sum(v > u for v in rivals) < count}
    weights = {name: dict.fromkeys(chosen, 1.0) for name, chosen in masks.items()}
    for warmth in rules.TEMPERATURES:
        powers = {pixel: [math.exp(g / scale / warmth) for g in (u, *rivals)] for pixel, u, rivals in lit}
        weights[rules.SOFTMAX.format(warmth)] = {pixel: power[0] / sum(power) for pixel, power in powers.items()}
    return weights


@pytest.mark.parametrize("image", range(IMAGES))
def test_masks_by_loops(image):
    naive = naive_masks(image)
    assert {*naive, rules.RANDOM} == set(Digits.masks) == set(ALL_RULES)
    for name, weights in naive.items():
        expected = [weights.get(pixel, 0.0) for pixel in range(PIXELS)]
        assert Digits.masks[name][image] == pytest.approx(expected, rel=1e-12), name
    random = Digits.masks[rules.RANDOM][image]
    assert random.sum() == len(naive[rules.CGI])
    assert not np.any(random[Digits.x[image] == 0.0])


def test_competition_is_algorithm_1():
    scores = Digits.gradients * Digits.x[:, None, :]
    assert np.array_equal(Digits.masks[rules.CGI], winners(scores, Digits.labels))


@pytest.mark.parametrize("name", ALL_RULES)
def test_shares_by_loops(name):
    found = rules.shares(Digits.sides, Digits.masks[name], Digits.gradients, Digits.x, Digits.labels)
    for image in range(IMAGES):
        mask, x, gradients = Digits.masks[name][image], Digits.x[image], Digits.gradients[image]
        lit, own = list(pixels_of(image)), Digits.labels[image]
        energy, logit = sum(u * u for _, u, _ in lit), sum(gradients[own] * x)
        kept = {j: sum(gradients[j] * x * mask) for j in range(LABELS)}
        expected = {
            "pixels": mask.sum() / len(lit),
            "logit": kept[own] / logit,
            "energy": sum(mask[p] * u * u for p, u, _ in lit) / energy,
            "mean_rival": sum(mask[p] * u * np.mean(rivals) for p, u, rivals in lit) / energy,
            "strongest_rival": sum(mask[p] * u * max(rivals) for p, u, rivals in lit) / energy,
            "highest_logit": max(value for j, value in kept.items() if j != own) / logit,
        }
        assert {measure: values[image] for measure, values in found.items()} == pytest.approx(expected, rel=1e-10)


def test_frontiers_by_loops():
    found = dict(rules.frontiers(Digits.sides, [0.0, 0.7], [0.5]))
    for image in range(IMAGES):
        lit = list(pixels_of(image))
        chosen = {
            (rules.MEAN, 0.0): {p for p, _, _ in lit},
            (rules.STRONGEST, 0.0): {p for p, _, _ in lit},
            (rules.MEAN, 0.7): {p for p, u, rivals in lit if u >= 0.7 * np.mean(rivals)},
            (rules.STRONGEST, 0.7): {p for p, u, rivals in lit if u >= 0.7 * max(rivals)},
            (rules.LARGEST, 0.5): of_highest(image, lambda u, _: u, round(0.5 * len(lit))),
        }
        assert {(place.rule, place.bound) for place in found} == set(chosen)
        for place, mask in found.items():
            assert set(np.flatnonzero(mask[image])) == chosen[place.rule, place.bound]


def of_kind(table, kind, world, curve=rules.RULE):
    rows = table[(table.kind == kind) & (table.curve == curve)]
    return rows[(rows.world == world) if kind != THEORY else (rows.n_labels == world)]


@pytest.fixture(scope="module")
def drawn():
    """Shares of images whose gradients are independent normals, by rule."""
    rng = np.random.default_rng(8)
    x, labels = np.ones((300, 2000)), np.zeros(300, dtype=int)
    gradients = rng.standard_normal((300, 10, 2000))
    sides = rules.sides(gradients, x, labels)
    return {name: rules.shares(sides, mask, gradients, x, labels) for name, mask in rules.weights_of(sides, rng).items()}


@pytest.mark.parametrize("name", ALL_RULES[1:])
def test_drawn_gradients_keep_what_theory_says(table, drawn, name):
    """The table's exact integrals for ten labels, and those for a hundred as a control."""
    exact, wrong = (of_kind(table, THEORY, k).set_index("rule").loc[name] for k in (10, 100))
    for measure, of_theory in zip(rules.OF_GRADIENTS, ("pixels", "logit", "mean_rival", "strongest_rival"), strict=True):
        found = mean_of(drawn[name][measure])
        assert found.stderr < max(0.01 * abs(exact[of_theory]), 5e-4)
        assert abs(found.mean - exact[of_theory]) < 4.0 * found.stderr + 2e-4  # sizes are whole numbers
    assert abs(mean_of(drawn[name]["pixels"]).mean - wrong.pixels) > 0.01


def test_the_models_world_is_the_model(table):
    exact, found = of_kind(table, THEORY, 10).set_index("rule"), of_kind(table, NETWORKS, MODEL).set_index("rule")
    for measure, of_theory in zip(rules.OF_GRADIENTS, ("pixels", "logit", "mean_rival", "strongest_rival"), strict=True):
        inside = (found[f"{measure}_low"] <= exact[of_theory] + 1e-12) & (exact[of_theory] - 1e-12 <= found[f"{measure}_high"])
        assert inside.all()


@pytest.mark.parametrize("world", [MEASURED, UNTRAINED, MODEL])
def test_no_rule_on_any_network_lies_above_its_frontier(table, world):
    """What a rule keeps of the label less the price of a rival is at most the frontier's; CGI's alone at 1 is all of it."""
    found, frontier = of_kind(table, NETWORKS, world), of_kind(table, NETWORKS, world, rules.BY_PRICE)
    for rule, rival in ((rules.STRONGEST, "strongest_rival"), (rules.MEAN, "mean_rival")):
        for _, best in frontier[frontier.rule == rule].iterrows():
            surplus = (found.energy - best.price * found[rival]) - (best.energy - best.price * best[rival])
            assert surplus.max() < 1e-9
            reached = set(found.rule[surplus > -1e-9])
            assert (rules.CGI in reached) == (rule == rules.STRONGEST and best.price == 1.0)
    largest = of_kind(table, NETWORKS, world, rules.BY_PIXELS)
    assert largest.sort_values("pixels").energy.is_monotonic_increasing


def test_logits_are_shares_of_the_measured_world_alone(table):
    for world in (MEASURED, UNTRAINED, MODEL):
        found = of_kind(table, NETWORKS, world)
        assert (found[["logit", "highest_logit"]].notna().all(axis=None)) == (world == MEASURED)


def control(table, world, rule, metric):
    rows = of_kind(table, CONTROLS, world)
    (found,) = rows[(rows.rule == rule) & (rows.metric == metric)].to_dict("records")
    return found


def test_both_controls(table):
    """CGI and the largest pixels agree between retrained networks; random pixels have no |Spearman| in either control."""
    for rule in (rules.EVERYTHING, rules.CGI, rules.LARGEST, rules.MEAN):
        for metric in ("pearson", "|spearman|"):
            assert control(table, MEASURED, rule, metric)["difference_low"] > 0.0
            assert control(table, MODEL, rule, metric)["difference_low"] > 0.0
    random = control(table, MEASURED, rules.RANDOM, "|spearman|")
    assert random["difference_low"] < 0.0 < random["difference_high"]
    for rule in ALL_RULES:  # nothing is to be found between networks that have learned nothing
        found = control(table, UNTRAINED, rule, "|spearman|")
        assert found["difference_low"] < 0.0 < found["difference_high"]


def test_the_models_networks_have_the_cosine_of_the_retrained(table, quick_setting):
    """Without a rule, signed: within what some hundred lit pixels of each digit leave open."""
    cosine = pairs_in(quick_setting("frontier"), MEASURED).cosines()[0].mean()
    found = control(table, MODEL, rules.EVERYTHING, "pearson")
    assert 0.2 < cosine < 0.9
    assert found["retrained"] == pytest.approx(cosine, abs=0.05)
    assert found["randomised"] == pytest.approx(0.0, abs=0.05)


@pytest.fixture(scope="module")
def figure(table, style):
    yield FIGURES["frontier"].draw(table)
    plt.close("all")


def test_the_figure_draws_the_table(table, figure):
    pixels, strongest, mean, controls = figure.axes
    exact, measured = of_kind(table, THEORY, 10).set_index("rule"), of_kind(table, NETWORKS, MEASURED).set_index("rule")
    for panel, name in ((pixels, "pixels"), (strongest, "strongest_rival"), (mean, "mean_rival")):
        open_points = [tuple(line.get_xydata()[0]) for line in panel.get_lines() if line.get_markerfacecolor() == "none"]
        assert sorted(open_points) == sorted(zip(exact[name], exact.logit, strict=True))
        filled = [tuple(container.lines[0].get_xydata()[0]) for container in panel.containers]
        assert sorted(filled) == sorted(zip(measured[name], measured.energy, strict=True))
        for container in panel.containers:
            assert container.has_xerr
            assert container.has_yerr
    rows = of_kind(table, CONTROLS, MEASURED)
    rows = rows[rows.metric == "|spearman|"]
    filled = [tuple(container.lines[0].get_xydata()[0]) for container in controls.containers]
    assert sorted(filled) == sorted(zip(rows.randomised, rows.retrained, strict=True))
    assert [text.get_text() for text in figure.legends[0].get_texts()] == list(exact.index)


def test_the_figures_frontiers(table, figure):
    _, strongest, _, _ = figure.axes
    theory = of_kind(table, THEORY, 10, rules.BY_PRICE)
    expected = theory[theory.rule == rules.STRONGEST].sort_values("logit")
    lines = [line.get_xydata() for line in strongest.get_lines() if len(line.get_xydata()) == len(expected)]
    assert any(np.allclose(line, expected[["strongest_rival", "logit"]]) for line in lines)
