"""All that is compiled: draws of the random vectors of Section 3.1, and averages over them."""
