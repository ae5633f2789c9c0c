"""What the tests of one run share: tables and networks that take long are made once, by the worker that needs them first."""

from concurrent.futures import ThreadPoolExecutor

import matplotlib
import pytest
from filelock import FileLock
from hypothesis import HealthCheck, settings

from cgi_theory.plotting.style import use_style
from simulations.places import RESULTS
from simulations.registry import experiment_of
from simulations.runner import Runner
from tests.forked import COMMANDS

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
def _commands():
    """What commands are forked from ends with the run."""
    yield
    COMMANDS.close()


@pytest.fixture(scope="session")
def threads():
    """An executor."""
    with ThreadPoolExecutor(2) as executor:
        yield executor


@pytest.fixture(scope="session")
def quick_runner(shared_folder):
    """A runner of the run's quick tables of seed 0; its tasks run here, one after the other."""
    with ThreadPoolExecutor(1) as executor, Runner(shared_folder / RESULTS, quick=True, executor=executor) as runner:
        yield runner


@pytest.fixture(scope="session")
def quick_table(shared_folder, quick_runner):
    """A function from an experiment's name to its quick table of seed 0."""

    def table(name):
        experiment = experiment_of(name)
        for other in experiment.reads:
            table(other)
        # Networks are shared by several tables.
        lock = "networks" if "networks" in experiment.parameters(True) else name
        with FileLock(shared_folder / f"{lock}.lock"):
            return quick_runner.table(name)

    return table


@pytest.fixture(scope="session")
def quick_setting(quick_table, quick_runner):
    """A function from an experiment's name to what its tasks are given for its quick table."""

    def setting(name):
        quick_table(name)
        return quick_runner.setting_of(name)

    return setting


@pytest.fixture(scope="session")
def style():
    """Figures are drawn as the command draws them, and on no screen."""
    matplotlib.use("Agg")
    use_style()
