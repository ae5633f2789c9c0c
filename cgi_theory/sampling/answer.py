"""What ``simulate`` returns."""

import math
from dataclasses import dataclass, field
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from cgi_theory.model import CompetitionModel, in_short
from cgi_theory.quantities import NAMES, Measurement, Quantities

Array = NDArray[np.float64]
Estimator = Literal["direct", "conditional", "collapsed"]


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
    samples: dict[str, Array] = field(compare=False)
    variance_reduction: dict[str, float]

    def __repr__(self) -> str:
        """All that is not NaN and not a default of the model, on one line."""
        measured = {name: value for name in NAMES if not math.isnan(value := getattr(self, name))}
        return f"Estimate({', '.join(f'{name}={value}' for name, value in measured.items())}, {self._settings()})"

    def _settings(self) -> str:
        return f"n_samples={self.n_samples!r}, seed={self.seed!r}, estimator={self.estimator!r}, model={in_short(self.model)}"

    def _caption(self) -> str:
        return f"Estimate: {self._settings()}"

    def _columns(self) -> dict[str, list[float]]:
        measured: list[Measurement] = [getattr(self, name) for name in NAMES]
        return {"mean": [value.mean for value in measured], "stderr": [value.stderr for value in measured]}
