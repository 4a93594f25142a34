"""What one of those who share a phone is called in its texts: a few letters of their own choice, which whoever sees the
phone can read."""

from prom.errors import Refusal
from prom.rules.study import Study
from prom.rules.text_check import forbidden_in, unaccented
from prom.rules.texts import in_gsm, longest_call_name, not_gsm, segments, speaks_gsm


def check(study: Study, name: str, language: str) -> None:
    """Raises Refusal for a call name that is too long for a text, would double its price, or says what no text may.
    "" is none."""
    plain = in_gsm(name) if speaks_gsm(language) else name
    if speaks_gsm(language) and not_gsm(plain):
        raise Refusal("call_name_letters", letters=not_gsm(plain))
    longest = longest_call_name(language)
    if segments(plain).units > longest:
        raise Refusal("call_name_long", longest=longest)
    if words := forbidden_in(study, name):
        raise Refusal("call_name_word", word=words[0])


def same(one: str, other: str) -> bool:
    """Whether two call names would be read as one."""
    one, other = ("".join(unaccented(name).split()) for name in (one, other))
    return one == other
