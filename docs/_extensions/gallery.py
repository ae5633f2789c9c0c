"""The gallery: every figure of ``figures/registry.py`` with its picture, its caption, and the command that draws it."""

from pathlib import Path

from docutils import nodes
from docutils.statemachine import StringList
from sphinx.application import Sphinx
from sphinx.util.docutils import SphinxDirective

from _extensions.docstrings import escaped
from figures.drawing.figure_of import FigureOf
from figures.registry import FIGURES

DOCS = Path(__file__).parents[1]
FOLDERS = ("", "imagenet", "gallery")


def picture_of(name: str) -> str:
    """Return where a figure's picture lies in docs.

    Raises
    ------
    FileNotFoundError
        If there is none, saying how one is made.
    """
    for folder in FOLDERS:
        if (DOCS / folder / f"{name}.png").exists():
            return str(Path("/", folder, f"{name}.png"))
    raise FileNotFoundError(f"no picture of {name}: python -m figures {name}, then python docs/gallery/shrink.py")


class Gallery(SphinxDirective):
    """All figures, a section each."""

    def run(self) -> list[nodes.Node]:
        """Return the sections."""
        return [self._section(figure) for figure in FIGURES.values()]

    def _section(self, figure: FigureOf) -> nodes.section:
        section = nodes.section("", nodes.title("", figure.name.replace("_", " ")), ids=[nodes.make_id(figure.name)])
        lines = [
            f".. image:: {picture_of(figure.name)}",
            f"   :alt: {figure.name}",
            "",
            *escaped(figure.caption).splitlines(),
            "",
            "::",
            "",
            f"    python -m figures {figure.name}",
        ]
        self.state.nested_parse(StringList(lines, source=f"the caption of {figure.name}"), 0, section)
        return section


def setup(app: Sphinx) -> dict[str, bool]:
    """Tell Sphinx."""
    app.add_directive("gallery", Gallery)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
