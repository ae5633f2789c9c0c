"""Tables of sweeps and experiments: their rows, and their files."""
