"""Keys: links, seals and number hashes, made by the newest and read by every one."""

import re

import pytest

from prom.keys import Keys, UnknownKey, token_hash

OLD, NEW = "o" * 32, "n" * 32
ALPHABET = set("0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz")
NUMBER = "+15550100001"


@pytest.fixture
def keys() -> Keys:
    return Keys((NEW,))


def test_a_token_is_22_letters_and_digits(keys):
    found = "".join(keys.token(f"visit-{number}", 1, keys.newest) for number in range(500))
    assert len(found) == 500 * 22
    assert set(found) == ALPHABET


def test_a_token_is_the_same_each_time(keys):
    assert keys.token("v", 1, keys.newest) == Keys((NEW,)).token("v", 1, keys.newest)


def test_a_token_differs_by_visit_generation_and_key():
    both = Keys((NEW, OLD))
    old = Keys((OLD,))
    made = {
        both.token("v", 1, both.newest),
        both.token("w", 1, both.newest),
        both.token("v", 2, both.newest),
        both.token("v", 1, old.newest),
    }
    assert len(made) == 4


def test_an_older_key_still_makes_the_links_it_made():
    old, both = Keys((OLD,)), Keys((NEW, OLD))
    assert both.token("v", 1, old.newest) == old.token("v", 1, old.newest)
    assert both.newest == Keys((NEW,)).newest != old.newest


def test_a_link_of_a_key_that_is_gone_is_not_made(keys):
    with pytest.raises(KeyError):
        keys.token("v", 1, Keys((OLD,)).newest)


def test_a_fingerprint_tells_nothing_of_its_key(keys):
    assert re.fullmatch(r"[0-9a-f]{8}", keys.newest)
    assert keys.newest not in (NEW, NEW[:8])


def test_sealed_is_opened(keys):
    assert keys.open(keys.seal("Synthia Persona")) == "Synthia Persona"
    assert keys.open(None) == keys.open("") == ""


def test_the_same_text_is_never_sealed_alike(keys):
    assert keys.seal("x") != keys.seal("x")
    assert "Synthia" not in keys.seal("Synthia")


def test_the_newest_key_seals_and_every_key_opens():
    old, both, new = Keys((OLD,)), Keys((NEW, OLD)), Keys((NEW,))
    assert both.open(old.seal("x")) == "x"
    assert new.open(both.seal("x")) == "x"


@pytest.mark.parametrize(
    "sealed",
    [Keys((OLD,)).seal("x"), "no seal at all", Keys((NEW,)).seal("x")[:-4] + "AAAA"],
    ids=["by another key", "no seal", "tampered with"],  # a seal differs each time, and workers must agree on names
)
def test_what_no_present_key_sealed_is_refused(keys, sealed):
    with pytest.raises(UnknownKey):
        keys.open(sealed)


def test_a_number_is_found_under_an_older_key():
    old, both = Keys((OLD,)), Keys((NEW, OLD))
    assert old.number_hash(NUMBER) in both.number_hashes(NUMBER)
    assert both.number_hashes(NUMBER)[0] == both.number_hash(NUMBER) == Keys((NEW,)).number_hash(NUMBER)


def test_a_number_hash_is_keyed(keys):
    assert keys.number_hash(NUMBER) != Keys((OLD,)).number_hash(NUMBER)
    assert keys.number_hash(NUMBER) != token_hash(NUMBER)
    assert NUMBER[1:] not in keys.number_hash(NUMBER)


def test_each_purpose_has_a_key_of_its_own(keys):
    assert keys.forms != Keys((OLD,)).forms
    assert len({keys.forms, keys._number[0].hex(), *(key.hex() for key in keys._link.values())}) == 3


def test_a_token_is_kept_as_its_sha256():
    assert token_hash("abc") == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
