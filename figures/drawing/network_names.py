"""Which networks a table shows, for titles."""

import pandas as pd

from simulations.experiment import ALEXNET, VGG
from simulations.lab.nets import TRAINED

_NAMES = {ALEXNET: "AlexNet", VGG: "VGG-19"}


def network_of(table: pd.DataFrame) -> str:
    """Return the name of a table's networks and a colon, or nothing for MLPs, which captions speak of."""
    parameters = table.attrs.get("sidecar", {}).get("parameters", {})
    architecture = parameters.get("networks", {}).get(TRAINED, {}).get("architecture")
    return f"{_NAMES[architecture]}: " if architecture in _NAMES else ""
