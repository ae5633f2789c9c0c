r"""Monte Carlo estimates of what ``exact`` gives in closed form.

``estimator="direct"`` is the paper's: draw the gradients and the input, compete, sum the map.
``estimator="conditional"`` averages the input out analytically given the gradients (Rao–Blackwell): with q the share of
the gradient energy that a block's winners hold,

.. math:: E\Big[\sum H_i \,\Big|\, g\Big] = E[T]\,\gamma q/\sqrt n, \qquad
   \mathrm{Var}\Big(\sum H_i \,\Big|\, g\Big) = \gamma^2(\mathrm{Var}(T)\,q^2 + q - q^2)/n .

Its mean is the same and its variance less by the mean of the second term; the factor is reported.

``estimator="collapsed"`` draws the chosen label and the input, and lets one uniform a coordinate stand for all k − 1 rivals
(:mod:`cgi_theory.sampling.collapsed`), at a cost free of k. For ``"gaussian"`` and ``"joint"`` that is the direct sample's law;
for ``"unit"`` means agree to O(1/(ρn)) but spreads are wider, as rivals of free length have. ``rival_shared`` is NaN.

A model with a ``rival_logit`` is drawn by "direct" only.

The bits of an estimate depend on the model, the seed, the number of samples and the estimator, and on nothing else.
"""

from collections.abc import Callable
from concurrent.futures import Executor
from contextlib import closing, nullcontext
from functools import partial
from typing import get_args

import numpy as np
from numpy.typing import NDArray

from cgi_theory._arguments import HIGHEST_SEED, flag, function, instance, one_of, whole_number
from cgi_theory._executors import available_processors, completed, thread_pool
from cgi_theory._floating import own_error_state
from cgi_theory._memory import available_memory
from cgi_theory.model import CompetitionModel, require_model
from cgi_theory.sampling import workspace
from cgi_theory.sampling.answer import Estimate, Estimator
from cgi_theory.sampling.collapsed import survival_table
from cgi_theory.sampling.plan import plan_for
from cgi_theory.sampling.sampler import sample_block
from cgi_theory.sampling.summary import CHUNK, Summary, chunks, samples_of

Array = NDArray[np.float64]

# Labels whose running sums fit into 400 MB a thread.
_MOST_DRAWN_LABELS = 2**18
# What a sample's raw values take: the kernels' results, and the quantities that they are divided into.
_SAMPLE_BYTES = 8 * 2 * workspace.COLUMNS
# Coordinates of labels that a block of samples draws by default.
_BLOCK_COORDINATES = 2**21
_SMALLEST = CompetitionModel(n=4, delta=1.0)


