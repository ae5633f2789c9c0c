"""The targets: what is measured against what, and the ratio to reach."""

import subprocess
import sys
import tempfile
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Literal

import numpy as np

from benchmarks.baselines import NumpySampler, jax_sampler, numpy_compete, torch_normals
from benchmarks.timing import Spread, paired_ratios, times
from cgi_theory import Competition, CompetitionModel, compete, exact, simulate
from cgi_theory.sampling.samples import Estimator, draw_samples
from cgi_theory.sweep import Sweep, run
from cgi_theory.theory.moments import win_moments

PAPER = CompetitionModel(n=10_000, delta=0.1)
MANY_LABELS = CompetitionModel(n=10_000, delta=0.1, n_labels=1000)
SAMPLES = 1000


@dataclass(frozen=True)
class Target:
    """One row of the table."""

    name: str
    goal: float
    sense: Literal["at least", "at most"]
    unit: str
    measure: Callable[[int], Spread | None]
    """Takes the number of rounds; None where what it compares with is not installed."""

    def reached(self, measured: Spread) -> bool:
        """Whether the median is on the right side of the goal."""
        return measured.median >= self.goal if self.sense == "at least" else measured.median <= self.goal


def ours(model: CompetitionModel = PAPER, estimator: Estimator = "direct", workers: int = 1) -> Callable[[], object]:
    """Our sampler as work to time."""
    return lambda: simulate(model, SAMPLES, seed=1, estimator=estimator, n_workers=workers)


def against_numpy(rounds: int) -> Spread:
    """NumPy's sampler over ours."""
    sampler = NumpySampler(PAPER.n, PAPER.delta, PAPER.shared_correlation, seed=1)
    return paired_ratios(lambda: [sampler.sample() for _ in range(SAMPLES)], ours(), rounds)


def against_numpy_drawing(rounds: int) -> Spread:
    """NumPy drawing the 3n normals over our whole sampler."""
    rng, normals = np.random.default_rng(1), np.empty(3 * PAPER.n)
    return paired_ratios(lambda: [rng.standard_normal(out=normals) for _ in range(SAMPLES)], ours(), rounds)


def against_jax(rounds: int) -> Spread | None:
    """JAX's sampler over ours, both with the threads of this process."""
    sample = jax_sampler(PAPER.n, PAPER.delta, PAPER.shared_correlation)
    if sample is None:
        return None
    threads = lambda: simulate(PAPER, SAMPLES, seed=1)  # noqa: E731
    return paired_ratios(lambda: sample(1, SAMPLES), threads, rounds)


def against_torch_drawing(rounds: int) -> Spread | None:
    """PyTorch drawing the 3n normals in float32 over our whole sampler, one thread each."""
    draw = torch_normals(3 * PAPER.n)
    if draw is None:
        return None
    return paired_ratios(lambda: [draw() for _ in range(SAMPLES)], ours(), rounds)


def two_threads(rounds: int) -> Spread:
    """One thread over two."""
    many = 4 * SAMPLES
    one, two = (lambda w=w: simulate(PAPER, many, seed=1, n_workers=w) for w in (1, 2))
    return paired_ratios(one, two, rounds)


def collapsed(rounds: int) -> Spread:
    """A thousand labels collapsed over two labels direct."""
    return paired_ratios(ours(MANY_LABELS, "collapsed"), ours(), rounds)


def compete_scores() -> np.ndarray:
    """Scores of 1000 labels for an ImageNet image, 602 MB."""
    return np.random.default_rng(1).standard_normal((1000, 150_528), dtype=np.float32)


def compete_against_sum(rounds: int) -> Spread:
    """Our competition over a plain sum of the same array."""
    scores = compete_scores()
    return paired_ratios(lambda: compete(scores, 3, n_workers=1), scores.sum, rounds)


def compete_against_numpy(rounds: int) -> Spread:
    """NumPy's expression over our competition."""
    scores = compete_scores()
    return paired_ratios(lambda: numpy_compete(scores, 3), lambda: compete(scores, 3, n_workers=1), rounds)


