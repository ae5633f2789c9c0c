"""What competition among a thousand labels keeps of the predicted one on photographs, measured and predicted.

A row is a photograph and a network in a state, of the table ``imagenet``; columns are those of
:mod:`simulations.lab.competing_labels` and, of the trained network, of :mod:`simulations.lab.by_region`.
"""

from simulations.lab.photograph_tables import table_of

EXPERIMENT = table_of("network")
