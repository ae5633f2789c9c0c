r"""Why gradient ⊙ input does not sum to the logits of a network trained on ImageNet: what the logits consist of.

Around an input each logit is the sum of four parts (:mod:`simulations.lab.torch_completeness`): that of the input, which is what
gradient ⊙ input sums to; of the shifts of batch norms; of other biases; and of units of ReLU6 that are saturated. Over the labels
a part has a correlation with the logits and a ``share`` of their variance, cov(part, S)/var(S): shares of all four sum to 1, and
completeness up to a constant would be a share of 1 for the input. ``residual`` is the largest difference between a logit and the
sum of the parts, relative to the largest logit.

The input is shifted, too: 0 is grey. "input, black is 0" has the sum of pixels from 0 to 255 times their derivatives: gradient ⊙
input of the same network, had it taken them as they are. And three networks from which something is taken away: the shifts of
batch norms; all biases; those and, with ReLU for ReLU6, saturation, so that Lemma 1 must hold.
"""

from typing import Any

import numpy as np

from cgi_theory._arrays import Float1D
from simulations.experiment import MLPS, OF_WEIGHTS, Experiment, Parameters, Row, Setting, Task
from simulations.lab import photographed
from simulations.lab.photographed import TRAINED, State
from simulations.lab.photographs import SHIPPED, needed
from simulations.lab.pretrained import PRETRAINED

BLACK_IS_0 = "input, black is 0"
ITSELF = "as it is"


def parameters(quick: bool, architecture: str = MLPS) -> Parameters:
    """Return what the rows depend on beside the seed, and on a user's own weights and photographs."""
    if architecture in OF_WEIGHTS:
        return {"network": architecture, "photographs": []}
    return {"network": "efficientnet-lite0", "photographs": ["cat", "coffee"] if quick else list(SHIPPED)}


def tasks(parameters: Parameters) -> list[Task]:
    """Return one task for each photograph and state of the network."""
    states = photographed.states(parameters["network"], stage_by_stage=False)
    return [Task(_parts, (photograph, *state)) for photograph in parameters["photographs"] for state in states]


def _parts(setting: Setting, photograph: str, randomised: str, stage: str) -> list[Row]:
    """Return a row for each part of the logits, and for the input's part in networks without this and that."""
    with needed():
        from simulations.lab import torch_completeness as completeness  # noqa: PLC0415  imports PyTorch
    name, state = setting.parameters["network"], State(randomised, stage)
    net: Any = photographed.network(setting, name, state)  # whose module is PyTorch's
    x = photographed.inputs(setting, name, photograph)
    logits = net.logits(x[None])[0].astype(np.float64)
    parts = {part: completeness.part_of_logits(net.module, x, part) for part in completeness.PARTS}
    residual = float(np.abs(sum(parts.values()) - logits).max() / np.abs(logits).max())
    black = np.broadcast_to(PRETRAINED[name].inputs(np.zeros_like(x)), x.shape)
    parts[BLACK_IS_0] = completeness.part_of_logits(net.module, x, completeness.INPUT, x - black)
    place = {"photograph": photograph, "randomised": randomised, "stage": stage}
    about = {**place, "network": ITSELF, "residual": residual}
    rows: list[Row] = [about | {"part": part} | _against(logits, values) for part, values in parts.items()]
    if state == TRAINED:
        for changed, change in completeness.CHANGES.items():
            module = change(net.module)
            others = completeness.logits_of(module, x)
            values = completeness.part_of_logits(module, x, completeness.INPUT)
            rows.append({**place, "network": changed, "part": completeness.INPUT} | _against(others, values))
    return rows


def _against(logits: Float1D, part: Float1D) -> Row:
    """Return what a part has to do with the logits, over labels."""
    spread, whole = float(part.std()), float(logits.std())
    covariance = float(np.mean((part - part.mean()) * (logits - logits.mean())))
    return {
        "correlation": covariance / (spread * whole) if spread > 0.0 else None,
        "share": covariance / whole**2,
        "standard_deviation": spread,
        "logits_standard_deviation": whole,
    }


EXPERIMENT = Experiment(parameters=parameters, tasks=tasks, architectures=(MLPS, *OF_WEIGHTS))
