"""The models that Section 3.1 speaks of, each with many samples: the table behind the claims about them.

Each row is a model: the paper's own numbers, other δ, more alike shared features, and ImageNet's number of pixels with more
labels and sparser gradients. Beside the quantities of every table there is ``retained``, the share of the whole logit that the
map retains. The last rows are the spread of the inner product of two independent draws from N(0, 1/n)ⁿ, and how sparse
gradients must be for half of the logit to stay with the most labels.
"""

import math
from dataclasses import replace

import numpy as np
from scipy.optimize import brentq

from cgi_theory import CompetitionModel, Measurement, exact, simulate
from cgi_theory.sampling.averages import mean_of, single_map_sd_of
from cgi_theory.sampling.philox import standard_normals
from cgi_theory.sampling.samples import Estimator
from cgi_theory.tables.rows import estimate_row, exact_columns, measured_columns, point_seed
from simulations.experiment import Experiment, Parameters, Row, Setting, Task
from simulations.lab.models import IMAGENET, kernels, model_parameters

PAPER = CompetitionModel(n=10_000, delta=0.1)
DELTAS = (0.01, 0.1, 0.2)
CORRELATIONS = (0.5, 0.9, 0.999)
LABELS = (2, 10, 1000)
SPARSITY = 0.2
INDEPENDENT = "independent draws"
HALF_RETAINED = "half of the logit retained"


def parameters(quick: bool) -> Parameters:
    """Return what the rows depend on beside the seed."""
    return model_parameters(PAPER) | {
        "n_samples": 100 if quick else 2000,
        "n_samples_imagenet": 100 if quick else 500,
        "models": [
            {name: value for name, value in vars(model).items() if value is not None} | {"estimator": estimator}
            for model, estimator in _models()
        ],
    }


def tasks(parameters: Parameters) -> list[Task]:
    """Return one task for each model, that of independent draws, and that of the sparsity which is needed."""
    return [*(Task(_row, place, kernels(*place)) for place in _models()), Task(_independent), Task(_half_retained)]


def _models() -> list[tuple[CompetitionModel, Estimator]]:
    smallest = 1.0 / math.sqrt(PAPER.n)
    deltas = [replace(PAPER, delta=delta) for delta in dict.fromkeys((*DELTAS, smallest))]
    alike = [replace(PAPER, shared_correlation=r) for r in CORRELATIONS if r != PAPER.shared_correlation]
    labels = [replace(IMAGENET, n_labels=k) for k in LABELS]
    sparse = [replace(IMAGENET, n_labels=k, sparsity=SPARSITY) for k in (2, 1000)]
    conditional: list[tuple[CompetitionModel, Estimator]] = [(model, "conditional") for model in (*deltas, *alike)]
    return [(PAPER, "direct"), *conditional, *((model, "collapsed") for model in (*labels, *sparse))]


def _row(setting: Setting, model: CompetitionModel, estimator: Estimator) -> list[Row]:
    n_samples = setting.parameters["n_samples" if model.n == PAPER.n else "n_samples_imagenet"]
    estimate = simulate(model, n_samples, seed=point_seed(setting.seed, model, estimator), estimator=estimator, n_workers=1)
    answers, share = exact_columns(model), model.n_shared / model.n
    retained = mean_of(share * estimate.samples["c1"] + (1.0 - share) * estimate.samples["c2"])
    expected = share * answers["c1_exact"] + (1.0 - share) * answers["c2_exact"]
    row = estimate_row(estimate, answers) | {"retained_exact": expected} | measured_columns("retained", retained, expected)
    return [row | {"c1_sd": estimate.c1_sd.mean, "c1_sd_stderr": estimate.c1_sd.stderr}]


def _independent(setting: Setting) -> list[Row]:
    """Return the standard deviation of the inner product of two independent draws."""
    n, n_samples = PAPER.n, setting.parameters["n_samples"]
    one, other = (
        np.array([standard_normals(n, seed=setting.seed, sample=i, stream=stream) for i in range(n_samples)]) for stream in (0, 4)
    )
    measured: Measurement = single_map_sd_of(np.array([math.fsum(products) for products in one * other]) / n)
    place = {"n": n, "estimator": INDEPENDENT, "n_samples": n_samples}
    return [place | measured_columns("product_sd", measured, 1.0 / math.sqrt(n)) | {"product_sd_exact": 1.0 / math.sqrt(n)}]


def _half_retained(setting: Setting) -> list[Row]:
    """Return the sparsity at which half of the logit is retained."""

    def retained(rho: float) -> float:
        answer = exact(replace(IMAGENET, n_labels=LABELS[-1], sparsity=rho))
        return 0.5 * (answer.c1 + answer.c2)

    needed = brentq(lambda rho: retained(rho) - 0.5, 1e-4, 1.0)
    return [{"n": IMAGENET.n, "n_labels": LABELS[-1], "estimator": HALF_RETAINED, "sparsity": needed}]


EXPERIMENT = Experiment(parameters=parameters, tasks=tasks)
