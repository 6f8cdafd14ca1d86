"""Find places in English: a name before Road, estate, station or District, with number and room.

A normalised text has no capitals. A name is therefore recognised by its words: syllables of Pinyin
and compass points, or non-descriptive words after a house number or a preposition.
"""

import re
from collections.abc import Iterator

_INITIALS = "(?:zh|ch|sh|[bpmfdtnlgkhjqxrzcsyw])"
_FINALS = (
    "(?:iang|iong|uang|ueng|ang|eng|ing|ong|ian|iao|uai|uan|van|ai|ei|ao|ou|an|en|in|un|ia|ie|iu"
    "|ua|uo|ui|ue|ve|er|a|o|e|i|u|v)"
)
_PINYIN = re.compile(
    f"(?:{_INITIALS}{_FINALS}'?|(?:ang|eng|ai|ao|ou|an|en|er|a|e)(?![aeiou])'?){{1,8}}"
)
_COMPASS = frozenset(
    ["north", "south", "east", "west", "middle", "central", "inner", "outer", "ring"]
)
# Words before a road that are not its name, also those that look like Pinyin.
_NO_NAME = frozenset(
    """
    a about across after again against all along also am an and animal another any are around art
    as at back bad ban be because been before behind beside between bicycle big bike bikes black
    blocked both broken bus busiest busy but by came can can't cannot car car's cars change cheap
    children children's clean closed come community complain complaint corner could cram cross
    crossing crowded cycle damaged dance dangerous dark die different dig dirty do does don't down
    driving each emergency empty entire estate every farmers' fast few fire first fish fix flea
    flooded flower food for from front gang gated general gone had hang has hate have he her here
    hide high his hole hospital housing huge i if illegal in industrial inside international into
    is isn't it its job just labour large late law lie like line little live local long lot made
    main make many me mean meat men metro middle more most motor move music my name narrow near
    nearby nearest new next night no noisy not now of off old on one online only open opposite or
    other our outside over overtaking own park paved pedestrian pedestrian's people per pie please
    primary private public publish quiet railway repair report residential ride ruin rural safe
    same sand sang say school see several sewage shanty she shopping should side small so some
    somebody someone stock stolen suburban subway sunday take that the their them theme then there
    they this those tie to told too trade train training truck trucks two under uneven up urban us
    vegetable vending vendor village walk want was wasn't we were wet what where which while whole
    wholesale wide with women wrong you your
    """.split()  # noqa: SIM905 - a list of a word a line is three screens
)
_ROAD = re.compile(
    r"\b(?:road|street|avenue|lane|boulevard|highway|alley|expressway|rd|ave)\b\.?"
    r"(?! (?:lights?|lamps?|lighting|signs?|vend|food|stalls?|market|side|noise|parking|cleaning"
    r"|cleaners?|sweepers?|level|works?|surface|dance|dogs?|name|rage|closure|repair|safety"
    r"|trees?))"
)
_PLACE = re.compile(
    r"\b(?:(?:residential )?(?P<estate>estate|compound|gardens?|apartments|mansions?|villas?"
    r"|community|village)"
    r"|(?P<landmark>(?:metro|subway|railway|train|bus|coach|police|fire|petrol|gas) station"
    r"|(?:primary|middle|high|vocational) school|kindergarten|school|university|college|hospital"
    r"|market|supermarket|mall|plaza|square|park|bridge|tower|museum|library|temple|gate)"
    r"|(?P<district>district|county)|(?P<street>subdistrict))\b"
)
_AFTER = re.compile(r" (?:estate|community|compound|metro station|subway station|station)\b")
_WORDS = re.compile(r"(?:[a-z][a-z']{0,23}|[0-9]{1,3}(?:st|nd|rd|th)) $")
_NUMBER = re.compile(r"(?<![0-9a-z.:-])(?:no\.? ?)?([0-9]{1,5}[a-d]?) $")
_PREPOSITION = re.compile(
    r"(?:^|[,.;:(] ?|\b(?:on|at|in|near|along|of|to|from|outside|inside|behind|opposite|beside|by"
    r"|and|is|called|between|down|up|around)) ?(?:the )?$"
)
_LOOSE = re.compile(r"(?:\b(?:a|an|the|this|that|my|our|your|his|her|their|every|each)) $")
_ROOM = re.compile(r"\b(?:building|block|unit|room|flat|apartment) (?:no\.? ?)?[0-9]{1,4}[a-d]?\b")
_LONGEST = 3
_ANY = re.compile("[a-z]{4}")

Piece = tuple[str, int, int, float]
"""Kind, start, end and confidence."""


def english(text: str) -> Iterator[Piece]:
    """Yield pieces of places in a normalised text, with the kinds of place parts."""
    if not _ANY.search(text):
        return
    for match in _ROOM.finditer(text):
        yield "building", match.start(), match.end(), 0.6
    for match in _ROAD.finditer(text):
        start = _name(text, match.start())
        if start is None:
            continue
        number = _NUMBER.search(text, max(0, start - 12), start)
        if number:
            yield "number", number.start(1), number.end(1), 0.4
        yield "road", start, match.end() - match.group().endswith("."), 0.7
    for match in _PLACE.finditer(text):
        start = _name(text, match.start())
        if start is not None:
            after = _AFTER.match(text, match.end())
            yield match.lastgroup or "", start, after.end() if after else match.end(), 0.7


def _name(text: str, end: int) -> int | None:
    """Return the start of the name that ends before `end`, or `None` when there is no name."""
    start = end
    words: list[str] = []
    while len(words) < _LONGEST:
        match = _WORDS.search(text, max(0, start - 24), start)
        if not match:
            break
        word = match.group().rstrip()
        known = bool(_PINYIN.fullmatch(word)) or word in _COMPASS
        if word in _NO_NAME and word not in _COMPASS:
            break
        if words and not known and _said_of_chinese(words):
            # "garbage jiangdong road": a name in Pinyin continues only in Pinyin.
            break
        words.insert(0, word)
        start = match.start()
    if not words or all(word in _COMPASS for word in words):
        return None
    if _said_of_chinese(words):
        return start
    if _LOOSE.search(text, max(0, start - 8), start) and not text.startswith("the ", start - 4):
        return None
    before = text[max(0, start - 12) : start]
    stands = _PREPOSITION.search(before) or _NUMBER.search(before)
    return start if stands else None


def is_pinyin(word: str) -> bool:
    """Return whether a Latin word consists of Pinyin syllables and is not an everyday word."""
    return bool(_PINYIN.fullmatch(word)) and word not in _NO_NAME


def _said_of_chinese(words: list[str]) -> bool:
    return any(word not in _COMPASS for word in words) and all(
        word in _COMPASS or _PINYIN.fullmatch(word) for word in words
    )
