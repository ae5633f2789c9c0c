"""Make the small pictures of docs/gallery from drawn figures: ``python docs/gallery/shrink.py results/figures/NAME.png ...``."""

import sys
from pathlib import Path

from PIL import Image

WIDTH, COLOURS = 1000, 64


def shrink(source: Path) -> Path:
    """Write a figure's small picture, and return where it lies."""
    picture = Image.open(source).convert("RGB")
    width = min(WIDTH, picture.width)
    small = picture.resize((width, picture.height * width // picture.width), Image.Resampling.LANCZOS)
    target = Path(__file__).parent / source.name
    small.quantize(COLOURS, dither=Image.Dither.NONE).save(target, optimize=True)
    return target


if __name__ == "__main__":
    for name in sys.argv[1:]:
        print(shrink(Path(name)))
