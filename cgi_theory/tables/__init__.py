"""Tables of sweeps and experiments: their rows, and their files."""

MOST_POINTS = 100_000
"""Of a sweep's grid."""
