"""What is measured on a sample, column by column: named once for kernels, summaries and stores.

Sums are over a block's coordinates and not yet divided by its share of the logit. A column without meaning is NaN.
"""

NAMES = (
    "map_shared",  # the sum of the chosen label's map, or its mean given the gradients
    "map_distinct",
    "kept_shared",  # the fraction of the coordinates that it won
    "kept_distinct",
    "map_variance_shared",  # the variance of the sum given the gradients, where the estimator averages it out; else 0
    "map_variance_distinct",
    "chosen_shared",  # (h₁, 0)·x
    "rival_shared",  # (h₂, 0)·x
    "rival_map_shared",  # the sum of the first rival's own map, where that has a logit of its own
    "rival_map_distinct",
)


def _of_both_blocks(name: str) -> tuple[int, int]:
    return NAMES.index(f"{name}_shared"), NAMES.index(f"{name}_distinct")


MAP, KEPT, MAP_VARIANCE, RIVAL_MAP = map(_of_both_blocks, ("map", "kept", "map_variance", "rival_map"))
CHOSEN_SHARED, RIVAL_SHARED = NAMES.index("chosen_shared"), NAMES.index("rival_shared")
