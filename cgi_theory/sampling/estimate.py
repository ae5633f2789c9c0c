r"""Monte Carlo estimates of what ``exact`` gives in closed form.

``estimator="direct"`` is the paper's: draw the gradients and the input, compete, sum the map.
``estimator="conditional"`` averages the input out analytically given the gradients (Rao–Blackwell): with q the share of
the gradient energy that a block's winners hold,

.. math:: E\Bigl[\sum H_i \mid g\Bigr] = E[T]\,\gamma q/\sqrt n, \qquad
   \mathrm{Var}\Bigl(\sum H_i \mid g\Bigr) = \gamma^2(\mathrm{Var}(T)\,q^2 + q - q^2)/n .

Its mean is the same and its variance less by the mean of the second term; the factor is reported.

``estimator="collapsed"`` draws the chosen label and the input, and lets one uniform a coordinate stand for all k − 1 rivals
(:mod:`cgi_theory.sampling.collapsed`), at a cost free of k. For ``"gaussian"`` and ``"joint"`` that is the direct sample's law;
for ``"unit"`` means agree to O(1/(ρn)) but spreads are wider, as rivals of free length have. ``rival_shared`` is NaN.

A model with a ``rival_logit`` is drawn by "direct" only.

The bits of an estimate depend on the model, the seed, the number of samples and the estimator, and on nothing else.

Equation of paper_notes.md: (7).
"""

import math
from collections.abc import Callable
from concurrent.futures import Executor
from contextlib import closing, nullcontext
from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING

import numpy as np

from cgi_theory._arguments import HIGHEST_SEED, flag, function, instance, whole_number
from cgi_theory._arrays import Float1D, Float2D
from cgi_theory._executors import available_processors, completed, thread_pool
from cgi_theory._floating import own_error_state
from cgi_theory._memory import available_memory
from cgi_theory.model import CompetitionModel, in_short, require_model
from cgi_theory.quantities import NAMES, Measurement, Quantities
from cgi_theory.sampling import columns
from cgi_theory.sampling.samples import Estimator, compile_kernels, coordinates_drawn, draw_samples, require_drawable
from cgi_theory.sampling.summary import CHUNK, Summary, chunks, samples_of

if TYPE_CHECKING:
    import pandas as pd

# What a sample's raw values take: the kernels' results, and the quantities that they are divided into.
_SAMPLE_BYTES = 8 * 2 * len(columns.NAMES)
# Coordinates of labels that a task draws by default.
_TASK_COORDINATES = 2**21


