"""Reads the source of the service as trees, for the tests that hold its walls.

Each wall is a function of a folder (a Source) that returns its breaches as lines; so every test
can be shown a small bad house in a temporary folder and must find the breach there.
"""

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

ROOT = Path(__file__).parents[2]
OURS = ("app", "prom", "scheduler", "tests", "bench")


@dataclass(frozen=True)
class Module:
    """One module: its dotted name, where it stands, its text."""

    name: str
    path: Path
    text: str

    @cached_property
    def tree(self) -> ast.Module:
        return ast.parse(self.text, str(self.path))

    @cached_property
    def nodes(self) -> list[ast.AST]:
        return list(ast.walk(self.tree))

    @property
    def package(self) -> str:
        return self.name if self.path.name == "__init__.py" else self.name.rpartition(".")[0]

    def within(self, *rooms: str) -> bool:
        """Whether this module is one of the rooms or stands inside one."""
        return any(under(self.name, room) for room in rooms)

    def at(self, node: ast.AST, words: str) -> str:
        return f"{self.name}:{getattr(node, 'lineno', 1)}: {words}"

    def imports(self) -> Iterator[tuple[ast.stmt, str]]:
        """(statement, dotted name) of everything imported; `from a import b` is a.b."""
        for node in self.nodes:
            if isinstance(node, ast.Import):
                yield from ((node, alias.name) for alias in node.names)
            elif isinstance(node, ast.ImportFrom):
                base = self._base(node)
                yield from ((node, f"{base}.{alias.name}") for alias in node.names)

    def _base(self, node: ast.ImportFrom) -> str:
        if not node.level:
            return node.module or ""
        parts = self.package.split(".")
        parents = parts[: len(parts) - node.level + 1]
        return ".".join([*parents, *([node.module] if node.module else [])])

    def strings(self) -> Iterator[tuple[ast.AST, str]]:
        """(node, text) of every string but docstrings; the holes of an f-string read {}."""
        skipped = self._docstrings()
        for node in self.nodes:
            if isinstance(node, ast.JoinedStr):
                skipped.update(id(part) for part in node.values)
                yield (
                    node,
                    "".join(
                        str(getattr(part, "value", "{}")) if isinstance(part, ast.Constant) else "{}"
                        for part in node.values
                    ),
                )
        for node in self.nodes:
            if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in skipped:
                yield node, node.value

    def _docstrings(self) -> set[int]:
        bodies = [
            node.body
            for node in self.nodes
            if isinstance(node, (ast.Module, ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef))
        ]
        return {
            id(body[0].value)
            for body in bodies
            if body and isinstance(body[0], ast.Expr) and isinstance(body[0].value, ast.Constant)
        }

    def names(self) -> Iterator[tuple[ast.AST, str]]:
        """(node, dotted name) of each name used, followed back through the module's imports:
        after `from datetime import datetime as dt`, dt.now reads datetime.datetime.now."""
        known = {}
        for node in self.nodes:
            if isinstance(node, ast.Import):
                for alias in node.names:
                    first = alias.name.partition(".")[0]
                    known[alias.asname or first] = alias.name if alias.asname else first
            elif isinstance(node, ast.ImportFrom):
                known |= {alias.asname or alias.name: f"{self._base(node)}.{alias.name}" for alias in node.names}
        for node in self.nodes:
            dotted = _dotted(node)
            if dotted:
                first, dot, rest = dotted.partition(".")
                yield node, known.get(first, first) + dot + rest

    @cached_property
    def meanings(self) -> dict[ast.AST, str]:
        """The names of `names` by their node."""
        return dict(self.names())

    def calls(self) -> Iterator[tuple[ast.Call, str]]:
        """(call, last name): db.execute(...) is execute, open(...) is open."""
        for node in self.nodes:
            if isinstance(node, ast.Call):
                yield node, getattr(node.func, "attr", getattr(node.func, "id", ""))


class Source:
    """The service's own modules in a folder: app.py, prom/, scheduler/."""

    def __init__(self, root: Path):
        self.root = root

    @cached_property
    def modules(self) -> list[Module]:
        paths = [
            self.root / "app.py",
            *sorted((self.root / "prom").rglob("*.py")),
            *sorted((self.root / "scheduler").rglob("*.py")),
        ]
        return [Module(self._name(path), path, path.read_text("utf-8")) for path in paths if path.is_file()]

    def _name(self, path: Path) -> str:
        parts = path.relative_to(self.root).with_suffix("").parts
        return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def under(name: str, prefix: str) -> bool:
    """Whether a dotted name is the prefix or stands below it."""
    return name == prefix or name.startswith(prefix + ".")


def ours(name: str) -> bool:
    return name.partition(".")[0] in OURS


def house(folder: Path, files: dict[str, str]) -> Source:
    """A small made-up house: {"prom/web/x.py": "import socket"}."""
    for name, text in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, "utf-8")
    return Source(folder)


def _dotted(node: ast.AST) -> str:
    if isinstance(node, ast.Name):
        return node.id
    if isinstance(node, ast.Attribute):
        base = _dotted(node.value)
        return f"{base}.{node.attr}" if base else ""
    return ""
