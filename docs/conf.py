"""How Sphinx builds these pages: ``python -m sphinx -W docs docs/_build``."""

import os
import sys
from pathlib import Path

_ROOT = Path(__file__).parents[1]
sys.path[:0] = [str(_ROOT), str(_ROOT / "docs")]
# Notebooks are run in folders of their own, and find the repository and its command all the same.
os.environ |= {
    "PYTHONPATH": os.pathsep.join([str(_ROOT), os.environ.get("PYTHONPATH", "")]),
    "PATH": os.pathsep.join([str(Path(sys.executable).parent), os.environ.get("PATH", "")]),  # where cgi-theory is
    "MATPLOTLIBRC": os.devnull,
}

import cgi_theory  # noqa: E402  found by the path above

project, author = "cgi-theory", "the authors of cgi-theory"
version = release = cgi_theory.__version__
extensions = [
    "myst_nb",
    "sphinx.ext.autodoc",
    "sphinx.ext.autosummary",
    "numpydoc",
    "_extensions.docstrings",
    "_extensions.gallery",
    "_extensions.mathml",
]
exclude_patterns = ["_build", "jupyter_execute"]
templates_path = ["_templates"]

myst_enable_extensions = ["dollarmath"]
myst_heading_anchors = 3
nb_execution_mode = "force"
nb_execution_raise_on_error = True
nb_execution_in_temp = True
nb_execution_timeout = 120
nb_merge_streams = True  # what a command prints arrives in pieces

autosummary_generate = True
autodoc_member_order = "bysource"
autodoc_default_options = {"members": True}
autodoc_typehints = "none"  # numpydoc's sections say the types, in words
numpydoc_validation_checks = {"PR02", "PR03", "GL06", "GL07"}  # parameters and sections as they are, in order
numpydoc_show_class_members = False
numpydoc_class_members_toctree = False

html_theme = "pydata_sphinx_theme"
html_title = "cgi-theory"
html_math_renderer = "mathml"
html_show_sourcelink = False
html_copy_source = False
html_static_path, html_css_files = ["_static"], ["pages.css"]
html_sidebars: dict[str, list[str]] = {"*": [], "tutorials/*": [], "how_to_add/*": []}  # which leaves room
html_theme_options = {"show_prev_next": False, "show_toc_level": 2, "secondary_sidebar_items": ["page-toc"]}
