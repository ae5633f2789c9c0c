r"""The sanity check of a network and its methods: randomised, retrained and null, for every method at once.

A method is a function ``method(net, x, labels)`` that returns one map for each input, (batch, \*features). Labels are the same
for every network: by default those that the network that is checked predicts. Both kinds of randomisation are run by default, as
they answer different questions, each with several random draws: every layer by itself (``"layer-wise NAME"``), and all from the
logits down to a layer (``"cascading NAME"``), of which the last, ``"all layers"``, decides.

The work is a task for each network. A task holds that network and its maps, and returns similarities alone: what is held beside
them are the maps of the network that is checked.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import Executor
from pathlib import Path
from typing import Any

from numpy.typing import ArrayLike

from cgi_theory._arguments import HIGHEST_SEED, function, instance, whole_number
from cgi_theory._executors import available_processors
from cgi_theory.networks.network import Method
from cgi_theory.networks.streams import Use, derived_seed
from cgi_theory.sanity.apart import digest_of, inputs_and_labels, network_of, networks_like
from cgi_theory.sanity.arguments import (
    METRICS,
    Explain,
    Randomisation,
    Randomiser,
    methods_of,
    metrics_of,
    stages_of,
)
from cgi_theory.sanity.comparison import Before
from cgi_theory.sanity.keeping import place_of, resumed
from cgi_theory.sanity.report import Report, made_with
from cgi_theory.sanity.results import about_networks, parameters_of, report_of
from cgi_theory.sanity.tasks import Progress, Randomised, Retrained, Running, Work, all_alike, maps_of
from cgi_theory.sweep.store import Store

_MOST_DRAWS, _MOST_WORKERS = 10_000, 4096
_COMMAND = "cgi_theory.sanity_check(...)"


def sanity_check(
    methods: Explain | Mapping[str, Explain],
    net: Any,
    x: Any,
    labels: ArrayLike | None = None,
    *,
    retrained: Iterable[Any] = (),
    layers: Sequence[str] | None = None,
    randomisation: Randomisation = "both",
    method: Method = "initial",
    randomise: Callable[[Any, int], Any] | None = None,
    n_random: int = 5,
    metrics: Iterable[str] = METRICS,
    seed: int = 0,
    executor: Executor | None = None,
    n_workers: int | None = None,
    out: str | Path | None = None,
    force: bool = False,
    progress: Progress | None = None,
) -> Report:
    r"""Check whether methods' maps tell a trained network from a randomised one, and can be told from a random mask.

    Parameters
    ----------
    methods : callable, or mapping of str to callable
        ``method(net, x, labels)`` returns maps (batch, \*features) of one label for each input. A single function
        is called "the method" in the report.
    net : LayeredNetwork or torch.nn.Module
        The network that is checked: an MLP, a TorchNetwork, or a module, of which methods are given a TorchNetwork; or anything
        at all if ``randomise`` is given, which methods are given as it is.
    x : array_like, (batch, \*input_shape)
        Inputs, as the methods take them. Correlations are over the pixels on which they are not 0.
    labels : array_like of int, (batch,), optional
        The same for all networks; by default those that ``net`` predicts.
    retrained : iterable of networks
        Networks of the same recipe, trained from other seeds: three at least, by which only large differences can be told, or
        better six. Without them it can be said whether maps change, but not whether they say anything. All have the labels of
        ``net``, and none is a copy of another.
    layers : sequence of str, optional
        Which of ``net.layer_names`` are randomised one by one and in cascade; by default all. All layers at once always are.
    randomisation : {"both", "layer-wise", "cascading"}
    method : {"initial", "permute", "gaussian"}
        How a layer is randomised (:mod:`cgi_theory.networks.randomization`).
    randomise : callable, optional
        ``randomise(net, seed)`` returns a copy with all layers randomised, in place of what ``net`` can do itself; there are no
        other stages then.
    n_random : int
        Random draws of each stage.
    metrics : sequence of str
        Names in ``cgi_theory.networks.similarity.METRICS``; the first decides.
    seed : int
        Of the randomised networks, the nulls and the intervals.
    executor : concurrent.futures.Executor, optional
        Runs the tasks. If its workers are processes, methods and networks must be found by import and be picklable, which
        modules of PyTorch need not be.
    n_workers : int, optional
        Tasks at a time: of ``executor``, by default as many as there are processors; or of threads, by default one, which is this
        thread. None of this changes a bit of the report.
    out : path, optional
        A folder in which the report is saved (:meth:`Report.save`). What is finished is stored there in between, and the same
        call goes on from where an earlier one was interrupted. Networks that have no logits are told apart by their maps alone.
    force : bool
        Discard what lies in ``out``, of another check or of another's. Without it a report is replaced only by that of the same
        arguments, made by another version.
    progress : callable, optional
        Called with the numbers of networks that are done, and of all; :func:`~cgi_theory.progress_bar` makes one.

    Returns
    -------
    Report

    Raises
    ------
    TypeError, ValueError
        Naming the argument, or the method's maps, that are off; or a network with the logits of another, bit for bit.
    RuntimeError
        Naming the method that raised an error, which is its cause.
    RefusedTableError, StoreError
        If something else lies in ``out``, or it cannot be written.

    Notes
    -----
    The randomisations are those of Adebayo et al. (2018), "Sanity Checks for Saliency Maps".

    In memory are, for each method, the maps of ``net``, in float64, and as many numbers again for each metric; beside these only
    the maps of as many networks as are at work. Maps of retrained networks are therefore compared with those of ``net``, and not
    with one another, as maps of randomised ones are: so the two kinds of pairs differ in nothing else.
    """
    seed = whole_number("seed", seed, 0, HIGHEST_SEED)
    draws = whole_number("n_random", n_random, 1, _MOST_DRAWS)
    running = _running(executor, n_workers, progress)
    folder, force = place_of(out, force)
    explained, randomiser = methods_of(methods), Randomiser(method, randomise)
    net = network_of(net, randomised_by_function=randomise is not None)
    inputs, chosen = inputs_and_labels(net, x, labels)  # a module knows its layers when it has seen an input
    planned = [stage for stage in stages_of(net, layers, randomisation, randomiser) for _ in range(draws)]
    others = [Retrained(f"retrained[{place}]", other) for place, other in enumerate(networks_like(net, retrained))]
    before = Before(maps_of(explained, net, x, chosen), inputs, metrics_of(metrics, lit=True), seed)
    seeds = [derived_seed(seed, Use.CHECKED_RANDOMISATION, draw) for draw in range(draws)]
    tasks = [
        Randomised(f"{stage.name}, draw {place % draws}", net, randomiser, stage.layers, seeds[place % draws])
        for place, stage in enumerate(planned)
    ]
    names = [stage.name for stage in planned]
    about = {"randomised by": method if randomise is None else "a function", "labels": "predicted" if labels is None else "given"}
    about |= about_networks(names, len(others), digest_of(inputs, chosen, net, tasks[-draws:], others))
    made = made_with(parameters_of(before) | about, seed, before.digest())
    work = Work(explained, x, chosen, before)

    def run(store: Store | None) -> Report:
        alike = all_alike(work, [*tasks, *others], store, running)
        return report_of(before, names, alike[: len(names)], alike[len(names) :], made, _COMMAND)

    return resumed(folder, made, force, run)


def _running(executor: Executor | None, n_workers: int | None, progress: Progress | None) -> Running:
    if executor is not None:
        instance("executor", executor, Executor, "a concurrent.futures.Executor")
    if progress is not None:
        function("progress", progress)
    usual = 1 if executor is None else available_processors()
    return Running(executor, usual if n_workers is None else whole_number("n_workers", n_workers, 1, _MOST_WORKERS), progress)