def compete_in_blocks(rounds: int) -> Spread:
    """Competition of the same scores in blocks of twenty labels over competition at once."""
    scores = compete_scores()

    def in_blocks() -> None:
        competition = Competition(3, scores.shape[1:], np.float32)
        for first in range(0, len(scores), 20):
            competition.add(range(first, first + 20), scores[first : first + 20])
        competition.map()

    return paired_ratios(in_blocks, lambda: compete(scores, 3, n_workers=1), rounds)


def compete_on_two(rounds: int) -> Spread:
    """Competition on one thread over two."""
    scores = compete_scores()
    one, two = (partial(compete, scores, 3, n_workers=workers) for workers in (1, 2))
    return paired_ratios(one, two, rounds)


def exact_milliseconds(rounds: int) -> Spread:
    """The slowest of several exact answers, with nothing remembered from the one before."""
    models = [
        CompetitionModel(n=10_000, delta=0.1, n_labels=k, sparsity=rho, shared_correlation=r)
        for k, rho, r in ((2, 1.0, 0.5), (10, 1.0, 0.5), (1000, 0.2, 0.5), (10_000, 0.01, -0.99), (10_000, 1.0, 0.999))
    ]

    def answer(model: CompetitionModel) -> None:
        win_moments.cache_clear()
        exact(model)

    slowest = max((times(partial(answer, model), 10 * rounds) for model in models), key=lambda t: t.median)
    return slowest.scaled(1e3)


def child_seconds(code: str, rounds: int) -> Spread:
    """What ``code`` prints in fresh processes, after one to warm the caches on disk."""

    def printed() -> float:
        return float(subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout)

    printed()
    return Spread.of([printed() for _ in range(rounds)])


def import_seconds(rounds: int) -> Spread:
    """The import alone, timed within a fresh process."""
    return child_seconds(
        "import time; t = time.perf_counter(); import cgi_theory; print(time.perf_counter() - t)",
        rounds,
    )


def first_simulation_seconds(rounds: int) -> Spread:
    """The first simulation of a process whose kernels an earlier process compiled."""
    return child_seconds(
        "import time; from cgi_theory import CompetitionModel, simulate; t = time.perf_counter();"
        "simulate(CompetitionModel(n=10_000, delta=0.1), 2); print(time.perf_counter() - t)",
        rounds,
    )


def sweep_over_kernel(rounds: int) -> Spread:
    """A sweep of a thousand points of the paper's setting over drawing the same samples and nothing else, one thread each."""
    grid = Sweep(base=PAPER, axes={"delta": "0.05:0.5:1000"})

    def bare() -> None:
        for model in grid.points:
            draw_samples(model, 1, "direct", 0, grid.n_samples)

    def swept() -> None:
        with tempfile.TemporaryDirectory() as folder, ThreadPoolExecutor(1) as thread:
            run(grid, Path(folder) / "sweep.csv", executor=thread, n_workers=1)

    return paired_ratios(swept, bare, rounds)


TARGETS = (
    Target("NumPy's sampler / simulate, one thread", 10.0, "at least", "×", against_numpy),
    Target("NumPy drawing 3n normals / simulate, one thread", 6.0, "at least", "×", against_numpy_drawing),
    Target("JAX's sampler in float32 / simulate, all threads", 8.0, "at least", "×", against_jax),
    Target("PyTorch drawing 3n float32 normals / simulate, one thread", 3.0, "at least", "×", against_torch_drawing),
    Target("simulate on one thread / two threads", 1.9, "at least", "×", two_threads),
    Target("collapsed, k = 1000 / direct, k = 2", 1.5, "at most", "×", collapsed),
    Target("compete (1000, 150528) float32 / plain sum", 1.3, "at most", "×", compete_against_sum),
    Target("NumPy's expression / compete", 3.0, "at least", "×", compete_against_numpy),
    Target("compete on one thread / two threads", 1.7, "at least", "×", compete_on_two),
    Target("competition in blocks of 20 labels / compete", 1.5, "at most", "×", compete_in_blocks),
    Target("sweep of 1000 points / its kernel alone", 1.1, "at most", "×", sweep_over_kernel),
    Target("exact, unit vectors, slowest of five models", 1.0, "at most", "ms", exact_milliseconds),
    Target("import cgi_theory", 0.5, "at most", "s", import_seconds),
    Target("first simulation of a second process", 0.5, "at most", "s", first_simulation_seconds),
)
