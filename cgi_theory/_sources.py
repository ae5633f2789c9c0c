"""Digests of sources: what tells a result that this code made from one that other code made.

A result depends on a module and, through its imports, on others: on all that are reached by following import statements within
the package (and, for an experiment, within ``simulations``). Their bytes make the digest, so that a change of any of them makes
stored results out of date, and a change elsewhere doesn't. Imports are read from the text, so that nothing need be imported;
what a module imports by a computed name is not seen. A name that a package has from one of its modules leads to that module, and
not to all that the package offers.
"""

import ast
import hashlib
import importlib.util
import sys
from collections.abc import Iterable, Iterator
from functools import cache
from pathlib import Path

_PACKAGE = __name__.partition(".")[0]
# What a package may be asked for that decides no result, which says its version itself.
_SILENT = ("__version__",)


@cache
def source_digest(module: str) -> str:
    """Return a digest of the sources of a module and of what it imports of this package and its own.

    Parameters
    ----------
    module : str
        Its name, ``"cgi_theory.competition"`` say. Its top-level package must have been imported.

    Returns
    -------
    str
        24 hexadecimal digits.

    Raises
    ------
    ValueError
        If there is no such module.
    """
    digest = hashlib.sha256()
    for name in sorted(_reached(module)):
        content = _file_of(name).read_bytes()
        digest.update(f"{name} {len(content)} ".encode() + content)
    return digest.hexdigest()[:24]


def libraries(module: str) -> list[str]:
    """Return the packages that are neither ours nor Python's which a module and what it imports of ours import, by name."""
    reached = _reached(module)
    ours = {_PACKAGE, module.partition(".")[0]}
    found = {target.partition(".")[0] for name in reached for target in _imports(name)}
    return sorted(found - ours - sys.stdlib_module_names)


def _reached(module: str) -> set[str]:
    """Return a module and all that its imports lead to, by name."""
    tops = {_PACKAGE, module.partition(".")[0]}
    if not _exists(module):
        raise ValueError(f"module must be one of {' or '.join(sorted(tops))}, not {module!r}")
    found, left = set(), [module]
    while left:
        name = left.pop()
        if name not in found:
            found.add(name)
            left += [target for target in _imports(name) if target.partition(".")[0] in tops and _exists(target)]
    return found


@cache
def _imports(module: str) -> tuple[str, ...]:
    """Return the names that a module's import statements may mean; not all of them are modules."""
    path = _file_of(module)
    package = module if path.name == "__init__.py" else module.rpartition(".")[0]
    return tuple(_names(ast.parse(path.read_bytes()), package))


def _names(tree: ast.Module, package: str) -> Iterator[str]:
    ours = {_PACKAGE, package.partition(".")[0]}
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            for alias in node.names:
                if alias.name in ours:
                    yield from _origins(alias.name, _attributes(tree, alias.asname or alias.name))
                else:
                    yield alias.name
        elif isinstance(node, ast.ImportFrom):
            origin = _origin(node, package)
            ours_too = origin.partition(".")[0] in ours
            yield from _origins(origin, [alias.name for alias in node.names]) if ours_too else (origin,)


def _origin(node: ast.ImportFrom, package: str) -> str:
    return importlib.util.resolve_name("." * node.level + (node.module or ""), package)


def _attributes(tree: ast.Module, name: str) -> list[str]:
    """Return what a module asks of one that it knows by a name."""
    asked = (node for node in ast.walk(tree) if isinstance(node, ast.Attribute))
    return [node.attr for node in asked if isinstance(node.value, ast.Name) and node.value.id == name]


def _origins(module: str, names: Iterable[str]) -> Iterator[str]:
    """Yield the modules in which names of a module, or package, are at home."""
    for name in names:
        if _exists(f"{module}.{name}"):
            yield f"{module}.{name}"
        elif not _is_package(module) or (home := _passed_on(module).get(name)) is None:
            yield module
        elif home:
            yield from _origins(*home)


@cache
def _passed_on(package: str) -> dict[str, tuple[str, tuple[str]] | tuple[()]]:
    """Return what a package has from elsewhere: the module, and the name there; nothing of what says nothing of results."""
    nodes = ast.walk(ast.parse(_file_of(package).read_bytes()))
    imports = [(_origin(node, package), alias) for node in nodes if isinstance(node, ast.ImportFrom) for alias in node.names]
    return {alias.asname or alias.name: (origin, (alias.name,)) for origin, alias in imports} | dict.fromkeys(_SILENT, ())


def _is_package(module: str) -> bool:
    return _exists(module) and _file_of(module).name == "__init__.py"


def _exists(module: str) -> bool:
    return hasattr(sys.modules.get(module.partition(".")[0]), "__path__") and _file_of(module).exists()


@cache
def _file_of(module: str) -> Path:
    """Return where a module's source lies, if there is such a module."""
    top, *inner = module.split(".")
    path = Path(sys.modules[top].__path__[0]).joinpath(*inner)
    return path / "__init__.py" if path.is_dir() else path.with_name(f"{path.name}.py")
