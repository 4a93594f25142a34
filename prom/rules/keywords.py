"""What a text from a participant asks for: STOP, START and HELP as carriers know them, and plain words."""

import re
import unicodedata

# Twilio's own words for STOP, OPT-OUT as AWS has it, and Chinese and Spanish ones (CLINICAL.md section 7).
STOP = frozenset("stop stopall unsubscribe end quit cancel revoke optout opt-out 停止 取消 baja alto".split())
# No YES: it may answer something else, and joining again must be meant.
START = frozenset(("start", "unstop"))
HELP = frozenset("help info 幫助 ayuda".split())

_AROUND = " \t\r\n.,;:!?…。,!?、'\"‘’“”"
_PLAIN_STOP = re.compile(
    r"""
      (?<!not\ )(?<!n't\ )(?<!dont\ )(?<!never\ )\b(stop|quit|end|cancel|cease)\b
          .{0,20}\b(text|texts|texting|messag\w*|sms|send\w*|contact\w*|writing|these|this)\b
    | ^(please\ |pls\ |ok\ |now\ )*(stop|unsubscribe|cancel|quit)(\ (please|pls|now|it|all|thanks|thank\ you))*$
    | \b(remove|delete)\ (me|my\ number)\b
    | \btake\ me\ off\b
    | \bunsubscribe\b
    | \bopt(ing)?[ -]?out\b
    | \bno\ more\ (of\ )?(these\ |your\ )?(text|message|sms)\w*
    | \b(do\ not|don't|dont|never)\ (ever\ )?(text|message|contact|write|send)\b
    | \bleave\ me\ alone\b
    | \bno\ me\ (env[ií]e|mande|escriba|contacte)\w*
    | \bno\ m[aá]s\ mensajes\b
    | 不要再?[傳传發发] | [別别]再[傳传發发] | 退[訂订]
    """,
    re.VERBOSE,
)


def meaning(text: str) -> str | None:
    """The keyword that is the whole text, punctuation around it ignored: "stop", "start", "help" or None."""
    word = _plain(text)
    for name, words in (("stop", STOP), ("start", START), ("help", HELP)):
        if word in words:
            return name
    return None


def plain_stop(text: str) -> bool:
    """Whether ordinary words seem to ask for an end of texts. A person decides; a keyword is for `meaning`."""
    return bool(_PLAIN_STOP.search(" ".join(_plain(text).split())))


def _plain(text: str) -> str:
    return unicodedata.normalize("NFKC", text).strip(_AROUND).casefold().replace("’", "'")
