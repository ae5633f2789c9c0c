"""A user's own photographs: the PNG and JPEG files of a folder, hostile until read."""

import hashlib
import io
import warnings
from pathlib import Path

import numpy as np

from cgi_theory._arrays import ByteND
from cgi_theory._files import in_words, read_file
from simulations.lab.photographs import needed

_FORMATS = {".png": "PNG", ".jpg": "JPEG", ".jpeg": "JPEG"}
_MODES = ("L", "RGB", "CMYK")  # Pillow's names: grey, colours, and those of printers
_MOST_FILES, _MOST_BYTES, _MOST_PIXELS, _SHORTEST = 100, 2**26, 2**26, 32


def digests_of(folder: Path) -> dict[str, str]:
    """Return the photographs of a folder, by the names of their files in their order, with digests of what they hold.

    Raises
    ------
    OSError
        If something cannot be read.
    ValueError
        If there is no photograph, there are too many, or one is damaged or too large or small: in one line, naming it.
    """
    files = sorted(path for path in folder.iterdir() if path.suffix.lower() in _FORMATS)
    if not 0 < len(files) <= _MOST_FILES:
        raise ValueError(f"{folder} must hold from 1 to {_MOST_FILES} photographs (PNG or JPEG), not {len(files)}")
    return {path.name: hashlib.sha256(photograph(path).tobytes()).hexdigest() for path in files}


def photograph(path: Path) -> ByteND:
    """Return a photograph, (height, width, 3); errors are those of ``digests_of``."""
    content = read_file(path, _MOST_BYTES)
    with needed():
        from PIL import Image, ImageOps  # noqa: PLC0415  an optional library
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error")  # as of a picture that claims to have very many pixels
            with Image.open(io.BytesIO(content), formats=[_FORMATS[path.suffix.lower()]]) as image:
                size = image.size
                if image.mode not in _MODES:
                    raise ValueError(f"its pixels are of the kind {image.mode}, not of 8 bits without transparency")
                if size[0] * size[1] <= _MOST_PIXELS and min(size) >= _SHORTEST:
                    return np.array(ImageOps.exif_transpose(image).convert("RGB"))
    except Image.UnidentifiedImageError:
        raise ValueError(f"{path} is not a photograph that can be read: it is no {_FORMATS[path.suffix.lower()]}") from None
    except Exception as error:  # whatever a decoder raises at bytes that a stranger wrote
        words = in_words(error) if isinstance(error, OSError) else str(error)
        raise ValueError(f"{path} is not a photograph that can be read: {' '.join(words.split())}") from None
    raise ValueError(f"{path} must have sides from {_SHORTEST} and at most {_MOST_PIXELS} pixels, not {size[0]} × {size[1]}")
