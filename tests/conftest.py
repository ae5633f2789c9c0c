"""What the tests of one run share: tables and networks that take long are made once, by the worker that needs them first."""

import matplotlib
import pytest
from filelock import FileLock
from hypothesis import HealthCheck, settings

from figures.drawing.style import use_style
from simulations.lab import nets
from simulations.runner import RESULTS, current_table, results_folder

# The same examples in every run, and none refused because the machine is busy.
settings.register_profile(
    "repeatable", derandomize=True, database=None, deadline=None, max_examples=150, suppress_health_check=[HealthCheck.too_slow]
)
settings.load_profile("repeatable")


@pytest.fixture(scope="session")
def shared_folder(tmp_path_factory, worker_id):
    """The folder that all workers of a run share; a command that runs in it finds the run's networks."""
    base = tmp_path_factory.getbasetemp()
    folder = (base if worker_id == "master" else base.parent) / "shared"
    folder.mkdir(exist_ok=True)
    return folder


@pytest.fixture(scope="session", autouse=True)
def networks(shared_folder):
    """Networks are kept for the run, and never in the tree."""
    nets.use((None, shared_folder / RESULTS / "networks"))


@pytest.fixture(scope="session")
def quick_results(shared_folder):
    """The folder of the run's quick tables."""
    return results_folder(shared_folder / RESULTS, quick=True)


@pytest.fixture(scope="session")
def quick_table(shared_folder, quick_results):
    """A function from an experiment's name to its quick table of seed 0."""

    def table(name):
        with FileLock(shared_folder / f"{name}.lock"):
            return current_table(name, quick_results, quick=True, seed=0)

    return table


@pytest.fixture(scope="session")
def style():
    """Figures are drawn as the command draws them, and on no screen."""
    matplotlib.use("Agg")
    use_style()


@pytest.fixture(scope="session")
def trained_networks(shared_folder):
    """The networks that claims are about, of seed 0, by their kind."""
    with FileLock(shared_folder / "networks.lock"):
        nets.network("trained", biases=False)  # only kept
        return {kind: nets.network(kind) for kind in nets.KINDS}
