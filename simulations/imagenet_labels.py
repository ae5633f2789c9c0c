"""A thousand labels on photographs: each one's logit, its sum of gradient ⊙ input, and the fraction of inputs that its map keeps.

A row is a photograph, a network in a state, and a label, of the table ``imagenet``.
"""

from simulations.lab.photograph_tables import table_of

EXPERIMENT = table_of("label")
