"""Which kinds of text the service can queue, found by walking its source from every call of the store's `queue`."""

import ast
from collections.abc import Iterator

from tests.house.source import Module, Source

QUEUE = "prom.store.messages.queue"
_Function = ast.FunctionDef | ast.AsyncFunctionDef


class Kinds:
    """found: the (module, kind) pairs of a house, who can queue what; "" for a kind that the source does not show."""

    def __init__(self, source: Source):
        self.modules = {module.name: module for module in source.modules}
        self.found = {
            pair
            for module, call in self._calls(QUEUE)
            for pair in self._values(module, call, self._argument(call, "kind", None))
        }

    def _calls(self, dotted: str) -> Iterator[tuple[Module, ast.Call]]:
        """Every call of a function, given as module and name, wherever it stands."""
        for module in self.modules.values():
            own = module.meanings
            for node in module.nodes:
                if isinstance(node, ast.Call):
                    name = own.get(node.func, "")
                    if name == dotted or f"{module.name}.{name}" == dotted:
                        yield module, node

    def _values(self, module: Module, at: ast.AST, node: ast.expr | None) -> set[tuple[str, str]]:
        """The strings that an expression can be, each with the module that gives it to the functions on its way;
        "" where that is not to be seen."""
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            return {(module.name, node.value)}
        if isinstance(node, ast.IfExp):
            return self._values(module, at, node.body) | self._values(module, at, node.orelse)
        function = self._function_of(module, at)
        if isinstance(node, ast.Name) and function and node.id in _parameters(function):
            return self._given(module, function, node.id)
        if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) and function:
            made_by = _annotation(function, node.value.id)
            if made_by:
                made = self._made(module.meanings.get(made_by, ""), node.attr)
                return {(module.name, value) for _, value in made}
        if isinstance(node, ast.Name | ast.Attribute):
            found = self._constant(module, module.meanings.get(node, ""))
            return {(module.name, value) for _, value in found}
        return {(module.name, "")}

    def _given(self, module: Module, function: _Function, name: str) -> set[tuple[str, str]]:
        """What the callers of a function give it under a name."""
        place = _parameters(function).index(name)
        values = [
            self._values(where, call, self._argument(call, name, place))
            for where, call in self._calls(f"{module.name}.{function.name}")
        ]
        return set().union(*values) if values else {(module.name, "")}

    def _made(self, cls: str, field: str) -> set[tuple[str, str]]:
        """What a field of a dataclass is made with, wherever one is made; the field stands first in it, or is named."""
        values = [self._values(where, call, self._argument(call, field, 0)) for where, call in self._calls(cls)]
        return set().union(*values) if values else {(cls, "")}

    def _constant(self, module: Module, dotted: str) -> set[tuple[str, str]]:
        home, _, name = dotted.rpartition(".")
        where = self.modules.get(home or module.name)
        for node in where.tree.body if where else ():
            if isinstance(node, ast.Assign) and any(getattr(each, "id", "") == name for each in node.targets):
                return self._values(where, node, node.value)
        return {(module.name, "")}

    @staticmethod
    def _argument(call: ast.Call, name: str, place: int | None) -> ast.expr | None:
        named = next((each.value for each in call.keywords if each.arg == name), None)
        return named or (call.args[place] if place is not None and place < len(call.args) else None)

    @staticmethod
    def _function_of(module: Module, at: ast.AST) -> _Function | None:
        """The innermost function that a node stands in."""
        first, last = at.lineno, at.end_lineno
        functions = [each for each in module.nodes if isinstance(each, _Function)]
        around = [each for each in functions if each.lineno <= first and last <= each.end_lineno]
        return around[-1] if around else None


def _parameters(function: _Function) -> list[str]:
    given = function.args
    return [each.arg for each in (*given.posonlyargs, *given.args, *given.kwonlyargs)]


def _annotation(function: _Function, name: str) -> ast.expr | None:
    given = function.args
    return next((each.annotation for each in (*given.args, *given.kwonlyargs) if each.arg == name), None)
