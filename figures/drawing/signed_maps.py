"""Maps of images as the paper shows them: red speaks for the label, blue against it, white is zero."""

import numpy as np
import pandas as pd
from matplotlib.axes import Axes

from cgi_theory._arrays import Float2D

SIGNED = "bwr"


def image_of(rows: pd.DataFrame, column: str) -> Float2D:
    """Return a column of a square image's rows, one a pixel, as (side, side)."""
    values = rows.sort_values("pixel")[column].to_numpy()
    side = round(values.size**0.5)
    return values.reshape(side, side)


def draw_signed(axes: Axes, image: Float2D, scale: float) -> None:
    """Draw a map with the colours' ends at ±scale; pixels are not interpolated."""
    axes.imshow(image, cmap=SIGNED, vmin=-scale, vmax=scale, interpolation="nearest")
    _bare(axes)


def draw_absolute(axes: Axes, image: Float2D, scale: float) -> None:
    """Draw a map's absolute values in grey, black at ``scale``."""
    axes.imshow(np.abs(image), cmap="gray_r", vmin=0.0, vmax=scale, interpolation="nearest")
    _bare(axes)


def draw_input(axes: Axes, image: Float2D) -> None:
    """Draw an input in grey, black on white."""
    axes.imshow(image, cmap="gray_r", vmin=0.0, vmax=1.0, interpolation="nearest")
    _bare(axes)


def _bare(axes: Axes) -> None:
    axes.set_xticks([])
    axes.set_yticks([])
    for spine in axes.spines.values():
        spine.set_visible(True)
        spine.set_linewidth(0.5)
