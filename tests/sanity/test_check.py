"""What passes and what must not: each claim of the summary stands beside a world in which it must not be made."""

import numpy as np
import pytest

from cgi_theory import sanity_check
from cgi_theory.networks import MLP
from cgi_theory.sanity.comparison import NULLS
from cgi_theory.sanity.table import EVERYTHING, RANDOMISED, RETRAINED
from cgi_theory.sanity.verdicts import BEYOND, CHANGES, NO, OPEN, PASSES, TELLS, UNDEFINED, YES
from tests.sanity import methods

METHODS = {
    "CGI": methods.cgi,
    "gradient ⊙ input": methods.plain,
    "input": methods.the_input,
    "edges": methods.edges,
    "blank": methods.blank,
    "noise": methods.noise,
    "random mask": methods.random_mask,
}


@pytest.fixture(scope="module")
def report(trained, x):
    return sanity_check(METHODS, trained[0], x, retrained=trained[1:], n_random=4)


def answers(report, method, metric="|spearman|"):
    return {
        verdict.question: verdict.answer for verdict in report.verdicts if (verdict.method, verdict.metric) == (method, metric)
    }


def row(report, method, control, stage="", metric="|spearman|"):
    (found,) = report.frame.query("method == @method and control == @control and stage == @stage and metric == @metric").to_dict(
        "records"
    )
    return found


@pytest.mark.parametrize("method", ["CGI", "gradient ⊙ input"])
def test_useful_methods_pass(report, method):
    for metric in ("|spearman|", "pearson"):
        assert answers(report, method, metric) == {CHANGES: YES, TELLS: YES, BEYOND: YES, PASSES: YES}
    assert f"{method} passes." in report.summary()


@pytest.mark.parametrize("method", ["input", "edges"])
def test_what_shows_the_image_does_not_pass(report, method):
    """It is more alike than any mask, and says nothing of the network."""
    assert answers(report, method) == {CHANGES: NO, TELLS: NO, BEYOND: YES, PASSES: NO}
    assert row(report, method, RANDOMISED, EVERYTHING)["mean"] == pytest.approx(1.0, abs=1e-12)
    assert f"{method} does not pass." in report.summary()


@pytest.mark.parametrize("method", ["noise", "random mask"])
def test_what_changes_for_no_reason_does_not_pass(report, method):
    found = answers(report, method)
    assert found[CHANGES] == YES
    assert found[PASSES] != YES
    assert YES not in (found[TELLS], found[BEYOND])


def test_nothing_can_be_said_of_blank_maps(report, x):
    assert answers(report, "blank") == {CHANGES: UNDEFINED, TELLS: UNDEFINED, BEYOND: UNDEFINED, PASSES: OPEN}
    found = row(report, "blank", RETRAINED)
    assert found["undefined"] == found["pairs"] == 4 * len(x)
    assert found["why"] == f"absolute scores constant before and after: {4 * len(x)}"
    assert f"Undefined: {4 * len(x)} of {4 * len(x)} pairs of blank, retrained" in report.summary()


def test_the_picture_has_a_panel_for_each_metric_and_one_for_the_stages(report):
    *panels, stages = report.plot().axes
    assert [panel.get_xlabel().splitlines()[1] for panel in panels] == ["|spearman| over lit pixels", "pearson over lit pixels"]
    assert [label.get_text() for label in stages.get_xticklabels()] == list(dict.fromkeys(report.frame["stage"]))[:-1]
    assert len(stages.get_legend_handles_labels()[1]) == len(METHODS)


def test_no_null_passes(report):
    assert [report.passes[name] for name in NULLS] == [NO, OPEN, NO]
    said = "null: noise: does not pass; null: blank map: undefined; null: input: does not pass"
    assert f"Of the maps that must not pass none does ({said})." in report.summary()
    labels = [label.get_text() for label in report.plot().axes[0].get_yticklabels()]
    assert labels[-3:] == ["null: noise\ndoes not pass", "null: blank map\nundefined", "null: input\ndoes not pass"]


