"""Networks that are no MLP: each sees images, and asks an MLP about them as vectors."""

import math

import numpy as np


class ImageNetwork:
    """An MLP whose inputs are images; its numbers are of the type it is told, and no array that it returns may be written to."""

    def __init__(self, net, input_shape, dtype=np.float64):
        self.net, self.input_shape, self.dtype = net, input_shape, dtype

    @property
    def n_labels(self):
        return self.net.n_labels

    def logits(self, x):
        return self._given(self.net.logits(self._vectors(x)))

    def input_gradients(self, x, labels=None):
        gradients = self.net.input_gradients(self._vectors(x), labels)
        return self._given(gradients.reshape(*gradients.shape[:2], *self.input_shape))

    def _vectors(self, x):
        return np.reshape(x, (len(x), math.prod(self.input_shape)))

    def _given(self, values):
        given = values.astype(self.dtype)
        given.flags.writeable = False
        return given.view()


class HookedNetwork(ImageNetwork):
    """One that takes inputs in its own type, and those that are wrapped."""

    def inputs(self, x):
        array = np.asarray(getattr(x, "wrapped", x), dtype=self.dtype)
        if array.shape[1:] != self.input_shape:
            raise ValueError(f"x must have shape (batch, {', '.join(map(str, self.input_shape))}), not {array.shape}")
        array.flags.writeable = False
        return array


class LayeredImageNetwork(ImageNetwork):
    """One whose layers have names."""

    @property
    def layer_names(self):
        return tuple(f"layer{name}" for name in self.net.layer_names)

    def with_random_layers(self, layers, *, seed, method):
        names = [name.removeprefix("layer") for name in layers]
        return LayeredImageNetwork(self.net.with_random_layers(names, seed=seed, method=method), self.input_shape)

    def towards(self, other, fraction):
        return LayeredImageNetwork(self.net.towards(other.net, fraction), self.input_shape)


class Wrapped:
    """Inputs that are no array of NumPy's."""

    def __init__(self, wrapped):
        self.wrapped = wrapped
