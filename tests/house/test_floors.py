"""Five floors: a module imports from the floors below its own and from its own room, nothing else."""

import ast

import pytest

from tests.house.source import Module, Source, house, ours, under

FLOORS = {
    "app": 5,
    "prom.web": 4,
    "scheduler": 4,
    "prom.demo": 4,
    "prom.commands": 4,
    "prom.actions": 3,
    "prom.report": 3,
    "prom.store": 2,
    "prom.sms": 2,
    "prom.rules": 1,
}
BESIDE = ("prom.settings", "prom.errors", "prom.clock", "prom.keys")
FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda)


def room(name: str) -> str | None:
    """The room a dotted name stands in; None for what is in no room of the house."""
    return next((place for place in (*FLOORS, *BESIDE) if under(name, place)), None)


def may_import(module: Module, name: str) -> bool:
    """Whether the walls let a module import this name of ours."""
    here, there = room(module.name), room(name)
    if there is None or here is None:
        return False
    if here == there:
        return True
    if here in BESIDE or here == "prom.rules":
        return there == "prom.errors" and here != "prom.errors"
    if module.name.endswith(".__main__") and there == "app":
        return True  # the door of a process (python -m ...): what it starts is what app.py has joined
    return there in BESIDE or FLOORS[there] < FLOORS[here]


def crossings(source: Source) -> list[str]:
    return [
        module.at(statement, f"imports {name}")
        for module in source.modules
        for statement, name in module.imports()
        if ours(name) and not may_import(module, name)
    ]


def homeless(source: Source) -> list[str]:
    return [module.name for module in source.modules if room(module.name) is None and module.name != "prom"]


def hidden_imports(source: Source) -> list[str]:
    """Imports inside a function, and imports by a name made up at run time."""
    found = []
    for module in source.modules:
        inside = {
            id(node): node
            for function in module.nodes
            if isinstance(function, FUNCTIONS)
            for node in ast.walk(function)
            if isinstance(node, (ast.Import, ast.ImportFrom))
        }
        found += [module.at(node, "import inside a function") for node in inside.values()]
        found += [
            module.at(call, f"calls {name}") for call, name in module.calls() if name in ("__import__", "import_module")
        ]
    return found


def test_imports_go_down_only(source):
    assert len(source.modules) > 4
    assert crossings(source) == []


def test_every_module_stands_in_a_room(source):
    assert homeless(source) == []


def test_no_import_hides_in_a_function(source):
    assert hidden_imports(source) == []


@pytest.mark.parametrize(
    "where, line",
    [
        ("prom/rules/alerts.py", "from prom.store import visits"),
        ("prom/rules/alerts.py", "from prom import settings"),
        ("prom/rules/alerts.py", "import prom.clock"),
        ("prom/store/visits.py", "from prom.actions.enrol import enrol"),
        ("prom/store/visits.py", "from prom.sms import gateway"),
        ("prom/store/visits.py", "from ..sms import gateway"),
        ("prom/actions/enrol.py", "from prom.web import guards"),
        ("prom/actions/enrol.py", "from prom.report import flow"),
        ("prom/web/survey.py", "import scheduler"),
        ("prom/web/survey.py", "from prom.demo import people"),
        ("prom/web/survey.py", "from app import create_app"),
        ("prom/web/survey.py", "from tests import study"),
        ("prom/demo/people.py", "from prom.web import survey"),
        ("scheduler/__init__.py", "from app import create_app"),
        ("prom/keys.py", "from prom.settings import Settings"),
        ("prom/errors.py", "from prom.rules import texts"),
        ("prom/clock.py", "import prom"),
    ],
)
def test_a_crossing_is_found(tmp_path, where, line):
    assert len(crossings(house(tmp_path, {where: line}))) == 1


@pytest.mark.parametrize(
    "where, line",
    [
        ("app.py", "from prom.web import survey\nimport scheduler\nfrom prom import demo, commands"),
        (
            "prom/web/survey.py",
            "from prom.actions import answer\nfrom prom.store import visits\nfrom . import guards",
        ),
        (
            "prom/actions/enrol.py",
            "from prom.sms.gateway import Gateway\nfrom .visits import plan\nfrom prom import keys",
        ),
        ("prom/rules/alerts.py", "from prom.errors import StudyFault\nfrom .visit import Visit"),
        ("prom/demo/__main__.py", "from app import create_app"),
    ],
)
def test_the_way_down_is_free(tmp_path, where, line):
    assert crossings(house(tmp_path, {where: line})) == []


def test_a_homeless_module_and_a_hidden_import_are_found(tmp_path):
    bad = house(tmp_path, {"prom/things.py": "def f():\n    import json\n    return __import__('json')"})
    assert homeless(bad) == ["prom.things"]
    assert len(hidden_imports(bad)) == 2
