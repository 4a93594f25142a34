"""Every setting stands in the one table, in the README, and nothing is read that stands in neither."""

import re
from pathlib import Path
from types import SimpleNamespace

from prom import settings
from tests.house.source import ROOT, Source, house

NAME = re.compile(r"(?:PROM|TWILIO)_[A-Z0-9_]*[A-Z0-9]")
READ = re.compile(rf"\$\{{?({NAME.pattern})\b|environ\W+(?:get\W+)?({NAME.pattern})")
SHUT_OUT = {"TWILIO_EDGE", "TWILIO_REGION"}  # the SDK would read them; prom/sms keeps them from it
SCRIPTS = ("bin/serve", ".ci/run", "Makefile", "gunicorn.conf.py")


def documented(readme: str) -> set[str]:
    """The names in the first cells of the README's tables."""
    rows = [line.split("|")[1] for line in readme.splitlines() if line.startswith("|") and line.count("|") > 2]
    return {name for cell in rows for name in re.findall(r"`([A-Z][A-Z0-9_]+)`", cell)}


def undocumented(table, readme: str) -> set[str]:
    return {row.name for row in table} - documented(readme)


def unknown(table, source: Source, scripts: list[Path]) -> set[str]:
    """Names of settings that the code or a script reads and the table does not have."""
    read = {text for module in source.modules for _, text in module.strings() if NAME.fullmatch(text)}
    read |= {name for script in scripts for hit in READ.findall(script.read_text("utf-8")) for name in hit if name}
    return read - {row.name for row in table} - SHUT_OUT


def test_every_setting_is_in_the_readme():
    assert len(settings.SETTINGS) > 5
    assert undocumented(settings.SETTINGS, (ROOT / "README.md").read_text("utf-8")) == set()


def test_the_readme_promises_no_setting_that_is_not_read():
    promised = {name for name in documented((ROOT / "README.md").read_text("utf-8")) if NAME.fullmatch(name)}
    assert promised - {row.name for row in settings.SETTINGS} == set()


def test_every_setting_says_what_it_means():
    names = [row.name for row in settings.SETTINGS]
    assert len(set(names)) == len(names)
    assert [row.name for row in settings.SETTINGS if len(row.meaning) < 10 or not hasattr(row, "default")] == []


def test_every_name_read_is_in_the_table(source):
    assert unknown(settings.SETTINGS, source, [ROOT / name for name in SCRIPTS]) == set()


def test_a_forgotten_name_is_found(tmp_path):
    table = [SimpleNamespace(name="PROM_A"), SimpleNamespace(name="PROM_B")]
    script = tmp_path / "serve"
    script.write_text('echo "${PROM_D:-x}" $PROM_A')
    bad = house(tmp_path, {"app.py": "x = env['PROM_A']", "prom/web/x.py": "y = env.get('TWILIO_C')"})
    assert unknown(table, bad, [script]) == {"TWILIO_C", "PROM_D"}
    assert undocumented(table, "| name | meaning |\n|---|---|\n| `PROM_A` | see `PROM_B` |\n") == {"PROM_B"}
