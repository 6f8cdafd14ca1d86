"""Split a message with two or three matters, each with its own span and category.

Precision comes first: one matter that is split by mistake causes wrong questions, while two matters
that are not split only cost a second message. A message is therefore split only where a phrase
starts a new topic or a sentence ends. Both sides must surely be requests about different things
without a common source. The weaker the words at the cut are ("第二件事" is clear, a full stop is
not), the more evidence is needed on both sides.
"""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from enum import IntEnum

from nlu.classify import Ranked
from nlu.kinds import MATTERS

MOST = 3
"""Most matters of one message; further text belongs to the last one."""

REQUESTS = MATTERS | {"consult"}
"""Intents of a matter; others (asking for progress, thanks) do not open a case."""

OTHER = "99"
"""The first-level category that fits any matter, so it does not distinguish matters."""

_FEWEST = 5
"""Fewest words (Chinese: characters) of a side; a shorter one belongs to its neighbour."""

_CUTS = 16
"""Most cuts that are tried: each needs one classification of the words after it."""


class MatterCut(IntEnum):
    """How clearly the words at a cut begin a new topic."""

    SENTENCE = 0
    TURN = 1
    NAMED = 2
    COUNTED = 3


@dataclass(frozen=True, slots=True)
class JudgedSpan:
    """Classification of a part of a message.

    `confidence` is that of the act of `intent` (`nlu.kinds`); `intents` and `categories` are
    ranked, best first.
    """

    intent: str
    confidence: float
    intents: tuple[Ranked, ...]
    categories: tuple[Ranked, ...]

    def family(self) -> str:
        """The first level of its category."""
        return self.categories[0].name[:2]


@dataclass(frozen=True, slots=True)
class MessageMatter:
    """One of several matters: a span of the normalised text, and its classification."""

    start: int
    end: int
    judged: JudgedSpan


Judge = Callable[[int, int], JudgedSpan]
"""Classifies the part of the message from a start to an end."""

# Least confidence of intent and category on both sides of a cut.
_SURE = {
    MatterCut.SENTENCE: (0.6, 0.97),
    MatterCut.TURN: (0.5, 0.7),
    MatterCut.NAMED: (0.5, 0.6),
    MatterCut.COUNTED: (0.5, 0.6),
}
_PLAIN = (0.35, 0.9)
"""After an announcement this lower intent share is enough, with this share of the category."""
_TORN = 0.001
"""Least share of each side's category in the whole message, unless an entity is named."""

_ONE_SOURCE = frozenset(
    (
        frozenset({"01", "06"}),  # a site, a stall, an eatery: its noise, its smoke, its dirt
        frozenset({"08", "13"}),
        frozenset({"0206", "0605"}),  # a river, and what is let into it
        frozenset({"0205", "0605"}),
        frozenset({"0402", "0605"}),
        frozenset({"0602", "1202"}),
        frozenset({"0201", "0107"}),
    )
)
"""Categories whose matters are often two sides of one matter."""