@dataclass(frozen=True, kw_only=True, eq=False, repr=False)
class Estimate(Quantities[Measurement]):
    """The quantities of :class:`Quantities` as means ± standard errors over samples.

    Attributes
    ----------
    model, n_samples, seed, estimator
        What was run.
    samples : dict of str to ndarray, shape (n_samples,)
        The raw values of every sample: the keys are the fields that are means over samples, all but ``c1_sd`` and
        ``c2_sd``. Empty if they were not kept. They take no part in comparisons: what is compared decides them.
    variance_reduction : dict of str to float
        For ``c1`` and ``c2``, the variance of a direct sample over that of this estimator's.
    """

    model: CompetitionModel
    n_samples: int
    seed: int
    estimator: Estimator
    samples: dict[str, Float1D] = field(compare=False)
    variance_reduction: dict[str, float]

    def __repr__(self) -> str:
        """All that is not NaN and not a default of the model, on one line."""
        measured = {name: value for name in NAMES if not math.isnan(value := getattr(self, name))}
        return f"Estimate({', '.join(f'{name}={value}' for name, value in measured.items())}, {self._settings()})"

    def compare(self, answer: Quantities[float]) -> "pd.DataFrame":
        """Return the estimate beside the exact answer, as a pandas frame with one row for each quantity.

        Parameters
        ----------
        answer : ExactAnswer
            What ``exact`` or ``large_n_limit`` gives for the model.

        Returns
        -------
        DataFrame
            Columns ``mean``, ``stderr``, ``exact`` and ``z``, (mean − exact)/stderr as ``Measurement.z`` gives it.

        Raises
        ------
        TypeError
            If ``answer`` is none.
        """
        instance("answer", answer, Quantities, "an ExactAnswer")
        if isinstance(answer, Estimate):
            raise TypeError("answer must be an ExactAnswer, not another Estimate")
        frame = self.to_frame().join(answer.to_frame())
        frame["z"] = [getattr(self, name).z(getattr(answer, name)) for name in frame.index]
        return frame

    def _settings(self) -> str:
        return f"n_samples={self.n_samples!r}, seed={self.seed!r}, estimator={self.estimator!r}, model={in_short(self.model)}"

    def _caption(self) -> str:
        return f"Estimate: {self._settings()}"

    def _columns(self) -> dict[str, list[float]]:
        measured: list[Measurement] = [getattr(self, name) for name in NAMES]
        return {"mean": [value.mean for value in measured], "stderr": [value.stderr for value in measured]}


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
        Runs the tasks instead of threads of this process.
    block_size : int, optional
        Samples that a task carries. Neither it, nor the workers, nor the executor changes a bit of the result.
    keep_samples : bool
        Whether the estimate holds the raw values of every sample. Without them memory does not grow with the samples, and all
        else is the same to the bit.
    progress : callable, optional
        Called with the number of samples done since its last call, such as a ``progress_bar``.

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
        size = _default_task_size(model, n_samples, estimator, workers)
    else:
        size = whole_number("block_size", block_size, 1, n_samples)
    if keep_samples:
        _require_memory(n_samples)
    results = np.empty((n_samples if keep_samples else min(n_samples, CHUNK + 1), len(columns.NAMES)))
    draw, summary = partial(draw_samples, model, seed, estimator), Summary(model)
    compile_kernels([model], estimator)
    with thread_pool(workers) if executor is None else nullcontext(executor) as runner:
        for first, last in chunks(n_samples):
            chunk = results[first:last] if keep_samples else results[: last - first]
            ranges = ((start, min(start + size, last)) for start in range(first, last, size))
            with closing(completed(runner, draw, ranges, 4 * workers)) as finished:
                for (start, stop), drawn in finished:
                    chunk[start - first : stop - first] = drawn
                    if progress is not None:
                        progress(stop - start)
            summary.add(chunk)
    return _estimate(summary, samples_of(results, model) if keep_samples else {}, n_samples, model, seed, estimator)


def _require_memory(n_samples: int) -> None:
    """Raise a ValueError unless there is memory for the raw values of so many samples."""
    wanted, free = n_samples * _SAMPLE_BYTES, available_memory()
    if wanted > free:
        raise ValueError(
            f"n_samples={n_samples} raw values take {wanted / 1e9:.1f} GB of memory, of which {max(free, 0.0) / 1e9:.1f} GB are "
            f"free: draw fewer, or only their averages with keep_samples=False"
        )


def _default_task_size(model: CompetitionModel, n_samples: int, estimator: Estimator, workers: int) -> int:
    """Return the samples of tasks of some milliseconds, as many for one worker as for another."""
    most = max(1, _TASK_COORDINATES // coordinates_drawn(model, estimator))
    rounds = max(2, -(-n_samples // (most * workers)))
    return max(1, -(-n_samples // (rounds * workers)))


@own_error_state
def estimate_of(results: Float2D, model: CompetitionModel, seed: int, estimator: Estimator) -> Estimate:
    """Return what raw results, (n_samples, columns), say; n_samples is at least 2."""
    summary = Summary(model)
    for start, stop in chunks(len(results)):
        summary.add(results[start:stop])
    return _estimate(summary, samples_of(results, model), len(results), model, seed, estimator)


def _estimate(
    summary: Summary, samples: dict[str, Float1D], n_samples: int, model: CompetitionModel, seed: int, estimator: Estimator
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
