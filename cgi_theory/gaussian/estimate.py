r"""Monte Carlo estimates of what ``exact`` gives in closed form.

``estimator="direct"`` is the paper's: draw the gradients and the input, compete, sum the map.
``estimator="conditional"`` averages the input out analytically given the gradients (Rao–Blackwell): with q the share of
the gradient energy that a block's winners hold,

.. math:: E\Big[\sum H_i \,\Big|\, g\Big] = E[T]\,\gamma q/\sqrt n, \qquad
   \mathrm{Var}\Big(\sum H_i \,\Big|\, g\Big) = \gamma^2(\mathrm{Var}(T)\,q^2 + q - q^2)/n .

Its mean is the same and its variance less by the mean of the second term; the factor is reported.

``estimator="collapsed"`` draws the chosen label and the input, and lets one uniform a coordinate stand for all k − 1 rivals
(:mod:`cgi_theory.gaussian.survival`), at a cost free of k. For ``"gaussian"`` and ``"joint"`` that is the direct sample's law;
for ``"unit"`` means agree to O(1/(ρn)) but spreads are wider, as rivals of free length have. ``rival_shared`` is NaN.

The bits of an estimate depend on the model, the seed, the number of samples and the estimator, and on nothing else.
"""

import math
import os
from collections.abc import Callable, Iterator
from concurrent.futures import FIRST_COMPLETED, Executor, Future, ThreadPoolExecutor, wait
from contextlib import nullcontext
from dataclasses import dataclass, field
from typing import Literal, get_args

import numpy as np
from numpy.typing import NDArray

from cgi_theory.gaussian import workspace
from cgi_theory.gaussian.integrals import loss_slope
from cgi_theory.gaussian.measurement import Measurement, mean_of, single_map_sd_of
from cgi_theory.gaussian.model import CompetitionModel, one_of, require_model, whole_number
from cgi_theory.gaussian.quantities import Quantities
from cgi_theory.gaussian.sampler import sample_block
from cgi_theory.gaussian.survival import survival_table

Array = NDArray[np.float64]
Estimator = Literal["direct", "conditional", "collapsed"]

# Labels whose running sums fit into 400 MB a thread.
_MOST_DRAWN_LABELS = 2**18
# A slope a at which the chosen label wins wherever it has a gradient.
_STEEPEST = 1e12
_LAWS = {"unit": workspace.UNIT, "gaussian": workspace.GAUSSIAN, "joint": workspace.JOINT}
# Coordinates of labels that a block of samples draws by default.
_BLOCK_COORDINATES = 2**21


@dataclass(frozen=True, kw_only=True)
class Estimate(Quantities[Measurement]):
    """The quantities of :class:`Quantities` as means ± standard errors over samples.

    Attributes
    ----------
    model, n_samples, seed, estimator
        What was run.
    samples : dict of str to ndarray, shape (n_samples,)
        The raw values of every sample: the keys are the fields that are means over samples, all but ``c1_sd`` and
        ``c2_sd``.
    variance_reduction : dict of str to float
        For ``c1`` and ``c2``, the variance of a direct sample over that of this estimator's.
    """

    model: CompetitionModel
    n_samples: int
    seed: int
    estimator: Estimator
    samples: dict[str, Array] = field(repr=False, compare=False)
    variance_reduction: dict[str, float] = field(hash=False)


def simulate(
    model: CompetitionModel,
    n_samples: int = 100,
    *,
    seed: int = 0,
    estimator: Estimator = "direct",
    n_workers: int | None = None,
    executor: Executor | None = None,
    block_size: int | None = None,
    progress: Callable[[int], None] | None = None,
) -> Estimate:
    """Draw maps from the model, let their labels compete, and average what is left.

    Parameters
    ----------
    model : CompetitionModel
    n_samples : int
        Independent draws of all gradients and the input; at least 2. The paper averages 100.
    seed : int
        0 to 2⁶⁴ − 1. Sample i of a seed is the same whatever ``n_samples`` is.
    estimator : {"direct", "conditional", "collapsed"}
        See the module's docstring.
    n_workers : int, optional
        Threads; by default the processors that this process may use.
    executor : concurrent.futures.Executor, optional
        Runs the blocks instead of threads of this process.
    block_size : int, optional
        Samples that a task carries. Neither it, nor the workers, nor the executor changes a bit of the result.
    progress : callable, optional
        Called with the number of samples done since its last call.

    Returns
    -------
    Estimate

    Raises
    ------
    TypeError, ValueError
        If an argument is off, or a draw cannot be scaled because sparsity left it without any gradient.

    Notes
    -----
    Section 3.1; Figures 11 and 12 are ``c1`` and ``c2`` against ``model.delta``.
    """
    require_model(model)
    n_samples = whole_number("n_samples", n_samples, 2, 2**40)
    seed = whole_number("seed", seed, 0, 2**64 - 1)
    one_of("estimator", estimator, get_args(Estimator))
    if executor is not None and not isinstance(executor, Executor):
        raise TypeError(f"executor must be a concurrent.futures.Executor, not {executor!r}")
    if estimator != "collapsed" and model.n_labels > _MOST_DRAWN_LABELS:
        raise ValueError(
            f"n_labels must be at most {_MOST_DRAWN_LABELS} for estimator={estimator!r}, which draws every label, "
            f"not {model.n_labels}; estimator='collapsed' draws none of the rivals"
        )
    workers = available_processors() if n_workers is None else whole_number("n_workers", n_workers, 1, 4096)
    if block_size is None:
        size = _default_block_size(model, n_samples, estimator, workers)
    else:
        size = whole_number("block_size", block_size, 1, n_samples)
    results = np.empty((n_samples, workspace.COLUMNS))
    starts = iter(range(0, n_samples, size))
    with ThreadPoolExecutor(workers) if executor is None else nullcontext(executor) as runner:
        _run(runner, 4 * workers, results, starts, size, model, seed, estimator, progress)
    return _estimate(results, model, seed, estimator)


