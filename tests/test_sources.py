"""Digests of sources change with what a module reaches, and with nothing else; libraries are those that it imports."""

import sys

import pytest

from cgi_theory._sources import _file_of, _imports, libraries, source_digest

PACKAGE = {
    "__init__.py": "",
    "uses.py": "import json\nimport numpy.typing\nfrom package_of_a_test import used\nfrom cgi_theory import exact\n",
    "used.py": "from package_of_a_test.inner.deep import value\n\ndef late():\n    import yaml\n",
    "apart.py": "import distributed\n",
    "inner/__init__.py": "",
    "inner/deep.py": "from . import sibling\nvalue = 1\n",
    "inner/sibling.py": "from ..other import name\n",
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
    for function in (source_digest, _imports, _file_of):
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


def test_libraries_are_what_is_imported_anywhere_in_what_is_reached(package):
    found = libraries("package_of_a_test.uses")
    assert {"numpy", "yaml", "scipy", "numba"} <= set(found)
    assert not {"json", "distributed", "cgi_theory", "package_of_a_test", "dataclasses"} & set(found)
    assert found == sorted(found)


def test_no_such_module():
    with pytest.raises(ValueError, match=r"not 'cgi_theory\.nothing'"):
        source_digest("cgi_theory.nothing")
