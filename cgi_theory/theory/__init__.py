"""Section 3.1 in closed form: NumPy and SciPy only."""
