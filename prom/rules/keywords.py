"""What a text from a participant asks for: STOP, START and HELP as carriers know them, and plain words."""

import re
import unicodedata
from dataclasses import dataclass


@dataclass(frozen=True)
class Words:
    """A row of the table: words that alone make a text. means: stop | start | help. provider: the provider acts on and
    answers them by itself; all others it hands on like any text."""

    means: str
    words: str
    source: str
    provider: bool = False


# Each stands without accents, spaces, hyphens and points, as `_bare` leaves a text: "STOP ALL." is stopall.
# START has no YES, which the provider has: it may answer something else, and joining again must be meant.
# HELP has no cry for help (auxilio, socorro, 救命, 救我): such a text is for a nurse.
KEYWORDS = (
    Words("stop", "stop stopall unsubscribe end quit cancel revoke optout", "Twilio's own", provider=True),
    Words("start", "start unstop", "Twilio's own", provider=True),
    Words("help", "help info", "Twilio's own", provider=True),
    Words("stop", "arret td remove", "AWS, required in the US and Canada beside those"),
    Words("stop", "alto baja parar pare detener cancelar terminar desuscribir", "Spanish; ALTO as US carriers have it"),
    Words("start", "inicio iniciar reanudar", "Spanish; INICIO as US carriers have it"),
    Words("help", "ayuda informacion", "Spanish"),
    Words("stop", "停止 取消 退訂 取消訂閱 拒收 停 停收 停傳 終止", "Traditional Chinese"),
    Words("stop", "退订 取消订阅 停发 停發 终止", "Simplified Chinese, where it differs, and what is read as either"),
    Words("start", "開始 恢復 重新開始 恢復接收 开始 恢复 重新开始 恢复接收", "Chinese, both scripts"),
    Words("help", "幫助 說明 協助 求助 帮助 说明 协助", "Chinese, both scripts"),
)
_MEANING = {word: row for row in KEYWORDS for word in row.words.split()}
# One stop word again and again, and nothing else, is a stop as the word alone is: no question of ours has "STOP STOP
# STOP" for an answer, and who writes it means it the more. A rule asks that a stop be taken as one in any plain words
# (47 CFR 64.1200(a)(10)). The provider does not know it, so that it is ours to confirm. Stop words that differ are left
# to a person: 停止取消 may be "stop the cancelling".
_STOPS = "|".join(word for word, row in _MEANING.items() if row.means == "stop")
_STOP_AGAIN = re.compile(rf"({_STOPS})\1+")

# Read without accents and case, each space single. Chinese has no spaces between words.
_PLAIN_STOP = re.compile(
    r"""
      (?<!not\ )(?<!n't\ )(?<!dont\ )(?<!never\ )\b(stop|quit|end|cancel|cease)\b
          .{0,20}\b(text|texts|texting|messag\w*|sms|send\w*|contact\w*|writing|these|this)\b
    | ^(please\ |pls\ |ok\ |now\ )*(stop|sotp|stpo|tsop|stopp|unsubscribe|cancel|quit)
          (\ (please|pls|now|it|all|thanks|thank\ you))*$
    | ^(please|pls)\ (stop|sotp|stpo|tsop|stopp)[.!]
    | (?<!not\ )(?<!n't\ )(?<!dont\ )(?<!never\ )(?<!not\ want\ to\ )(?<!n't\ want\ to\ )(?<!dont\ want\ to\ )
          \b(quit|leave)\ (the|this|your)\ (study|trial)\b
    | \b(remove|delete)\ (me|my\ number)\b
    | \btake\ me\ off\b
    | \bunsubscribe\b
    | \bopt(ing)?[ -]?out\b
    | \bno\ more\ (of\ )?(these\ |your\ )?(text|message|sms)\w*
    | \b(do\ not|don't|dont|never)\ (ever\ )?(text|message|contact|write|send)\b
    | \b(do\ not|don't|dont|no\ longer)\ want\ (any\ more\ |any\ |more\ |these\ |your\ )*(text|message|sms)\w*
    | \bleave\ me\ alone\b
    | \b(ya\ )?no\ me\ (envi|mand|escrib|contact|moleste)\w*
    | \bno\ (quiero|deseo)\ (recibir\ )?(mas|estos|sus)(\ (de\ )?(estos|sus))?\ mensajes\b
    | \bno\ (quiero|deseo)\ (seguir\ recib\w*|recibir)\b
    | \bno\ mas\ (mensajes|textos|sms)\b
    | ^(por\ favor,?\ )?(ya\ )?no\ mas(,?\ (por\ favor|gracias))*$
    | ^ya\ no(,?\ (por\ favor|gracias))*$
    | \b(deje|dejen|pare|paren)\ de\ (envi|mand|escrib|contact|molest)\w*
    | \b(dejeme|dejenme)\ en\ paz\b
    | \b(quiteme|quitenme|saqueme|saquenme|borreme|borrenme)\b
    | \b(dar|darme|denme|deme|dame)\ de\ baja\b
    | ^(por\ favor,?\ )?(pare|paren|alto|basta|cancele|cancelen)(,?\ (ya|por\ favor|gracias))*$
    | (不要|[別别]|請勿|请勿|勿)再?(給我|给我)?([傳传發发寄]|[聯联][絡络繫系]|打[擾扰])
    | 停止(再)?([傳传發发]|[寄聯联])
    | 停止([簡简][訊讯]|短信|[訊讯]息)
    | ^不要(了|啦)?$
    | ^([請请]|拜[託托])?我?(想要|想|要)?退出([這这]?[個个]?(研究|[試试][驗验]))?(了|吧|[,\ ]*[謝谢]{2})*$
    | 不(想|要|願|愿)(意)?再?(收到|接收)
    | 退[訂订] | 取消(訂閱|订阅|[簡简]訊|短信) | 拒收
    | (請|请|拜託|拜托)停(止)?(吧|了)?$
    """,
    re.VERBOSE,
)


def meaning(text: str) -> str | None:
    """The keyword that is the whole text, stop also more than once: "stop", "start", "help" or None. Case, accents,
    width of letters, spaces and marks around or between them do not count."""
    bare = _bare(text)
    found = _MEANING.get(bare)
    if found:
        return found.means
    return "stop" if _STOP_AGAIN.fullmatch(bare) else None


def provider_acts(text: str) -> bool:
    """Whether the provider acts on a text's keyword by itself: then it answers, too."""
    found = _MEANING.get(_bare(text))
    return found is not None and found.provider


def plain_stop(text: str) -> bool:
    """Whether ordinary words, or a keyword on a line of its own, seem to ask for an end of texts. A person decides; a
    keyword that is the whole text is for `meaning`."""
    plain = " ".join(_unaccented(text).replace("’", "'").split()).strip(" .,;:!?¡¿。…")
    return bool(_PLAIN_STOP.search(plain)) or any(meaning(line) == "stop" for line in text.splitlines())


def _bare(text: str) -> str:
    """The letters and digits of a text alone, small and without accents; a full-width letter is a plain one."""
    return "".join(letter for letter in _unaccented(text) if letter.isalnum())


def _unaccented(text: str) -> str:
    letters = unicodedata.normalize("NFKD", text).casefold()
    return "".join(letter for letter in letters if not unicodedata.combining(letter))
