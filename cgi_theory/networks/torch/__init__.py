"""Networks of PyTorch: the only folder that imports torch (extra ``torch``)."""

from cgi_theory.networks.torch.network import TorchNetwork, UnknownShapeError

__all__ = ["TorchNetwork", "UnknownShapeError"]
