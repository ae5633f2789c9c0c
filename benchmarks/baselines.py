"""What a user would write instead: the sampler of the paper's setting in NumPy and JAX, competition in NumPy.

Each is written as well as its library allows: arrays made once and reused, everything vectorised, inner products by BLAS.
The setting is the paper's: two labels, dense, half of the coordinates shared, unit vectors, g₁·x ≥ δ.
"""

import math
from collections.abc import Callable
from functools import partial

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.floating]

# Samples that JAX works on together; of 1, 4, 8, 16 and 32 the fastest.
_JAX_BATCH = 32


def tail_normal(rng: np.random.Generator, threshold: float) -> float:
    """A standard normal above ``threshold`` > 0, by Robert's (1995) exponential rejection."""
    rate = 0.5 * (threshold + math.sqrt(threshold * threshold + 4.0))
    while True:
        candidate = threshold + rng.exponential() / rate
        if rng.random() <= math.exp(-0.5 * (candidate - rate) ** 2):
            return candidate


class NumpySampler:
    """Samples of (c1, c2) with PCG64 and in-place arrays."""

    def __init__(self, n: int, delta: float, correlation: float, seed: int) -> None:
        self.rng = np.random.Generator(np.random.PCG64(seed))
        self.n, self.delta, self.correlation = n, delta, correlation
        self.chosen, self.rival, self.x, self.scratch = np.empty((4, n))
        self.kept, self.other = np.empty((2, n), dtype=bool)

    def sample(self) -> tuple[float, float]:
        """One draw."""
        chosen, rival, x, n = self.chosen, self.rival, self.x, self.n
        for normals in (chosen, rival, x):
            self.rng.standard_normal(out=normals)
        half = n // 2
        for block, cosine in ((slice(0, half), self.correlation), (slice(half, n), 0.0)):
            g, e = chosen[block], rival[block]
            g *= math.sqrt(0.5 / np.dot(g, g))
            np.multiply(g, 2.0 * np.dot(e, g), out=self.scratch[block])
            e -= self.scratch[block]
            e *= math.sqrt((1.0 - cosine * cosine) * 0.5 / np.dot(e, e))
            np.multiply(g, cosine, out=self.scratch[block])
            e += self.scratch[block]
        height = tail_normal(self.rng, self.delta * math.sqrt(n))
        np.multiply(chosen, height - np.dot(chosen, x), out=self.scratch)
        x += self.scratch
        x *= 1.0 / math.sqrt(n)
        return self._compete(half)

    def _compete(self, half: int) -> tuple[float, float]:
        own = np.multiply(self.chosen, self.x, out=self.chosen)
        rival = np.multiply(self.rival, self.x, out=self.rival)
        # Positive and at least the rival's, or negative and at most the rival's.
        np.greater_equal(own, rival, out=self.kept)
        np.greater(own, 0.0, out=self.other)
        self.kept &= self.other
        np.less_equal(own, rival, out=self.other)
        self.other &= own < 0.0
        self.kept |= self.other
        own *= self.kept
        share = 0.5 * self.delta
        return float(own[:half].sum()) / share, float(own[half:].sum()) / share


def numpy_compete(scores: Array, label: int) -> Array:
    """The obvious expression for Algorithm 1."""
    own, highest, lowest = scores[label], scores.max(axis=0), scores.min(axis=0)
    return np.where(((own > 0) & (own >= highest)) | ((own < 0) & (own <= lowest)), own, 0)


def jax_sampler(n: int, delta: float, correlation: float) -> Callable[[int, int], Array] | None:
    """The same sampler with jax.jit and jax.random in float32; None where JAX is not installed.

    It takes a seed and how many samples, all of them made in one compiled call, and returns (samples, 2).
    """
    try:
        import jax
        from jax import numpy as jnp
    except ImportError:
        return None
    half, threshold = n // 2, delta * math.sqrt(n)

    def scaled(g: "jax.Array", e: "jax.Array", cosine: float) -> "tuple[jax.Array, jax.Array]":
        g = g * jnp.sqrt(0.5 / (g @ g))
        e = e - 2.0 * (e @ g) * g
        return g, cosine * g + e * jnp.sqrt((1.0 - cosine**2) * 0.5 / (e @ e))

    def sample(key: "jax.Array") -> "jax.Array":
        normals, uniform = jax.random.split(key)
        chosen, rival, z = jax.random.normal(normals, (3, n))
        shared = scaled(chosen[:half], rival[:half], correlation)
        distinct = scaled(chosen[half:], rival[half:], 0.0)
        g, v = (jnp.concatenate(pair) for pair in zip(shared, distinct, strict=True))
        # An exponential above the threshold stands for the tail: the same cost, and all but the same law.
        height = threshold + jax.random.exponential(uniform) / threshold
        x = (z + (height - g @ z) * g) / jnp.sqrt(float(n))
        own, other = g * x, v * x
        kept = jnp.where(((own > 0) & (own >= other)) | ((own < 0) & (own <= other)), own, 0.0)
        share = 0.5 * delta
        return jnp.stack([kept[:half].sum(), kept[half:].sum()]) / share

    @partial(jax.jit, static_argnums=1)
    def samples(seed: int, count: int) -> "jax.Array":
        return jax.lax.map(sample, jax.random.split(jax.random.key(seed), count), batch_size=_JAX_BATCH)

    return lambda seed, count: np.asarray(samples(seed, count))


def torch_normals(size: int) -> Callable[[], object] | None:
    """Merely drawing ``size`` float32 normals with PyTorch on one thread; None where it is not installed."""
    try:
        import torch
    except ImportError:
        return None
    torch.set_num_threads(1)
    draw: Callable[[], object] = torch.empty(size).normal_
    return draw
