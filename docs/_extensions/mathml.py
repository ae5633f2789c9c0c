"""Mathematics as MathML, which browsers draw themselves: pages need neither a script nor the network."""

import re

from docutils import nodes
from docutils.utils.math import MathError
from docutils.utils.math.latex2mathml import tex2mathml
from sphinx.application import Sphinx
from sphinx.util import logging
from sphinx.util.math import get_node_equation_number
from sphinx.writers.html5 import HTML5Translator

_LOGGER = logging.getLogger(__name__)
# What docutils reads in another way, or not at all, and how it reads the same.
_OTHER_WORDS = {
    r"\\([bB]igg?)(?![a-zA-Z])": r"\\\1l",
    r"\\dots(?![a-zA-Z])": r"\\ldots",
    r"\\([dt]?frac)(\d)(\d)": r"\\\1{\2}{\3}",
}


def visit_math(writer: HTML5Translator, node: nodes.math) -> None:
    """Write what stands in a line of text."""
    writer.body.append(_mathml(node))
    raise nodes.SkipNode


def visit_display(writer: HTML5Translator, node: nodes.math_block) -> None:
    """Write what stands by itself, with its number if it has one."""
    number = f'<span class="eqno">({get_node_equation_number(writer, node)})</span>' if node["number"] else ""
    writer.body.append(f"{writer.starttag(node, 'div', CLASS='math')}{number}{_mathml(node, as_block=True)}</div>")
    raise nodes.SkipNode


def _mathml(node: nodes.Element, as_block: bool = False) -> str:
    text = node.astext()
    for word, other in _OTHER_WORDS.items():
        text = re.sub(word, other, text)
    try:
        mathml: str = tex2mathml(text, as_block=as_block)
    except MathError as error:
        _LOGGER.warning("docutils has no MathML for this: %s %s", error, text, location=node)
        return ""
    return mathml


def setup(app: Sphinx) -> dict[str, bool]:
    """Tell Sphinx."""
    app.add_html_math_renderer("mathml", inline_renderers=(visit_math, None), block_renderers=(visit_display, None))
    return {"parallel_read_safe": True, "parallel_write_safe": True}
