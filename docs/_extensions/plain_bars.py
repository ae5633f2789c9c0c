r"""Docstrings and captions as they are read in a terminal: ``|u|`` is a magnitude and ``*features`` are axes, not markup."""

import re

from sphinx.application import Sphinx

# What is left as it is: mathematics set apart, examples, code and roles.
_MARKUP = r"\.\. math::.*?(?=\n\S|\Z)|^ *>>>.*?$|``.*?``|(?::[\w:]+:)?`.*?`"
_BARE = r"(?P<bare>\||(?<![\w*])\*(?=\w[^\s*]*[,)\]]))"


def escaped(text: str) -> str:
    r"""Return reStructuredText in which bars, and stars before a name, stand for themselves."""
    return re.sub(
        rf"{_MARKUP}|{_BARE}",
        lambda found: rf"\{found['bare']}" if found["bare"] else found[0],
        text,
        flags=re.DOTALL | re.MULTILINE,
    )


def escape(app: Sphinx, what: str, name: str, obj: object, options: object, lines: list[str]) -> None:
    """Change a docstring's lines, as autodoc asks for."""
    lines[:] = escaped("\n".join(lines)).split("\n")


def setup(app: Sphinx) -> dict[str, bool]:
    """Tell Sphinx."""
    app.connect("autodoc-process-docstring", escape, priority=100)  # before numpydoc's
    return {"parallel_read_safe": True, "parallel_write_safe": True}