def _default_block_size(model: CompetitionModel, n_samples: int, estimator: Estimator, workers: int) -> int:
    """Blocks of some milliseconds, as many for one worker as for another."""
    vectors = 1 if estimator == "collapsed" else model.n_labels
    most = max(1, _BLOCK_COORDINATES // (model.n * vectors))
    rounds = max(2, -(-n_samples // (most * workers)))
    return max(1, -(-n_samples // (rounds * workers)))


def available_processors() -> int:
    """Return the number of processors that this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def draw_samples(model: CompetitionModel, seed: int, estimator: Estimator, start: int, stop: int) -> Array:
    """Return the raw results of samples ``start`` to ``stop`` − 1, shape (stop − start, columns).

    The unit of work that executors carry: a function of its arguments alone.
    """
    rivals, collapsed = model.n_labels - 1, estimator == "collapsed"
    plan = workspace.Plan(
        n=model.n,
        n_shared=model.n_shared,
        drawn_rivals=0 if collapsed else rivals,
        correlation=model.shared_correlation,
        fresh=math.sqrt((1.0 - model.shared_correlation) * (1.0 + model.shared_correlation)),
        slope=min(loss_slope(model.shared_correlation), _STEEPEST),
        sparsity=model.sparsity,
        threshold=model.threshold,
        law=_LAWS[model.gradient_law],
        exactly=model.conditioning == "exactly",
        conditional=estimator == "conditional",
        collapsed=collapsed,
    )
    results = np.empty((stop - start, workspace.COLUMNS))
    table = survival_table(rivals, model.sparsity) if collapsed else survival_table(0, 1.0)
    sample_block(results, np.uint64(start), np.uint64(seed), table, plan)
    return results


def _run(
    executor: Executor,
    in_flight: int,
    results: Array,
    starts: Iterator[int],
    size: int,
    model: CompetitionModel,
    seed: int,
    estimator: Estimator,
    progress: Callable[[int], None] | None,
) -> None:
    """Fill ``results`` block by block, with at most ``in_flight`` blocks submitted at a time."""
    pending: dict[Future[Array], int] = {}
    try:
        while True:
            while len(pending) < in_flight and (start := next(starts, None)) is not None:
                stop = min(start + size, len(results))
                pending[executor.submit(draw_samples, model, seed, estimator, start, stop)] = start
            if not pending:
                return
            for future in wait(pending, return_when=FIRST_COMPLETED).done:
                start, block = pending.pop(future), future.result()
                _refuse_degenerate(block, start, model)
                results[start : start + len(block)] = block
                if progress is not None:
                    progress(len(block))
    finally:
        for future in pending:
            future.cancel()


def _refuse_degenerate(block: Array, start: int, model: CompetitionModel) -> None:
    bad = np.flatnonzero(np.isnan(block[:, workspace.CHOSEN_SUM]))
    if bad.size:
        raise ValueError(
            f"sparsity={model.sparsity!r} of n={model.n} coordinates left sample {start + int(bad[0])} with a "
            f"gradient that has no direction to scale: choose sparsity or n such that every block keeps many"
        )


def _estimate(results: Array, model: CompetitionModel, seed: int, estimator: Estimator) -> Estimate:
    """Divide the blocks' sums by their shares of the logit, and average."""
    logit = model.delta * np.array([model.n_shared, model.n_distinct]) / model.n
    rival_logit = model.shared_correlation * logit[0]
    nothing = np.full(len(results), math.nan)

    def per_logit(column: int, share: float) -> Array:
        return results[:, column] / share if share != 0.0 else nothing

    samples = {
        "c1": per_logit(workspace.MAP_SUM, logit[0]),
        "c2": per_logit(workspace.MAP_SUM + 1, logit[1]),
        "kept_shared": results[:, workspace.KEPT],
        "kept_distinct": results[:, workspace.KEPT + 1],
        "chosen_shared": per_logit(workspace.CHOSEN_SUM, logit[0]),
        "rival_shared": per_logit(workspace.RIVAL_SUM, rival_logit),
    }
    measured = {name: mean_of(values) for name, values in samples.items()}
    reduction = {}
    for block, name in enumerate(("c1", "c2")):
        hidden = per_logit(workspace.MAP_VARIANCE + block, logit[block] ** 2)
        measured[f"{name}_sd"], reduction[name] = single_map_sd_of(samples[name], hidden)
    return Estimate(
        model=model,
        n_samples=len(results),
        seed=seed,
        estimator=estimator,
        samples=samples,
        variance_reduction=reduction,
        **measured,
    )
