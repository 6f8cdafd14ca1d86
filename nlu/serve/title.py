"""Make a matter's title: choose and cut one of the citizen's own clauses, without new words.

Greetings, introductions and mere demands are skipped.
"""

import re
from collections.abc import Iterable

from nlu.serve.masking import MASK

LONGEST = 30
"""Most characters of a title."""

_READ = 400
"""Characters that are read: a text that has not named its topic by then seldom does later."""

_ENOUGH = 12
"""A shorter clause is joined with the next one, if that fits."""

_FEWEST = 3
_LATIN_FEWEST = 2
_CLAUSE = re.compile(r"[。！？!?；;\n\r，,…~～]+|(?<=\D)\.(?=\s|$)|(?<=\w)[：:](?=\D)")
_TELL = "(?:投诉|举报|反映|反应|咨询|求助|报修|表扬)"
_ASK = "(?:说|问|请教|报告)"
_ONCE = "(?:一下子?|下|个事)"
_REPORT = r"(?:report|complain(?: about)?|ask(?: about)?|say)(?: that)?"
_OPENER = re.compile(
    r"^(?:"
    r"[\s、\-—*#>]+"
    r"|你们?好啊?|您们?好|领导们?好?|在吗|(?:早上|上午|中午|下午|晚上)好"
    r"|(?:各位|尊敬的)[^，,：:\s]{0,8}(?:领导|同志|老师|工作人员)?"
    r"|(?:客服|师傅|同志|小编)们?(?:你好|您好|好)?"
    r"|(?:hello|hi|dear \w+(?: \w+)?|good (?:morning|afternoon|evening)|(?:dear )?sir or madam"
    r"|also|besides|and|please|excuse me)\b"
    rf"|(?:i(?:'d| would) like|i want) to {_REPORT}"
    r"|(?:我们?|本人)?(?:就?是)?(?:今天|现在)?(?:要|想|来|需要)?(?:跟|向|给)?"
    rf"(?:你们|您|政府|热线|12345)?再?{_TELL}{_ONCE}?(?!电话|箱|信)"
    rf"|(?:我们?|本人)(?:要|想|来){_ASK}{_ONCE}?|想?{_ASK}{_ONCE}"
    r"|请问(?:一下)?|麻烦(?:问一?下|你们?|您)?|[给提]个?建议"
    r"|[两几一][件个](?:事情?|问题|情况)"
    r"|(?:另外|还有|此外|再有|再就是|再一个|顺便|对了|首先|其次)(?:就?是|一[件个]事是?)?"
    r"|第[一二三](?:[件个](?:事情?|问题)?|点)?是?|[一二三](?:是|、)"
    r"|[(（]?[1-9一二三][)）、.](?!\d)"
    r")[\s，,：:、!！.。]*",
    re.IGNORECASE,
)
_WHO = "业主|居民|住户|市民|村民|租户|家长|职工|员工|学生|老百姓|群众|人"
_INTRODUCES = re.compile(
    r"(?:我|本人|我们|俺|咱)?(?:就?是|住在?|家住|叫|姓)"
    rf"[^，,。]{{0,24}}(?:的?(?:{_WHO}))$"
    r"|(?:我|本人)[叫姓]|本人\w{0,2}[男女]"
    r"|(?:我的)?(?:电话|手机|联系方式|联系人|姓名|身份证号?)"
    r"|(?:i am|i'm) (?:a|an|the) \w+|my name is|this is \w+ ",
    re.IGNORECASE,
)
_ASKS = re.compile(
    r"希望|请|要求|恳请|望|盼|麻烦|求|谢谢|感谢您|拜托|辛苦|能不能|能否|可不可以"
    r"|please|thank|i hope|kindly",
    re.IGNORECASE,
)
_OF_A_PERSON = re.compile(
    rf"{re.escape(MASK)}(?=先生|女士|小姐|师傅|老师|医生|主任|经理|老板|队长|院长|校长|同志)"
)


def title(text: str, hints: Iterable[str] = ()) -> str | None:
    """Return the most informative clause of `text`, of at most `LONGEST` characters.

    `hints` are words of its category: a clause with one of them has priority. Personal data in
    `text` must be masked before (`nlu.serve.masking`). `None` when no clause is informative.
    """
    known = tuple(hint.lower() for hint in hints)
    clauses = [_opened(clause) for clause in _CLAUSE.split(text[:_READ])]
    speaking = [
        (place, clause)
        for place, clause in enumerate(clauses)
        if _says(clause) and not _INTRODUCES.match(clause)
    ]
    if not speaking:
        return None
    place, best = max(speaking, key=lambda entry: (_worth(entry[1], known), -entry[0]))
    after = clauses[place + 1] if place + 1 < len(clauses) else ""
    if len(best) < _ENOUGH and _says(after) and _worth(after, ()):
        both = f"{best}{_joint(best)}{after}"
        best = both if len(both) <= LONGEST else best
    return _cut(best)


def _opened(clause: str) -> str:
    """Return the clause without its introduction and without masks."""
    clause = _OF_A_PERSON.sub("某", clause).replace(MASK, "").strip(" 、'\"“”‘’（）()[]【】:：-—")
    while (match := _OPENER.match(clause)) and match.end():
        clause = clause[match.end() :]
    return clause.strip()


def _says(clause: str) -> bool:
    letters = sum(map(str.isalpha, clause))
    return len(clause.split()) >= _LATIN_FEWEST if clause.isascii() else letters >= _FEWEST


def _worth(clause: str, hints: tuple[str, ...]) -> int:
    """Return how informative a clause is: highest for the topic, lowest for a demand."""
    if _ASKS.match(clause):
        return 0
    lowered = clause.lower()
    return 2 if any(hint in lowered for hint in hints) else 1


def _joint(clause: str) -> str:
    return ", " if clause.isascii() else "，"


def _cut(clause: str) -> str:
    if len(clause) <= LONGEST:
        return clause
    short = clause[: LONGEST - 1]
    if clause[LONGEST - 1].isascii() and clause.isascii() and " " in short:
        short = short.rsplit(" ", 1)[0]
    return short.rstrip(" ,，、") + "…"
