"""The gradients of all labels of one input, in the precision in which the network gave them, and float64 sums of them.

A thousand labels of a photograph take 602 MB in float32; float64 numbers are made of some labels, or of some pixels, at a time.
They are in units of their own, in which squares stay in range.
"""

from collections.abc import Iterator

import numpy as np

from cgi_theory._arrays import Bool1D, Float1D, Float2D, Int1D, RealND
from cgi_theory._floating import unit_size
from cgi_theory.networks.network import Network, count_labels, gradients_by_input

# Numbers of a block in float64, 64 MB.
_BLOCK = 2**23


class ImageGradients:
    """An input with the gradients of all labels, and the chosen label.

    Attributes
    ----------
    image : ndarray, (d,)
        The input, in a unit of its own.
    label : int
        The chosen label.
    own : ndarray, (d,)
        Its gradient, in a unit of its own.
    lit : ndarray of bool, (d,)
        Where the input is not 0.
    """

    image: Float1D
    own: Float1D
    lit: Bool1D

    def __init__(self, gradients: RealND, image: RealND, label: int) -> None:
        self._gradients = gradients
        _, self._exponent = np.frexp(max(float(gradients.max(initial=0.0)), -float(gradients.min(initial=0.0))))
        self.label = label
        self.image, _ = unit_size(image.astype(np.float64))
        self.own, _ = unit_size(self._numbers(gradients[label]))
        self.lit = self.image != 0.0

    def blocks(self) -> Iterator[tuple[range, Float2D]]:
        """Yield labels and their gradients, (labels, d)."""
        n_labels, pixels = self._gradients.shape
        step = max(1, _BLOCK // pixels)
        for first in range(0, n_labels, step):
            labels = range(first, min(first + step, n_labels))
            yield labels, self._numbers(self._gradients[first : first + step])

    def gram(self) -> Float2D:
        """Return the inner products over lit pixels, (k, k)."""
        n_labels, pixels = self._gradients.shape
        total, step = np.zeros((n_labels, n_labels)), max(1, _BLOCK // n_labels)
        for first in range(0, pixels, step):
            part = self._numbers(self._gradients[:, first : first + step]) * self.lit[first : first + step]
            total += part @ part.T
        return total

    def _numbers(self, gradients: RealND) -> Float2D:
        numbers: Float2D = np.ldexp(gradients.astype(np.float64), -self._exponent)
        return numbers


def measurable(name: str, net: Network, inputs: RealND, chosen: Int1D) -> Iterator[ImageGradients]:
    """Yield each input with its gradients, or raise a ValueError in the name of what measures them."""
    if count_labels(net, inputs) < 2:
        raise ValueError(f"{name} needs two labels or more, and has one")
    for gradients, image, label in zip(gradients_by_input(net, inputs), inputs, chosen, strict=True):
        found = ImageGradients(gradients, image.ravel(), int(label))
        if found.own @ found.image == 0.0:
            raise ValueError(
                f"{name} needs two labels or more, and images on which the chosen label has scores that do not sum to zero"
            )
        yield found
