"""Every route asks for a staff role, a participant's token, a provider's signature or a monitor's, or is public."""

from types import SimpleNamespace

import pytest
from flask import Flask
from werkzeug.routing.converters import NumberConverter

from prom.web import guards
from tests.study import make_app

ROLES = {"nurse", "coordinator", "investigator", "analyst", "admin"}
NOBODYS, NUMBER = "A" * 22, 4711  # a link's length, so that no route can tell it by its shape
METHODS = {"GET", "POST", "PUT", "DELETE"}
PUBLIC_MOST = 12


@pytest.fixture(scope="module")
def app(tmp_path_factory):
    return make_app(tmp_path_factory.mktemp("routes"))


def guard_of(app, endpoint):
    return getattr(app.view_functions[endpoint], "guard", None)


def is_guard(guard) -> bool:
    """("staff", roles) with roles of ours, ("token",), ("provider",) or ("monitor",)."""
    match guard:
        case ("staff", roles):
            return bool(roles) and set(roles) <= ROLES
        case ("token",) | ("provider",) | ("monitor",):
            return True
    return False


def unguarded(app, public) -> list[str]:
    """Endpoints that anybody could call though nobody wrote so."""
    endpoints = {rule.endpoint for rule in app.url_map.iter_rules()}
    return sorted(name for name in endpoints if name not in public and not is_guard(guard_of(app, name)))


def idle(app, public) -> list[str]:
    """Public names that are no endpoint, or that a guard stands before all the same."""
    return sorted(name for name in public if name not in app.view_functions or guard_of(app, name))


def addresses(app, kind):
    """(method, address) of each route behind a guard of this kind, filled with values that nobody has."""
    for rule in app.url_map.iter_rules():
        guard = guard_of(app, rule.endpoint)
        if guard and guard[0] == kind:
            values = {
                name: NUMBER if isinstance(rule._converters[name], NumberConverter) else NOBODYS
                for name in rule.arguments
            }
            address = app.url_map.bind("localhost").build(rule.endpoint, values)
            yield from ((method, address) for method in sorted(rule.methods & METHODS))


def test_every_route_is_guarded_or_public(app):
    assert unguarded(app, guards.PUBLIC) == []


def test_the_public_list_is_short_and_true(app):
    assert {"static", "bootstrap.static"} <= set(guards.PUBLIC)
    assert len(guards.PUBLIC) <= PUBLIC_MOST
    assert idle(app, guards.PUBLIC) == []


def test_a_stranger_gets_no_staff_page(app):
    asked = list(addresses(app, "staff"))
    assert len(asked) > 5
    for method, address in asked:
        answer = app.test_client().open(address, method=method)
        turned_away = answer.status_code in (401, 403) or "/login" in answer.headers.get("Location", "")
        assert turned_away or (method != "GET" and answer.status_code == 400), (
            method,
            address,
            answer.status,
        )


def test_an_unknown_link_is_not_found(app):
    asked = list(addresses(app, "token"))
    assert asked
    for method, address in asked:
        assert app.test_client().open(address, method=method).status_code == 404, (method, address)


def test_an_unsigned_callback_is_refused(app):
    asked = list(addresses(app, "provider"))
    assert asked
    for method, address in asked:
        assert app.test_client().open(address, method=method).status_code in (403, 404), (method, address)


def test_a_monitor_elsewhere_is_refused(app):
    asked = list(addresses(app, "monitor"))
    assert asked
    for method, address in asked:
        answer = app.test_client().open(address, method=method, environ_base={"REMOTE_ADDR": "192.0.2.7"})
        assert answer.status_code == 403 or method != "GET", (method, address)


def test_an_open_door_is_found():
    bad = Flask("bad")
    doors = {"shut": ("token",), "open": None, "odd": ("staff", ()), "stranger": ("staff", ["cook"])}
    for name, guard in doors.items():
        bad.add_url_rule(f"/{name}", name, SimpleNamespace(guard=guard))
    assert unguarded(bad, {"static"}) == ["odd", "open", "stranger"]
    assert idle(bad, {"static", "shut", "gone"}) == ["gone", "shut"]