@own_error_state
def simulate(
    model: CompetitionModel,
    n_samples: int = 100,
    *,
    seed: int = 0,
    estimator: Estimator = "direct",
    n_workers: int | None = None,
    executor: Executor | None = None,
    block_size: int | None = None,
    keep_samples: bool = True,
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
    keep_samples : bool
        Whether the estimate holds the raw values of every sample. Without them memory does not grow with the samples, and all
        else is the same to the bit.
    progress : callable, optional
        Called with the number of samples done since its last call.

    Returns
    -------
    Estimate

    Raises
    ------
    TypeError, ValueError
        If an argument is off, the estimator does not draw the model, a draw cannot be scaled because sparsity left it without
        any gradient, or there is no memory for the raw values.

    Notes
    -----
    Section 3.1; Figures 11 and 12 are ``c1`` and ``c2`` against ``model.delta``.
    """
    require_model(model)
    n_samples = whole_number("n_samples", n_samples, 2, 2**40)
    seed = whole_number("seed", seed, 0, HIGHEST_SEED)
    if executor is not None:
        instance("executor", executor, Executor, "a concurrent.futures.Executor")
    if progress is not None:
        function("progress", progress)
    keep_samples = flag("keep_samples", keep_samples)
    estimator = require_drawable(model, estimator)
    workers = available_processors() if n_workers is None else whole_number("n_workers", n_workers, 1, 4096)
    if block_size is None:
        size = _default_block_size(model, n_samples, estimator, workers)
    else:
        size = whole_number("block_size", block_size, 1, n_samples)
    if keep_samples:
        _require_memory(n_samples)
    results = np.empty((n_samples if keep_samples else min(n_samples, CHUNK + 1), workspace.COLUMNS))
    draw, summary = partial(draw_samples, model, seed, estimator), Summary(model)
    compile_kernels(estimator)
    with thread_pool(workers) if executor is None else nullcontext(executor) as runner:
        for first, last in chunks(n_samples):
            chunk = results[first:last] if keep_samples else results[: last - first]
            ranges = ((start, min(start + size, last)) for start in range(first, last, size))
            with closing(completed(runner, draw, ranges, 4 * workers)) as blocks:
                for (start, stop), block in blocks:
                    refuse_degenerate(block, start, model)
                    chunk[start - first : stop - first] = block
                    if progress is not None:
                        progress(stop - start)
            summary.add(chunk)
    return _estimate(summary, samples_of(results, model) if keep_samples else {}, n_samples, model, seed, estimator)


def require_drawable(model: CompetitionModel, estimator: str) -> Estimator:
    """Return the estimator, or raise a ValueError unless it is one, and can draw the model."""
    found: Estimator = one_of("estimator", estimator, get_args(Estimator))
    if found != "collapsed" and model.n_labels > _MOST_DRAWN_LABELS:
        raise ValueError(
            f"n_labels must be at most {_MOST_DRAWN_LABELS} for estimator={found!r}, which draws every label, "
            f"not {model.n_labels}; estimator='collapsed' draws none of the rivals"
        )
    if model.rival_logit is not None and found != "direct":
        raise ValueError(f"estimator must be 'direct' for a model with a rival_logit, not {found!r}")
    return found


def _require_memory(n_samples: int) -> None:
    """Raise a ValueError unless there is memory for the raw values of so many samples."""
    wanted, free = n_samples * _SAMPLE_BYTES, available_memory()
    if wanted > free:
        raise ValueError(
            f"n_samples={n_samples} raw values take {wanted / 1e9:.1f} GB of memory, of which {max(free, 0.0) / 1e9:.1f} GB are "
            f"free: draw fewer, or only their averages with keep_samples=False"
        )


def coordinates_drawn(model: CompetitionModel, estimator: Estimator) -> int:
    """Coordinates of labels that a sample draws: what its time is proportional to."""
    return model.n * (1 if estimator == "collapsed" else model.n_labels)


def _default_block_size(model: CompetitionModel, n_samples: int, estimator: Estimator, workers: int) -> int:
    """Blocks of some milliseconds, as many for one worker as for another."""
    most = max(1, _BLOCK_COORDINATES // coordinates_drawn(model, estimator))
    rounds = max(2, -(-n_samples // (most * workers)))
    return max(1, -(-n_samples // (rounds * workers)))


@own_error_state
def draw_samples(model: CompetitionModel, seed: int, estimator: Estimator, start: int, stop: int) -> Array:
    """Return the raw results of samples ``start`` to ``stop`` − 1, shape (stop − start, columns).

    The unit of work that executors carry: a function of its arguments alone.
    """
    results = np.empty((stop - start, workspace.COLUMNS))
    table = survival_table(model.n_labels - 1, model.sparsity) if estimator == "collapsed" else survival_table(0, 1.0)
    sample_block(results, np.uint64(start), np.uint64(seed), table, plan_for(model, estimator))
    return results


def compile_kernels(estimator: Estimator) -> None:
    """Compile what draws samples, or load it, in this thread: Ctrl-C ends it, which it could not do in another."""
    draw_samples(_SMALLEST, 0, estimator, 0, 1)


def refuse_degenerate(block: Array, start: int, model: CompetitionModel) -> None:
    """Raise a ValueError if one of a block's samples, the first of which is ``start``, could not be scaled."""
    bad = np.flatnonzero(np.isnan(block[:, workspace.CHOSEN_SUM]))
    if bad.size:
        raise ValueError(
            f"sparsity={model.sparsity!r} of n={model.n} coordinates left sample {start + int(bad[0])} with a "
            f"gradient that has no direction to scale: choose sparsity or n such that every block keeps many"
        )


@own_error_state
def estimate_of(results: Array, model: CompetitionModel, seed: int, estimator: Estimator) -> Estimate:
    """Return what raw results, (n_samples, columns), say; n_samples is at least 2."""
    summary = Summary(model)
    for start, stop in chunks(len(results)):
        summary.add(results[start:stop])
    return _estimate(summary, samples_of(results, model), len(results), model, seed, estimator)


def _estimate(
    summary: Summary, samples: dict[str, Array], n_samples: int, model: CompetitionModel, seed: int, estimator: Estimator
) -> Estimate:
    measured, reduction = summary.measured()
    return Estimate(
        model=model,
        n_samples=n_samples,
        seed=seed,
        estimator=estimator,
        samples=samples,
        variance_reduction=reduction,
        **measured,
    )
