"""Where the sampling kernels work: their arrays, how coordinates lie in them, and the names of random streams.

Coordinates lie in tiles of 256; each block begins a new tile and is padded with zeros, which score 0 and win nothing. Labels are
counted from 0, the chosen one. *Slots* name what is drawn: slot 0 is the input's z, slot j + 1 is label j's ζ.
"""

import math
from typing import Any, NamedTuple

import numpy as np

from cgi_theory._arrays import Float2D, Float3D, Single4D, Word2D
from cgi_theory._jit import scalar
from cgi_theory.sampling.philox import TILE
from cgi_theory.sampling.plan import Plan

BLOCKS = 2
SHARED, DISTINCT = range(BLOCKS)

CHOSEN, FIRST_RIVAL = 0, 1
INPUT_SLOT, CHOSEN_SLOT, FIRST_RIVAL_SLOT = range(3)

# Streams of random numbers: every slot has normals and uniforms for both blocks.
NORMALS, UNIFORMS = 0, 2

# Coordinates are worked on in segments of four tiles: those of three slots fit into a first-level cache.
SEGMENT_TILES = 4
SEGMENT = SEGMENT_TILES * TILE

# Sums over a block run in this many lanes, coordinate i in lane i mod 64, which are folded in halves at its end.
LANES = 64

# What is summed over a block for a label: its ζ_j with ζ₁, with itself and with the input's z.
WITH_CHOSEN, WITH_ITSELF, WITH_INPUT = range(3)
# What label j's gradient, A_jζ₁ + B_jζ_j, and the input, (z + Yζ₁ + Y₂ζ₂)/√n, are made with.
A, B = range(2)
Y, Y_2 = range(2)
# What is summed of the maps: the chosen label's (or the squares of its entries), the coordinates won, and the first rival's.
MAP_SUM, COUNT, RIVAL_MAP_SUM = range(3)

_CACHE_LINE = 64

# A sample of more numbers than this is drawn again for its second pass instead of stored (2 MB).
STORED_NUMBERS = 2**19


class Sample(NamedTuple):
    """Which sample is drawn: the random numbers' names begin with it."""

    seed: np.uint64
    number: np.uint64


class Segment(NamedTuple):
    """Where some of a block's coordinates lie."""

    block: int
    first_tile: int
    """Of the block."""
    tiles: int
    size: int
    """Coordinates; the rest of the last tile is padding."""
    place: int
    """Its number in the workspace's arrays."""


class Workspace(NamedTuple):
    """Arrays that every sample of a call overwrites."""

    segments: tuple[int, int]
    """Of the shared and of the distinct block."""
    stored: bool
    """Whether all numbers of a sample are."""
    numbers: Single4D
    """ζ and z by slot and place, (slots, places, 4, 256): all of a sample's, or a segment's of z, of ζ₁ and of one rival."""
    sums: Float3D
    """(blocks, labels, 3): Σζ₁ζ_j (not of the chosen label), Σζ_j², Σzζ_j (of rivals the first's only)."""
    factors: Float3D
    """(blocks, labels, 2): A_j, B_j; α and 0 of the chosen label."""
    input_factors: Float2D
    """(blocks, 2): Y and Y₂, the input's parts along ζ₁ and ζ₂."""
    map_sums: Float2D
    """(blocks, 3)."""
    label_lanes: Float3D
    """(labels, 3, 64): the running sums of a block that become ``sums``."""
    map_lanes: Float2D
    """(3, 64): those that become ``map_sums``."""
    highest: Float2D
    lowest: Float2D
    """(4, 256): the extremes of the rivals' scores on a segment."""
    words: Word2D
    """(4, 256): random words of a segment."""


def make_workspace(plan: Plan) -> Workspace:
    """Allocate a workspace for samples of a plan."""
    segments = -(-plan.sizes[SHARED] // SEGMENT), -(-plan.sizes[DISTINCT] // SEGMENT)
    slots, places = plan.drawn_labels + 1, sum(segments)
    stored = slots * places * SEGMENT <= STORED_NUMBERS
    if not stored:
        slots, places = min(slots, 3), 1
    shape = SEGMENT_TILES, TILE
    return Workspace(
        segments=segments,
        stored=stored,
        numbers=_aligned((slots, places, *shape), np.float32),
        sums=np.empty((BLOCKS, plan.drawn_labels, 3)),
        # A block without coordinates keeps these factors: garbage times its sums of 0 may be NaN.
        factors=np.zeros((BLOCKS, plan.drawn_labels, 2)),
        input_factors=np.zeros((BLOCKS, 2)),
        map_sums=np.empty((BLOCKS, 3)),
        label_lanes=_aligned((plan.drawn_labels, 3, LANES), np.float64),
        map_lanes=_aligned((3, LANES), np.float64),
        highest=_aligned(shape, np.float64),
        lowest=_aligned(shape, np.float64),
        words=_aligned(shape, np.uint32),
    )


def _aligned(shape: tuple[int, ...], kind: type) -> Any:
    """Return an array that begins where a cache line does: reads across two lines take twice as long."""
    size = math.prod(shape) * np.dtype(kind).itemsize
    memory = np.empty(size + _CACHE_LINE, dtype=np.uint8)
    skipped = -memory.ctypes.data % _CACHE_LINE
    return memory[skipped : skipped + size].view(kind).reshape(shape)


@scalar
def stream(slot: int, kind: int, block: int) -> np.uint64:
    """Number of a random stream."""
    return np.uint64(4 * slot + kind + block)


@scalar
def segment_of(plan: Plan, work: Workspace, block: int, index: int) -> Segment:
    """A block's segment; in the workspace the shared block's come first, or all in one place, one after the other."""
    size = min(SEGMENT, plan.sizes[block] - index * SEGMENT)
    before = work.segments[SHARED] if block == DISTINCT else 0
    return Segment(
        block=block,
        first_tile=index * SEGMENT_TILES,
        tiles=(size + TILE - 1) // TILE,
        size=size,
        place=before + index if work.stored else 0,
    )
