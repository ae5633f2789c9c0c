"""Digests of sources change with what a module reaches, and with nothing else; libraries are those that it imports."""

import sys

import pytest

from cgi_theory._sources import _file_of, _imports, _passed_on, libraries, source_digest

PACKAGE = {
    "__init__.py": "if False:\n    from .apart import far\n    from .given import near, nearer as nearest\n__version__ = '1'\n",
    "uses.py": "import json\nimport numpy.typing\nfrom package_of_a_test import used, near\nfrom cgi_theory import exact\n",
    "given.py": "import yaml\nnear = nearer = 1\n",
    "used.py": "from package_of_a_test.inner.deep import value\n\ndef late():\n    import yaml\n",
    "apart.py": "import distributed\n",
    "inner/__init__.py": "",
    "inner/deep.py": "from . import sibling\nvalue = 1\n",
    "inner/sibling.py": "from ..other import name\nimport package_of_a_test as p\nprint(p.__version__, p.nearest)\n",
    "other.py": "name = 1\n",
}


@pytest.fixture
def package(tmp_path, monkeypatch):
    folder = tmp_path / "package_of_a_test"
    for name, text in PACKAGE.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text)
    monkeypatch.syspath_prepend(tmp_path)
    __import__("package_of_a_test")
    yield folder
    del sys.modules["package_of_a_test"]
    forget()


def forget():
    for function in (source_digest, _imports, _passed_on, _file_of):
        function.cache_clear()


def digest():
    forget()
    return source_digest("package_of_a_test.uses")


@pytest.mark.parametrize("name", [name for name in PACKAGE if name not in ("apart.py",)])
def test_a_change_of_what_is_reached_changes_the_digest(package, name):
    before = digest()
    assert digest() == before
    (package / name).write_text(PACKAGE[name] + "# changed\n")
    changed = digest()
    assert (changed == before) == (name in ("__init__.py", "inner/__init__.py"))


def test_a_change_elsewhere_does_not(package):
    before = digest()
    (package / "apart.py").write_text("import numpy\n")
    assert digest() == before


@pytest.mark.parametrize(
    ("line", "leads"),
    [
        ("from package_of_a_test import far", True),
        ("import package_of_a_test as p; p.far", True),
        ("import package_of_a_test.apart", True),
        ("from package_of_a_test import nothing_it_has", True),  # whatever it is
        ("from package_of_a_test import __version__", False),
        ("import package_of_a_test as p; p.nearest", False),
    ],
)
def test_a_name_leads_to_the_module_that_a_package_has_it_from(package, line, leads):
    (package / "uses.py").write_text(line + "\n")
    forget()
    assert ("distributed" in libraries("package_of_a_test.uses")) == leads


def test_libraries_are_what_is_imported_anywhere_in_what_is_reached(package):
    found = libraries("package_of_a_test.uses")
    assert {"numpy", "yaml", "scipy"} <= set(found)
    assert not {"json", "distributed", "numba", "cgi_theory", "package_of_a_test", "dataclasses"} & set(found)
    assert found == sorted(found)


def test_no_such_module():
    with pytest.raises(ValueError, match=r"not 'cgi_theory\.nothing'"):
        source_digest("cgi_theory.nothing")
