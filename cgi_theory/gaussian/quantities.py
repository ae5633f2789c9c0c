"""The quantities of Section 3.1, named once for the exact answer and for the estimate."""

from dataclasses import dataclass, fields
from typing import Generic, TypeVar

Number = TypeVar("Number")


@dataclass(frozen=True, kw_only=True)
class Quantities(Generic[Number]):
    """What competition leaves: the fields that ``exact`` and ``simulate`` both fill.

    Sums over a block are divided by its share of the logit: sδ on the shared block, (1 − s)δ on the distinct one.
    A quantity that has no meaning is NaN: those of a block without coordinates, and ``rival_shared`` where there is
    no rival or r = 0, ``rival_c1`` and ``rival_c2`` where the model has no ``rival_logit``.

    Attributes
    ----------
    c1, c2
        c₁ and c₂: the chosen label's logit that its map retains on the shared and on the distinct block.
    kept_shared, kept_distinct
        Fraction of the block's coordinates on which the map is not zero. Of the coordinates that carry the label's
        gradient (its support) it is this divided by ρ.
    chosen_shared
        (h₁, 0)·x / (sδ), without competition.
    rival_shared
        (h₂, 0)·x / (rsδ), without competition.
    c1_sd, c2_sd
        Standard deviation of c₁ and c₂ over draws of a single map.
    rival_c1, rival_c2
        What the first rival's own map retains on the shared and on the distinct block: Algorithm 1 with that rival as the
        chosen label, in the units of c₁ and c₂ (sδ and (1 − s)δ, not the rival's own logit).
    """

    c1: Number
    c2: Number
    kept_shared: Number
    kept_distinct: Number
    chosen_shared: Number
    rival_shared: Number
    c1_sd: Number
    c2_sd: Number
    rival_c1: Number
    rival_c2: Number


NAMES = tuple(field.name for field in fields(Quantities))
