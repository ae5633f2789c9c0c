"""What the sampling kernels work with: the model as plain numbers, their arrays, and the names of columns and streams."""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from cgi_theory._jit import kernel, scalar
from cgi_theory.sampling.philox import TILE

Array = NDArray[np.float64]

UNIT, GAUSSIAN, JOINT = 0, 1, 2

SHARED, DISTINCT = 0, 1

# Columns of a sample's results. Pairs are one for each block; sums are not yet divided by sδ.
MAP_SUM, KEPT, MAP_VARIANCE = 0, 2, 4
CHOSEN_SUM, RIVAL_SUM = 6, 7
RIVAL_MAP_SUM = 8  # and 9: of the first rival's own map, one for each block
COLUMNS = 10

# Streams of random numbers: slot 0 is the input, slot j label j. Each has normals and uniforms for both blocks.
NORMALS, UNIFORMS = 0, 2

# Coordinates are worked on in segments of four tiles: those of three slots fit into a first-level cache.
SEGMENT_TILES = 4
SEGMENT = SEGMENT_TILES * TILE

# Sums over a block run in this many lanes, coordinate i in lane i mod 64, which are folded in halves at its end.
LANES = 64

# A sample of more numbers than this is drawn again for its second pass instead of stored (2 MB).
STORED_NUMBERS = 2**19


class Plan(NamedTuple):
    """The model as numbers for kernels."""

    n: int
    n_shared: int
    drawn_rivals: int
    """k − 1, or 0 for the collapsed estimator."""
    correlation: float
    fresh: float
    """√(1 − r²)."""
    slope: float
    """a = √((1 − r)/(1 + r)), capped where it is as good as infinite."""
    sparsity: float
    threshold: float
    """δ√n."""
    law: int
    exactly: bool
    conditional: bool
    collapsed: bool
    two_logits: bool
    """Whether the input also meets g₂·x = δ₂, and the first rival's own map is measured."""
    rival_cosine: float
    """κ = g₁·g₂."""
    rival_height: float
    """δ₂√n; 0 if unset."""


class Workspace(NamedTuple):
    """Arrays that every sample of a call overwrites."""

    stored: bool
    numbers: NDArray[np.float32]
    """ζ and z by slot and segment, (slots, segments, 4, 256), or (3, 1, 4, 256) where they are not stored."""
    chosen_sums: Array
    """(blocks, 2): Σζ₁², Σzζ₁."""
    rival_sums: Array
    """(blocks, rivals, 3): Σζ₁ζ_j, Σζ_j², Σzζ_j."""
    chosen_factors: Array
    """(blocks, 2): α, Y."""
    rival_factors: Array
    """(blocks, rivals, 2): A_j, B_j."""
    rival_tilts: Array
    """(blocks,): Y₂, the input's part along ζ₂; 0 unless it meets two logits."""
    rival_scores: Array
    """(2, 4, 256): the highest and the lowest rival scores of a segment."""
    words: NDArray[np.uint32]
    """(4, 256): random words of a segment."""
    chosen_lanes: Array
    """(3, 64): running sums of a block, of the chosen label, or of its map and the first rival's."""
    rival_lanes: Array
    """(rivals, 3, 64): running sums of a block, of each rival."""


@scalar
def stream(slot: int, kind: int, block: int) -> np.uint64:
    """Number of a random stream."""
    return np.uint64(4 * slot + kind + block)


@scalar
def block_size(plan: Plan, block: int) -> int:
    """Coordinates in a block."""
    return plan.n_shared if block == SHARED else plan.n - plan.n_shared


@scalar
def segments_for(size: int) -> int:
    """Segments that ``size`` coordinates take."""
    return (size + SEGMENT - 1) // SEGMENT


@scalar
def tiles_in(size: int, segment: int) -> int:
    """Tiles of a block's segment."""
    return min(SEGMENT_TILES, (size - segment * SEGMENT + TILE - 1) // TILE)


@scalar
def place_of(work: Workspace, plan: Plan, block: int, segment: int) -> int:
    """Where a block's segment lies in the workspace's numbers: the shared block first, or one after the other in one place."""
    before = segments_for(plan.n_shared) if block == DISTINCT else 0
    return before + segment if work.stored else 0


@kernel
def make_workspace(plan: Plan) -> Workspace:
    """Allocate a workspace for samples of a plan."""
    slots = plan.drawn_rivals + 2
    segments = segments_for(block_size(plan, SHARED)) + segments_for(block_size(plan, DISTINCT))
    stored = slots * segments * SEGMENT <= STORED_NUMBERS
    if not stored:
        slots, segments = min(slots, 3), 1
    rivals = plan.drawn_rivals
    return Workspace(
        stored,
        np.empty((slots, segments, SEGMENT_TILES, TILE), dtype=np.float32),
        np.empty((2, 2)),
        np.empty((2, rivals, 3)),
        np.zeros((2, 2)),  # a block without coordinates keeps these factors: garbage times its sums of 0 may be NaN
        np.zeros((2, rivals, 2)),
        np.zeros(2),
        np.empty((2, SEGMENT_TILES, TILE)),
        np.empty((SEGMENT_TILES, TILE), dtype=np.uint32),
        np.empty((3, LANES)),
        np.empty((rivals, 3, LANES)),
    )
