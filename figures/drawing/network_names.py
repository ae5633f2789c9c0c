"""Which networks a table shows, for titles."""

import pandas as pd

from simulations.claims import NETWORKS
from simulations.experiment import MLPS
from simulations.lab.nets import TRAINED


def network_of(table: pd.DataFrame) -> str:
    """Return the name of a table's networks and a colon, or nothing for MLPs, which captions speak of."""
    parameters = table.attrs.get("sidecar", {}).get("parameters", {})
    architecture = parameters.get("networks", {}).get(TRAINED, {}).get("architecture")
    return f"{NETWORKS[architecture]}: " if architecture in NETWORKS and architecture != MLPS else ""
