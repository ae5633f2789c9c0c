"""The random vectors of Section 3.1: the model, its exact answers and its simulation."""
