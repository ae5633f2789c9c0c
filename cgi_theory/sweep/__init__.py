"""Grids of models: described, run anywhere, stored batch by batch, resumed, and read back as one table."""

from cgi_theory.sweep.run import ExecutorError, run
from cgi_theory.sweep.specification import Sweep
from cgi_theory.sweep.store import RefusedStoreError, StoreError
from cgi_theory.tables.files import RefusedTableError, load
from cgi_theory.tables.grids import SweepFrame

__all__ = ["ExecutorError", "RefusedStoreError", "RefusedTableError", "StoreError", "Sweep", "SweepFrame", "load", "run"]
