"""The tests, whose processes share the processors.

A numerical library's threads wait for one another as if they had a processor each; two processes of two threads on two processors
take three times the processor time of two processes of one. It is read when NumPy is imported, so this stands before any import.
"""

import os

for _variable in ("OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "OMP_NUM_THREADS", "VECLIB_MAXIMUM_THREADS"):
    os.environ.setdefault(_variable, "1")