_POINT = r"(?<=[a-z)'\"])\.(?=\s)"
_STOP = rf"(?:[。!?;\n]+|{_POINT})"
_GAP = r"[~…,:、\s()。!?;]"
_THING = r"(?:事情?|问题|情况)"
_COUNTED = (
    r"[(]?[2-9][)、]|[2-9]\.(?!\d)|[(][二三][)]"
    r"|(?:问题|诉求|事项)[二三2-3]|[二三](?:是|、|来)"
    r"|second(?=,)|third(?=,)"
)
_NAMED = (
    rf"第[二三23](?:[件个点条]{_THING}?)?(?=[,:是、 ])|其[二三](?=[,:是、 ])"
    r"|(?:另外|此外|还有|再有|再|另)(?:就是|是)?(?:反映|说|问|投诉)?"
    rf"(?:一[件个条]{_THING}?|[件个条]?{_THING})"
    r"|(?:(?:另外|此外)(?:还|再|想|要|也|我)*|还[想要]再?|顺便[再想也]?)"
    r"(?=(?:反映|投诉|举报|问|咨询|请教))"
    r"|another (?:thing|matter|problem|issue|complaint)|one more (?:thing|problem|issue)"
    r"|secondly|thirdly|separately|unrelated(?:ly)?"
    r"|on an? (?:another|different|separate|unrelated) (?:note|matter)"
)
_TURN = (
    r"另外|此外|除此之外|再就是|再一个|再者|再有(?:就是)?|对了|顺便说一?下?|同时"
    r"|还有(?:就是|(?!人|几|好|个|很|些|别|其他|谁|什么|没|最后|上次|两|三|半|多|一[次些直])"
    r"(?=..))"
    r"|also|besides|in addition|additionally|furthermore|moreover|plus(?=,)"
    r"|on top of that|by the way"
)
_CUT = re.compile(
    # A run of marks and spaces matches only at its start, so that it is read once.
    rf"(?:^{_GAP}*|(?<!{_GAP}){_GAP}+|{_POINT}{_GAP}*)(?:and )?"
    rf"(?:(?P<counted>{_COUNTED})|(?P<named>{_NAMED})|(?P<turn>{_TURN})(?![a-z]))"
    r"[,:\s]*(?:就?是|is that|is)?"
    r"|(?P<inner>(?:另外|此外|再就是)(?![一的那几两]))[,:]?"
    rf"|(?P<end>{_STOP})"
)
_FIRST = re.compile(
    r"(?:^|[\s,。;!?:])(?:[(]?1[)、]|1\.(?!\d)|[(]一[)]|(?:问题|诉求|事项)[一1]|一(?:是|、|来)"
    rf"|第一(?:[件个点条]{_THING}?)?(?=[,:是、 ])|其一|首先|firstly|first(?=[,:]))[,:、是\s]*"
)
_ANNOUNCED = re.compile(
    rf"^.{{0,16}}?[两三2-3几]\s?[件个点](?:{_THING}|诉求)[^,。:;!?]{{0,6}}[,。:;!?\s]+"
    r"|^[^.:]{0,40}\b(?:two|three|several) (?:things|matters|problems|issues|complaints)"
    r"[^.:,]{0,12}[.:,]\s*"
)
_LEADS_BACK = re.compile(
    r"[,:\s]{0,8}(?:"
    r"他们?|她们?|它们?|这|那|该|此|其|对方|旁边|老板|店[家主里]|商家|司机"
    r"|要求|希望|请|望|麻烦|建议|也|又|还|都|没|不|而且|甚至|连|最后|后来|结果|但|可"
    r"|所以|因此|如果|投诉|打过|找过|问过|物业[也又还说]"
    r"|我们?(?:也|又|还|都|已经?|就|找|去|打|要|给|跟|和)"
    r"|[^,。;!?]{1,8}也"
    r"|每[天次晚]|昨[天晚]|前[天几]|今[天早晚]|晚上|白天|夏天|冬天|上次|之前|现在|有时"
    r"|(?:he|she|they|it|this|that|these|those|his|her|their|its|there|we|i)\b"
    r"|(?:then|but|so|because|please|when|now|every)\b"
    r"|the (?:owner|manager|management|driver|company|boss|landlord|staff)\b"
    ")"
)
"""Beginnings of a clause that continues the previous topic."""

_WORD = re.compile(r"[㐀-鿿]|[a-z]+")
_RIM = " ,。;!?:、.\n\t~…"


