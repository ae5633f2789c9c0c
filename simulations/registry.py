"""All experiments by name, in the order in which they are listed. Each is imported when it is asked for."""

import importlib

from simulations.experiment import Experiment

EXPERIMENTS = (
    "delta",
    "finite_size",
    "correlation",
    "sparsity",
    "phase_diagram",
    "selectivity",
    "blankness",
    "rival",
    "section_3_1",
    "lemma_1",
    "completeness",
    "maps",
    "alignment",
    "predictions",
    "masking",
    "randomised_maps",
    "sanity",
    "mprt",
    "resemblance",
    "controls",
    "frontier",
    "graded",
    "imagenet",
    "imagenet_kept",
    "imagenet_labels",
    "imagenet_maps",
    "imagenet_similarity",
    "imagenet_parts",
    "evidence",
    "claims",
    "imagenet_claims",
    "quoted",
)


def module_of(name: str) -> str:
    """Return the module that has an experiment, which bears its name."""
    return f"simulations.{name}"


def experiment_of(name: str) -> Experiment:
    """Return an experiment by its name."""
    found: Experiment = importlib.import_module(module_of(name)).EXPERIMENT
    return found


def read_by(name: str, architecture: str) -> list[str]:
    """Return the experiments whose tables an experiment reads, for networks of an architecture."""
    return [other for other in experiment_of(name).reads if architecture in experiment_of(other).architectures]
