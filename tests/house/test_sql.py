"""SQL stands in prom/store only, and tables are made by its migrations only."""

import ast
import re

import pytest

from tests.house.source import Module, Source, house

STATEMENT = re.compile(
    r"""\s*(?:
        select\s.+\sfrom\s
      | insert\s+(or\s+\w+\s+)?into\s
      | replace\s+into\s
      | update\s+\w+\s+set\s
      | delete\s+from\s
      | with\s+(recursive\s+)?\w+\s*(\([^)]*\)\s*)?as\s*(not\s+)?(materialized\s*)?\(
      | create\s+(temp\s+)?(table|view|trigger|(unique\s+)?index)\s
      | drop\s+(table|view|trigger|index)\s
      | alter\s+table\s
      | pragma\s+\w+
      | begin\s+(immediate|exclusive|deferred)
      | vacuum(\s+into)?\s*$
      | savepoint\s
    )""",
    re.X | re.S,
)
MAKES_A_TABLE = re.compile(r"\bcreate\s+(temp\s+|temporary\s+|virtual\s+)*table\b", re.I)
ASKS = ("execute", "executemany", "executescript", "query", "commit", "rollback")
BY_TABLE = (
    "insert",
    "insert_all",
    "upsert",
    "upsert_all",
    "delete_where",
    "rows_where",
    "lookup",
    "create",
    "transform",
    "add_column",
)
SHAPES = (
    "create_table",
    "create_view",
    "transform",
    "add_column",
    "add_foreign_key",
    "create_index",
    "enable_fts",
)


def is_sql(text: str) -> bool:
    """Whether a string reads as a statement; prose ("Select a date from the list") does not."""
    word = text.split(None, 1)[0] if text.split() else ""
    return (word.islower() or word.isupper()) and bool(STATEMENT.match(text.lower()))


def sql_outside_the_store(source: Source) -> list[str]:
    found = []
    for module in source.modules:
        if module.within("prom.store"):
            continue
        found += [module.at(node, "SQL") for node, text in module.strings() if is_sql(text)]
        found += [
            module.at(call, f".{name}()")
            for call, name in module.calls()
            if name in ASKS and isinstance(call.func, ast.Attribute)
        ]
        found += [
            module.at(call, f"[...].{name}()")
            for call, name in module.calls()
            if name in BY_TABLE and _table(call) is not None
        ]
    return found


def tables_outside_migrations(source: Source) -> list[str]:
    """Where a table is made or shaped, or would be made by a typo (a row for one that no migration makes)."""
    migrations = [module for module in source.modules if module.within("prom.store.migrations")]
    made = {name for module in migrations for name in _made(module)}
    found = []
    for module in source.modules:
        if module in migrations:
            continue
        found += [module.at(node, "makes a table") for node, text in module.strings() if MAKES_A_TABLE.search(text)]
        for call, name in module.calls():
            if name in SHAPES and isinstance(call.func, ast.Attribute) or _alters(call):
                found.append(module.at(call, f".{name}() shapes a table"))
            elif name in BY_TABLE and (_table(call) or "?") not in made | {"?"}:
                found.append(module.at(call, f"table {_table(call)} is made by no migration"))
    return found


def _table(call: ast.Call) -> str | None:
    """`visit` of db["visit"].insert(...); "" where the name is not written out; None elsewhere."""
    held = getattr(call.func, "value", None)
    if isinstance(held, ast.Subscript) and not isinstance(held.slice, ast.Slice):
        at = held.slice
        return at.value if isinstance(at, ast.Constant) and isinstance(at.value, str) else None
    return None


def _alters(call: ast.Call) -> bool:
    return any(
        word.arg == "alter" and isinstance(word.value, ast.Constant) and word.value.value for word in call.keywords
    )


def _made(module: Module) -> list[str]:
    return re.findall(r"create\s+table\s+(?:if\s+not\s+exists\s+)?[\"\[]?(\w+)", module.text, re.I)


def test_sql_stands_in_the_store_only(source):
    assert sql_outside_the_store(source) == []


def test_migrations_alone_make_tables(source):
    migrations = [module for module in source.modules if module.within("prom.store.migrations")]
    assert any(_made(module) for module in migrations)
    assert tables_outside_migrations(source) == []


@pytest.mark.parametrize(
    "where, line",
    [
        ("prom/actions/enrol.py", "Q = 'select id from visit where x = 1'"),
        ("prom/actions/enrol.py", "Q = f'select {x} from visit '"),
        ("prom/actions/enrol.py", 'Q = """\n    UPDATE visit SET x = 1"""'),
        ("prom/web/survey.py", "Q = 'with due as (select 1) select * from due'"),
        ("prom/web/survey.py", "g.db.execute(q)"),
        ("prom/web/survey.py", "list(g.db.query(q))"),
        ("prom/actions/enrol.py", "db['visit'].insert({})"),
        ("prom/commands.py", "db.conn.commit()"),
        ("scheduler/jobs.py", "Q = 'pragma journal_mode'"),
    ],
)
def test_sql_elsewhere_is_found(tmp_path, where, line):
    assert len(sql_outside_the_store(house(tmp_path, {where: line}))) == 1


@pytest.mark.parametrize(
    "line",
    [
        "W = 'Select a date from the list'",
        "W = 'with care'",
        "W = 'update the number'",
        "W = 'insert the code'",
        "'''select x from y is what the store does'''",
        "request.args.get('query')",
        "answers['days'].append(1)",
        "W = 'select'",
    ],
)
def test_prose_is_not_sql(tmp_path, line):
    assert sql_outside_the_store(house(tmp_path, {"prom/web/x.py": line})) == []


@pytest.mark.parametrize(
    "line",
    [
        "db.execute('create table if not exists x (id text)')",
        "db['visits'].insert({})",
        "db['visit'].insert({}, alter=True)",
        "db['visit'].transform(types={})",
    ],
)
def test_a_table_made_elsewhere_is_found(tmp_path, line):
    bad = house(
        tmp_path,
        {"prom/store/migrations.py": "db.execute('create table visit (id text)')", "prom/store/x.py": line},
    )
    assert len(tables_outside_migrations(bad)) == 1


def test_rows_of_a_migrated_table_may_be_inserted(tmp_path):
    good = house(
        tmp_path,
        {
            "prom/store/migrations.py": "db.execute('create table visit (id text)')",
            "prom/store/visits.py": "db['visit'].insert({})\ngroups[key].insert(0, 1)",
        },
    )
    assert tables_outside_migrations(good) == []
