"""The source code that functions need: their definitions, with all that these use of the package."""

import ast
import inspect
import re
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from importlib import import_module
from itertools import groupby
from operator import itemgetter
from typing import Any, Self

_NO_CHECK = re.compile(r"[ \t]*# noqa:[^\n]*")


@dataclass(frozen=True, slots=True)
class Imported:
    """A name that a module imports: `name` of `module`, or if that is None, the module itself."""

    module: str
    name: str | None


@dataclass(frozen=True, slots=True)
class Definition:
    """A function or a constant at the top of a module, as it is written there."""

    source: str
    is_function: bool
    uses: frozenset[str]
    imports: frozenset[str]
    """The modules that it imports itself."""


@dataclass(frozen=True)
class _Module:
    """The definitions of a module in their order, by the names that they bind, and what it imports."""

    definitions: Mapping[str, Definition]
    imported: Mapping[str, Imported]

    @classmethod
    def of(cls, name: str) -> Self:
        source = inspect.getsource(import_module(name))
        lines, tree = source.splitlines(), ast.parse(source)
        imported = {bound: found for node in tree.body for bound, found in _imports(node)}
        defined = {bound: _definition(node, lines) for node in tree.body for bound in _bound(node)}
        return cls(defined, imported)


_module = cache(_Module.of)


class SourceCode:
    """The code of functions of a package, as a module that needs nothing of the package any more.

    Definitions are in an order in which they can be carried out.

    Raises:
        ValueError: two definitions that are needed have one name.
    """

    def __init__(self, functions: Iterable[Callable[..., Any]], *, package: str) -> None:
        self._package = package
        self._seen: set[tuple[str, str]] = set()
        self._by_name: dict[str, Definition] = {}
        self._imports: set[Imported] = set()
        for function in functions:
            self._add(function.__module__, function.__name__)

    def _add(self, module: str, name: str) -> None:
        """What is defined or imported under a name, after all that it uses; nothing for a local name."""
        if (module, name) in self._seen:
            return
        self._seen.add((module, name))
        found = _module(module)
        if imported := found.imported.get(name):
            self._add_imported(imported)
        elif definition := found.definitions.get(name):
            for used in sorted(definition.uses):
                self._add(module, used)
            if self._by_name.setdefault(name, definition) != definition:
                raise ValueError(f"two definitions are called {name}")

    def _add_imported(self, imported: Imported) -> None:
        if imported.name is not None and imported.module.partition(".")[0] == self._package:
            self._add(imported.module, imported.name)
        else:
            self._imports.add(imported)

    def packages(self) -> list[str]:
        """The packages that it imports, but for those of Python's own library."""
        modules = {each.module for each in self._imports}
        modules = modules.union(*(each.imports for each in self._by_name.values()))
        return sorted({module.partition(".")[0] for module in modules} - sys.stdlib_module_names)

    def __str__(self) -> str:
        return "\n".join((*self._import_lines(), *self._definition_lines())) + "\n"

    def _import_lines(self) -> Iterator[str]:
        yield from sorted(f"import {each.module}" for each in self._imports if each.name is None)
        from_each = sorted((each.module, each.name) for each in self._imports if each.name is not None)
        for module, names in groupby(from_each, key=itemgetter(0)):
            yield f"from {module} import {', '.join(name for _, name in names)}"

    def _definition_lines(self) -> Iterator[str]:
        after_function = True
        for each in dict.fromkeys(self._by_name.values()):
            yield "\n" if each.is_function or after_function else ""
            yield each.source
            after_function = each.is_function


def _imports(node: ast.stmt) -> Iterator[tuple[str, Imported]]:
    match node:
        case ast.Import(names=names):
            yield from ((each.name, Imported(each.name, None)) for each in names)
        case ast.ImportFrom(module=str(module), names=names):
            yield from ((each.name, Imported(module, each.name)) for each in names)


def _bound(node: ast.stmt) -> Iterator[str]:
    """The names that a definition binds."""
    match node:
        case ast.FunctionDef(name=name):
            yield name
        case ast.Assign(targets=targets):
            for target in targets:
                yield from (each.id for each in ast.walk(target) if isinstance(each, ast.Name))
        case ast.AnnAssign(target=ast.Name(id=name)):
            yield name


def _definition(node: ast.stmt, lines: list[str]) -> Definition:
    inside = list(ast.walk(node))
    modules = {found.module for each in inside if isinstance(each, ast.stmt) for _, found in _imports(each)}
    return Definition(
        _NO_CHECK.sub("", "\n".join(_lines_of(node, lines))),
        is_function=isinstance(node, ast.FunctionDef),
        uses=frozenset(each.id for each in inside if isinstance(each, ast.Name)),
        imports=frozenset(modules),
    )


def _lines_of(node: ast.stmt, lines: list[str]) -> list[str]:
    """The lines of a definition, with its decorators and the comment above it."""
    decorators = node.decorator_list if isinstance(node, ast.FunctionDef) else []
    start = min([node.lineno, *(each.lineno for each in decorators)]) - 1
    while start and lines[start - 1].startswith("#"):
        start -= 1
    return lines[start : node.end_lineno]
