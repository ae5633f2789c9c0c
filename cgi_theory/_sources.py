"""Digests of sources: what tells a result that this code made from one that other code made.

A result depends on a module and, through its imports, on others: on all that are reached by following import statements within
the package (and, for an experiment, within ``simulations``). Their bytes make the digest, so that a change of any of them makes
stored results out of date, and a change elsewhere doesn't. Imports are read from the text, so that nothing need be imported;
what a module imports by a computed name is not seen.
"""

import ast
import hashlib
import importlib.util
import sys
from collections.abc import Iterator
from functools import cache
from pathlib import Path

_PACKAGE = __name__.partition(".")[0]


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
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            origin = importlib.util.resolve_name("." * node.level + (node.module or ""), package)
            members = [f"{origin}.{alias.name}" for alias in node.names]
            yield from (member for member in members if _exists(member))
            if not all(map(_exists, members)):  # the package's own names, not only modules in it
                yield origin


def _exists(module: str) -> bool:
    return hasattr(sys.modules.get(module.partition(".")[0]), "__path__") and _file_of(module).exists()


@cache
def _file_of(module: str) -> Path:
    """Return where a module's source lies, if there is such a module."""
    top, *inner = module.split(".")
    path = Path(sys.modules[top].__path__[0]).joinpath(*inner)
    return path / "__init__.py" if path.is_dir() else path.with_name(f"{path.name}.py")