def divide(text: str, judge: Judge) -> list[MessageMatter]:
    """Find the matters of a normalised text: none, or two to `MOST`, in the order of the text.

    `judge` is called only at a cut, so a message without cuts costs only a search.
    """
    cuts = list(_cuts(text))
    if not cuts:
        return []
    start, cuts = _begin(text, cuts, judge)
    found: list[MessageMatter] = []
    for place, (before, after, cut) in enumerate(cuts):
        if before <= start or len(found) == MOST - 1:
            continue
        until = next((at for at, _, kind in cuts[place + 1 :] if kind >= cut), len(text))
        left, right = _trim(text, start, before), _trim(text, after, until)
        if not (_tells(text, *left) and _tells(text, *right)):
            continue
        if cut < MatterCut.NAMED and _LEADS_BACK.match(text, right[0]):
            continue
        mine = judge(*left)
        if not _sure(mine, cut):
            continue
        if cut < MatterCut.NAMED and not _torn(judge(0, len(text)), mine, judge(*right)):
            continue
        if all(_apart(mine, judge(*side), cut) for side in (right, _trim(text, after, len(text)))):
            found.append(MessageMatter(*left, mine))
            start = after
    if not found:
        return []
    last = _trim(text, start, len(text))
    return [*found, MessageMatter(*last, judge(*last))]


def _cuts(text: str) -> Iterator[tuple[int, int, MatterCut]]:
    """Yield possible cuts: the end of the previous part, the start of the next, the clarity."""
    for number, match in enumerate(_CUT.finditer(text)):
        if number == _CUTS:
            return
        if match["counted"]:
            yield match.start(), match.end(), MatterCut.COUNTED
        elif match["named"]:
            yield match.start(), match.end(), MatterCut.NAMED
        elif not match["end"]:
            yield match.start(), match.end(), MatterCut.TURN
        elif match.end() < len(text):
            yield match.start(), match.end(), MatterCut.SENTENCE


def _begin(
    text: str, cuts: list[tuple[int, int, MatterCut]], judge: Judge
) -> tuple[int, list[tuple[int, int, MatterCut]]]:
    """Return the start of the first matter, after its announcement and number, and the other cuts.

    Numbers count matters only if there is a first number, and if no topic is named before of which
    they are parts: "The lift company: 1. … 2. …".
    """
    announced = _ANNOUNCED.match(text)
    start = announced.end() if announced else 0
    first = _FIRST.search(text, max(start - 1, 0))
    if first is not None:
        before = _trim(text, start, first.start())
        if not (_tells(text, *before) and _sure(judge(*before), MatterCut.TURN)):
            return first.end(), cuts
    return start, [cut for cut in cuts if cut[2] is not MatterCut.COUNTED]


def _trim(text: str, start: int, end: int) -> tuple[int, int]:
    while start < end and text[start] in _RIM:
        start += 1
    while start < end and text[end - 1] in _RIM:
        end -= 1
    return start, end


def _tells(text: str, start: int, end: int) -> bool:
    return len(_WORD.findall(text, start, end)) >= _FEWEST


def _sure(judged: JudgedSpan, cut: MatterCut) -> bool:
    levels = (_SURE[cut],) if cut is MatterCut.SENTENCE else (_SURE[cut], _PLAIN)
    sure = judged.confidence, judged.categories[0].confidence
    return (
        judged.intent in REQUESTS
        and judged.family() != OTHER
        and any(sure[0] >= intent and sure[1] >= category for intent, category in levels)
    )


def _torn(whole: JudgedSpan, *sides: JudgedSpan) -> bool:
    """Return whether the whole message is about both sides, not only about one."""
    shares = {category.name: category.confidence for category in whole.categories}
    return all(shares.get(side.categories[0].name, 0.0) >= _TORN for side in sides)


def _apart(mine: JudgedSpan, other: JudgedSpan, cut: MatterCut) -> bool:
    """Return whether the other side of a cut is a different matter."""
    if not _sure(other, cut):
        return False
    if mine.intent not in MATTERS or (cut is MatterCut.SENTENCE and other.intent not in MATTERS):
        return False  # a first question is answered at once
    codes = frozenset({mine.categories[0].name, other.categories[0].name})
    if cut >= MatterCut.NAMED:
        return len(codes) == 2
    families = frozenset({mine.family(), other.family()})
    return len(families) == 2 and not {families, codes} & _ONE_SOURCE