@pytest.mark.parametrize("networks", [2, 5])
def test_one_image_says_nothing_of_others(trained, x, networks):
    """However narrow the interval over networks is; nor do two of which one is blank."""
    report = sanity_check(METHODS, trained[0], x[:1], retrained=trained[1:networks], n_random=4, layers=[])
    assert {verdict.answer for verdict in report.verdicts} <= {OPEN, UNDEFINED}
    assert report.summary().startswith("1 image; networks: 4 with")
    assert "cannot be said: a single image says nothing of others" in report.summary()
    two = np.stack([x[0], np.zeros_like(x[0])])
    report = sanity_check(METHODS, trained[0], two, retrained=trained[1:networks], n_random=4, layers=[])
    assert YES not in report.passes.values()


def test_untrained_networks_in_place_of_the_retrained_do_not_pass(x):
    nets = [MLP.random((784, 40, 10), seed=seed) for seed in range(5)]
    report = sanity_check({"CGI": methods.cgi, "plain": methods.plain}, nets[0], x, retrained=nets[1:], n_random=4, layers=[])
    for method in ("CGI", "plain"):
        assert answers(report, method)[TELLS] in (NO, OPEN)
        assert report.passes[method] != YES


def test_a_network_that_was_not_randomised_does_not_change(trained, x):
    """One whose logits are the same is refused; one that is hardly another shows the same maps."""

    def hardly(net, seed):
        return net.towards(net.with_random_layers(["0"], seed=seed, method="initial"), 1e-6)

    kept = sanity_check(methods.cgi, trained[0], x, randomise=hardly, n_random=2, labels=[0] * len(x))
    assert answers(kept, "the method")[CHANGES] == NO


def test_without_retrained_networks_it_is_said_what_cannot_be_said(trained, x):
    report = sanity_check(methods.cgi, trained[0], x, n_random=3, layers=[])
    assert answers(report, "the method") == {CHANGES: YES, TELLS: OPEN, BEYOND: OPEN, PASSES: OPEN}
    assert "cannot be said: there must be retrained networks" in report.summary()
    single = sanity_check(methods.cgi, trained[0], x, retrained=trained[1:2], n_random=3, layers=[])
    assert answers(single, "the method")[PASSES] == OPEN
    assert "a single retrained or randomised network says nothing of others" in single.summary()


def test_both_kinds_of_randomisation_are_run_by_default(trained, x):
    stages = {}
    for kind in ("both", "layer-wise", "cascading"):
        report = sanity_check(methods.plain, trained[0], x[:3], n_random=1, randomisation=kind)
        stages[kind] = list(dict.fromkeys(report.frame["stage"]))
    one_by_one = [f"layer-wise {layer}" for layer in range(3)]
    assert stages["layer-wise"] == [*one_by_one, EVERYTHING]
    assert stages["cascading"] == ["cascading 2", "cascading 1", EVERYTHING]
    assert stages["both"] == [*one_by_one, "cascading 2", "cascading 1", EVERYTHING]


