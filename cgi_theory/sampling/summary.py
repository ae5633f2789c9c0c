"""From the kernels' raw results to the quantities of a model: its samples by name, and their averages.

Results are taken in by chunks of ``CHUNK`` samples, so that averages need memory for one chunk only, and are the same whether all
results are at hand or come one chunk after the other.
"""

import math
from collections.abc import Iterator

import numpy as np

from cgi_theory._arrays import Float1D, Float2D
from cgi_theory.model import CompetitionModel
from cgi_theory.quantities import Measurement
from cgi_theory.sampling import columns
from cgi_theory.sampling.averages import RunningMapSd, RunningMean
from cgi_theory.sampling.workspace import DISTINCT, SHARED

# Samples that are averaged at a time: their results take 5 MB.
CHUNK = 2**16
_SPREAD = ("c1", "c2")


def chunks(n_samples: int) -> Iterator[tuple[int, int]]:
    """Yield the first sample of every chunk, and the one after its last; a single sample is never left by itself."""
    start = 0
    while start < n_samples:
        stop = n_samples if n_samples - start <= CHUNK + 1 else start + CHUNK
        yield start, stop
        start = stop


def samples_of(results: Float2D, model: CompetitionModel) -> dict[str, Float1D]:
    """Return the quantities of every sample, each (n_samples,): the blocks' sums divided by their shares of the logit.

    Parameters
    ----------
    results : ndarray, (n_samples, columns)
    model : CompetitionModel
    """
    logit = _logit(model)
    rival = logit if model.rival_logit is not None else np.zeros(2)
    return {
        "c1": _per_logit(results[:, columns.MAP[SHARED]], logit[0]),
        "c2": _per_logit(results[:, columns.MAP[DISTINCT]], logit[1]),
        "kept_shared": results[:, columns.KEPT[SHARED]],
        "kept_distinct": results[:, columns.KEPT[DISTINCT]],
        "chosen_shared": _per_logit(results[:, columns.CHOSEN_SHARED], logit[0]),
        "rival_shared": _per_logit(results[:, columns.RIVAL_SHARED], model.shared_correlation * logit[0]),
        "rival_c1": _per_logit(results[:, columns.RIVAL_MAP[SHARED]], rival[0]),
        "rival_c2": _per_logit(results[:, columns.RIVAL_MAP[DISTINCT]], rival[1]),
    }


class Summary:
    """Averages of a model's quantities over the samples so far."""

    def __init__(self, model: CompetitionModel) -> None:
        self._model = model
        self._means: dict[str, RunningMean] = {}
        self._spreads = {name: RunningMapSd() for name in _SPREAD}

    def add(self, results: Float2D) -> None:
        """Take in the results of the next chunk of samples, (samples, columns)."""
        samples = samples_of(results, self._model)
        for name, values in samples.items():
            self._means.setdefault(name, RunningMean()).add(values)
        for block, share in enumerate(_logit(self._model)):
            name = _SPREAD[block]
            self._spreads[name].add(samples[name], _per_logit(results[:, columns.MAP_VARIANCE[block]], share**2))

    def measured(self) -> tuple[dict[str, Measurement], dict[str, float]]:
        """Return every quantity, and for c1 and c2 the variance of a direct sample over that of these samples."""
        measured = {name: running.measurement() for name, running in self._means.items()}
        reduction = {}
        for name, spread in self._spreads.items():
            measured[f"{name}_sd"], reduction[name] = spread.measurement()
        return measured, reduction


def _logit(model: CompetitionModel) -> Float1D:
    """Return the blocks' shares of the logit, (2,): sδ and (1 − s)δ."""
    return model.delta * np.array([model.n_shared, model.n_distinct]) / model.n


def _per_logit(sums: Float1D, share: float) -> Float1D:
    return sums / share if share != 0.0 else np.full(len(sums), math.nan)
