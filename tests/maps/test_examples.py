"""The examples in docstrings say what comes out."""

import doctest
import importlib
import pkgutil

import pytest

from cgi_theory import maps

MODULES = [f"cgi_theory.maps.{module.name}" for module in pkgutil.iter_modules(maps.__path__)] + ["cgi_theory.streaming"]


@pytest.mark.parametrize("name", MODULES)
def test_examples(name):
    module = importlib.import_module(name)
    assert doctest.testmod(module).failed == 0


def test_public_functions_have_docstrings_that_say_their_errors():
    assert set(maps.__all__) == {name for name in dir(maps) if not name.startswith("_")}
    for name in maps.__all__:
        assert getattr(maps, name).__doc__, name
