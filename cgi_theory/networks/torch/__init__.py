"""Networks of PyTorch: the only folder that imports torch (extra ``torch``)."""

import importlib.util

if importlib.util.find_spec("torch") is None:
    raise ImportError("networks of PyTorch need it: pip install 'cgi-theory[torch]'", name="torch")

from cgi_theory.networks.torch.network import TorchNetwork, UnknownShapeError

__all__ = ["TorchNetwork", "UnknownShapeError"]
