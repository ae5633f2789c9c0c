"""How alike maps of photographs and the trained network's are: of randomised networks, of another trained one, and nulls.

A row is a photograph, what its map is compared with, a method and a grid (:mod:`simulations.lab.alike_maps`), of the table
``imagenet``. Correlations are over all pixels, or all cells of a grid on which maps of any resolution lie.
"""

from simulations.lab.photograph_tables import table_of

EXPERIMENT = table_of("similarity")
