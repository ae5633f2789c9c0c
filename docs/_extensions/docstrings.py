r"""Docstrings and captions as they are read in a terminal: ``|u|`` is a magnitude, ``*features`` are axes, (4) an equation.

That is, the first two are no markup, and the third, behind the name of paper_notes.md, becomes a link. And a name
that several modules have is documented in one.
"""

import re

from sphinx.application import Sphinx

# What is left as it is: mathematics set apart, examples, code and roles.
_MARKUP = r"\.\. math::.*?(?=\n\S|\Z)|^ *>>>.*?$|``.*?``|(?::[\w:]+:)?`.*?`"
_BARE = r"(?P<bare>(?<!\\)\||(?<![\w*\\])\*(?=\w[^\s*]*[,)\]]))"
_CITED = r"(?<=paper_notes\.md: )(?:\(\d+\)(?:, )?)+"


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
    text = re.sub(_CITED, lambda found: re.sub(r"\((\d+)\)", r":eq:`\1`", found[0]), escaped("\n".join(lines)))
    lines[:] = text.split("\n")


def skip(app: Sphinx, what: str, name: str, obj: object, skipped: bool, options: object) -> bool | None:
    """Leave a name that a module passes on to its home, if that is public: each is documented once."""
    home, here = getattr(obj, "__module__", None), app.env.current_document.autodoc_module
    is_passed_on = what == "module" and home is not None and home != here and not re.search(r"(^|\.)_", home)
    return True if is_passed_on else None


def setup(app: Sphinx) -> dict[str, bool]:
    """Tell Sphinx."""
    app.connect("autodoc-process-docstring", escape, priority=100)  # before numpydoc's
    app.connect("autodoc-skip-member", skip)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
