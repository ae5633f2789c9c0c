"""Maps of photographs: gradient ⊙ input and CGI of the predicted label, trained and with stages of the network re-initialised.

A row is a row of pixels of a map (:mod:`simulations.lab.pictures`), of the table ``imagenet``; of the first photograph there is
gradient ⊙ input of further labels, those with the highest logits. ``kept`` is what that network's CGI map keeps of all inputs.
"""

from simulations.lab.photograph_tables import table_of

EXPERIMENT = table_of("map")
