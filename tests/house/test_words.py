"""Modules are named by their subject and say what they know; the project speaks of itself alone."""

import ast
import re
from pathlib import Path

import pytest

from tests.house.source import ROOT, Source, house

VAGUE = {"utils", "util", "helpers", "helper", "misc", "common"}
WRITTEN = {
    ".py",
    ".toml",
    ".html",
    ".css",
    ".md",
    ".txt",
    ".sh",
    ".cfg",
    ".svg",
    ".js",
    ".j2",
    ".yml",
    ".yaml",
    "",
}
PASSED_BY = {
    ".git",
    ".venv",
    "__pycache__",
    ".mypy_cache",
    ".ruff_cache",
    ".pytest_cache",
    ".hypothesis",
    "node_modules",
}
# Written in halves, so that this page does not find itself.
MARKS = [first + last for first, last in [("TO", "DO"), ("FIX", "ME"), ("XX", "X"), ("HA", "CK")]]
HOSTS = [
    f"{name}.{ending}"
    for name, ending in [
        ("pypi", "org"),
        ("pythonhosted", "org"),
        ("npmjs", "org"),
        ("npmjs", "com"),
        ("ghcr", "io"),
    ]
    + [("debian", "org"), ("ubuntu", "com"), ("docker", "io"), ("docker", "com"), ("quay", "io")]
]
LEFT_OVER = re.compile(rf"\b({'|'.join(MARKS)})\b")
REGISTRY = re.compile(rf"\b({'|'.join(map(re.escape, HOSTS))})\b", re.I)


def vague(source: Source) -> list[str]:
    return [module.name for module in source.modules if VAGUE & set(module.name.split("."))]


def silent(source: Source) -> list[str]:
    """Modules that do not say what they know; an empty __init__.py has nothing to say."""
    return [module.name for module in source.modules if module.tree.body and not ast.get_docstring(module.tree)]


def written(root: Path) -> list[Path]:
    """The text files of the project, without what is made or installed."""
    found, folders = [], [root]
    while folders:
        for path in sorted(folders.pop().iterdir()):
            if path.is_dir() and path.name not in PASSED_BY:
                folders.append(path)
            elif path.is_file() and path.suffix in WRITTEN and b"\0" not in path.read_bytes()[:1024]:
                found.append(path)
    return found


def loose_words(root: Path) -> list[str]:
    """Lines that leave work for later or name a host that packages come from."""
    return [
        f"{path.relative_to(root)}:{number}: {hit.group()}"
        for path in written(root)
        for number, line in enumerate(path.read_text("utf-8", "replace").splitlines(), 1)
        for hit in [LEFT_OVER.search(line) or REGISTRY.search(line)]
        if hit
    ]


def test_modules_are_named_by_their_subject(source):
    assert vague(source) == []


def test_every_module_says_what_it_knows(source):
    assert silent(source) == []


def test_the_project_speaks_of_itself_alone():
    assert len(written(ROOT)) > 20
    assert loose_words(ROOT) == []


def test_vague_and_silent_modules_are_found(tmp_path):
    bad = house(
        tmp_path,
        {"prom/web/utils.py": '"""Things."""', "prom/store/misc/x.py": "x = 1", "prom/web/__init__.py": ""},
    )
    assert vague(bad) == ["prom.store.misc.x", "prom.web.utils"]
    assert silent(bad) == ["prom.store.misc.x"]


@pytest.mark.parametrize(
    "line", [f"# {MARKS[0]}: later", f"x = 1  # {MARKS[1]}", f"--index-url https://{HOSTS[0]}/simple"]
)
def test_loose_words_are_found(tmp_path, line):
    (tmp_path / "a.py").write_text(line)
    (tmp_path / ".venv").mkdir()
    (tmp_path / ".venv" / "b.py").write_text(line)
    assert len(loose_words(tmp_path)) == 1