def test_labels_are_those_that_the_network_predicts_for_every_network(trained, x):
    seen = []

    def method(net, inputs, labels):
        seen.append(labels.copy())
        return methods.plain(net, inputs, labels)

    sanity_check(method, trained[0], x, retrained=trained[1:2], n_random=1)
    assert len(seen) > 3
    assert all(np.array_equal(labels, trained[0].predicted_labels(x)) for labels in seen)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"methods": {}}, "methods must be of one method at least"),
        ({"methods": {"a": 1}}, r"methods\['a'\] must be callable, not 1"),
        ({"methods": {"null: noise": methods.cgi}}, "a name in methods must not be that of a null"),
        ({"methods": {"a\nb": methods.cgi}}, "a name in methods must be 1 to 60 printable characters"),
        ({"methods": {1: methods.cgi}}, "methods must be named by text, not 1"),
        ({"n_random": 0}, "n_random must be from 1 to 10000, not 0"),
        ({"seed": -1}, "seed must be from 0"),
        ({"n_workers": 0}, "n_workers must be from 1"),
        ({"metrics": ["speed"]}, "metrics must be one of"),
        ({"metrics": ["ssim"]}, "metrics must know maps of the method, of shape .*, which 'ssim' does not: maps without rows"),
        ({"metrics": []}, "metrics must name one at least"),
        ({"randomisation": "all"}, "randomisation must be one of"),
        ({"method": "zero"}, "method must be one of"),
        ({"layers": ["7"]}, "layers must be some of"),
        ({"layers": ["0"], "randomise": methods.cgi}, "layers must not be given with randomise"),
        ({"retrained": 3}, "retrained must be an iterable of networks, not 3"),
        ({"retrained": [methods.cgi]}, r"retrained\[0\] must be a network as net is"),
        ({"labels": [0]}, "labels must have one entry for each image"),
        ({"executor": 1}, "executor must be a concurrent.futures.Executor"),
        ({"progress": 1}, "progress must be callable"),
        ({"methods": lambda net, x, labels: x[:2]}, r"maps of the method must have as many images and pixels as x, \(30, 784\)"),
        ({"methods": lambda net, x, labels: net.logits(x)}, r"maps of the method .* as x, \(30, 784\), not \(30, 10\)"),
        ({"methods": lambda net, x, labels: np.full(x.shape, np.nan)}, "maps of the method must be finite"),
        ({"methods": lambda net, x, labels: None}, "maps of the method must be an array, and the method returned None"),
        ({"net": object()}, "net must be a network with layers, such as an MLP or a TorchNetwork, not <object"),
        ({"randomise": lambda net, seed: None}, "all layers, draw 0: this must be a network as net is, not None"),
        ({"randomise": lambda net, seed: net}, "all layers, draw 0 must be another network than net: they have the same logits"),
    ],
)
def test_what_is_off_is_named(trained, x, change, message):
    arguments = {"methods": methods.plain, "net": trained[0], "x": x} | change
    with pytest.raises((TypeError, ValueError), match=message):
        sanity_check(**arguments)


def test_the_network_whose_maps_are_off_is_named(trained, x):
    def method(net, inputs, labels):
        return np.full(x.shape, 0.5 if any(net is other for other in trained[:2]) else np.inf)

    with pytest.raises(ValueError, match=r"^layer-wise 1, draw 0: maps of the method must be finite"):
        sanity_check(method, trained[0], x, retrained=trained[1:3], layers=["1"])
    with pytest.raises(ValueError, match=r"^retrained\[1\]: maps of the method must be finite"):
        sanity_check(
            lambda net, x, labels: np.full(x.shape, np.inf if net is trained[2] else 0.5), trained[0], x, retrained=trained[1:3]
        )


def test_copies_among_networks_are_named(trained, x):
    def check(retrained, **options):
        sanity_check(methods.plain, trained[0], x[:3], retrained=retrained, **options)

    with pytest.raises(ValueError, match=r"^retrained\[1\] must be another network than net: they have the same logits"):
        check([trained[1], MLP(trained[0].weights, trained[0].biases)])
    with pytest.raises(ValueError, match=r"^retrained\[1\] must be another network than retrained\[0\]"):
        check([trained[1], trained[1]])
    with pytest.raises(ValueError, match=r"^all layers, draw 1 must be another network than all layers, draw 0"):
        check(trained[1:3], randomise=lambda net, seed: trained[3])
    with pytest.raises(ValueError, match=r"^retrained\[1\] must have as many labels as net, 10, not 5"):
        check([trained[1], MLP.random((784, 10, 5), seed=0)])


@pytest.mark.parametrize("method", [lambda net, x: x, lambda net, x, labels: x / net.nothing])
def test_a_method_that_raises_is_named(trained, x, method):
    with pytest.raises(
        RuntimeError, match=r"^mine, called as method\(net, x, labels\), raised (TypeError|AttributeError): "
    ) as raised:
        sanity_check({"mine": method}, trained[0], x)
    assert isinstance(raised.value.__cause__, (TypeError, AttributeError))


def test_a_network_of_another_kind_needs_labels_and_a_randomiser(x):
    class Scale:
        def __init__(self, number):
            self.number = number

    with pytest.raises(ValueError, match="labels must be given"):
        sanity_check(methods.the_input, Scale(1.0), x, randomise=lambda net, seed: Scale(2.0))
    labels = [0] * len(x)
    with pytest.raises(TypeError, match="net must be a network with layers"):
        sanity_check(methods.the_input, Scale(1.0), x, labels)
    report = sanity_check(methods.the_input, Scale(1.0), x, labels, randomise=lambda net, seed: Scale(2.0), n_random=2)
    assert answers(report, "the method")[CHANGES] == NO
