"""The citizen of a conversation: says what the file says, and answers what the state asks."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field

from talk.filed import PARTIES, Filed
from talk.material import Conversation
from talk.world import DESCRIPTION, NEXT, SUMMARY, WHICH, Heard, World

TURNS = 14
"""Turns of the citizen after which a conversation without an end is a loop."""
THIRD = 3

_MEANT = ("named", "confidential", "anonymous", "yes", "no")
_WAYS = {
    lang: dict(zip(_MEANT, words.split(","), strict=True))
    for lang, words in {
        "zh": "实名,保密,匿名,好的,不用了",
        "zh-Hant": "實名,保密,匿名,好的,不用了",
        "en": "named,confidential,anonymous,Yes please,No thanks",
    }.items()
}


@dataclass(frozen=True, slots=True)
class Exchange:
    """One message and its replies. `phase` is `earlier`, `says`, `answers` or `after`.

    `instead` says that it was said in place of an answer, `answers` which question it answers,
    `told` that the citizen knew what was asked.
    """

    phase: str
    said: str
    heard: Heard
    answers: str | None = None
    known: bool = False
    instead: bool = False


@dataclass
class Played:
    """What came of a conversation."""

    exchanges: list[Exchange] = field(default_factory=list)
    before: list[Filed] = field(default_factory=list)
    cases: list[Filed] = field(default_factory=list)
    moves: dict[str, list[str]] = field(default_factory=dict)
    """The moves of each case after the pause, by number."""
    loop: str | None = None
    broken: str | None = None

    @property
    def opened(self) -> list[Filed]:
        """The cases that were opened after `earlier`."""
        known = {case.number for case in self.before}
        return [case for case in self.cases if case.number not in known]

    def of(self, *phases: str) -> list[Exchange]:
        """Give the exchanges of some phases; of all but `earlier` without any."""
        return [
            exchange
            for exchange in self.exchanges
            if (exchange.phase in phases if phases else exchange.phase != "earlier")
        ]


class Citizen:
    """Plays one conversation."""

    def __init__(
        self, conversation: Conversation, world: World, played: Played, *, earlier: bool = False
    ) -> None:
        self._one = conversation
        self._world = world
        self._played = played
        self._earlier = earlier
        self._instead = list(conversation.instead)
        self._summaries: Iterator[str] = iter(conversation.at_summary)
        self._last_summary = conversation.at_summary[-1] if conversation.at_summary else ""
        self._put: Counter[str] = Counter()
        self._answered = 0

    async def converse(self) -> None:
        """Say all, answer until nothing is asked, then say what comes after."""
        phases = ("earlier",) * 3 if self._earlier else ("says", "answers", "after")
        heard = None
        for line in self._one.says:
            heard = await self._say(phases[0], line)
        if self._one.idle is not None:
            self._world.wait(self._one.idle)
        await self._answer(heard, phases[1], len(self._one.says))
        for line in self._one.after:
            if self._played.loop is None:
                self._put.clear()
                await self._answer(await self._say(phases[2], line), phases[2], 1)

    async def _say(self, phase: str, line: str, **about: object) -> Heard:
        heard = await self._world.say(line)
        self._played.exchanges.append(Exchange(phase, line, heard, **about))  # type: ignore[arg-type]
        if any(custom.get("type") == "receipt" for custom in heard.customs):
            self._put.clear()
        return heard

    async def _answer(self, heard: Heard | None, phase: str, turns: int) -> None:
        while heard is not None and (asked := heard.asked) is not None:
            self._put[asked] += 1
            if self._put[asked] >= self._most(asked):
                self._played.loop = f"asked for the {THIRD}rd time: {asked}"
                return
            if turns >= TURNS:
                self._played.loop = f"no end after {TURNS} turns"
                return
            turns += 1
            self._answered += 1
            if (line := self._interrupts(asked)) is not None:
                heard = await self._say(phase, line, answers=asked, instead=True)
                continue
            line, given = self._reply(asked, heard)
            heard = await self._say(phase, line, answers=asked, known=given)

    def _most(self, asked: str) -> int:
        """How often a question may be put; a summary once more for each correction of it."""
        if asked in (NEXT, WHICH):
            return TURNS
        corrections = max(len(self._one.at_summary) - 1, 0) if asked == SUMMARY else 0
        return THIRD + corrections

    def _interrupts(self, asked: str) -> str | None:
        """What is said in place of an answer now, once."""
        for item in self._instead:
            if item["when"] in (asked, "any", self._answered):
                self._instead.remove(item)
                return str(item["says"])
        return None

    def _reply(self, asked: str, heard: Heard) -> tuple[str, bool]:
        """The answer to a question, and whether the citizen knew it."""
        one, ways = self._one, _WAYS[self._one.lang]
        match asked:
            case "summary" | "change":
                return next(self._summaries, self._last_summary), True
            case "mode":
                flags = one.expect.get("flags", ())
                return next((ways[flag] for flag in flags if flag in ways), ways["named"]), True
            case "next":
                return ways["yes" if one.several or self._earlier else "no"], True
            case "leave":
                drops = bool({"nothing_filed", "withdrawn"} & one.ends)
                return ways["yes" if drops else "no"], True
            case "category":
                codes = one.expect.get("category", ())
                for button in heard.buttons:
                    if any(f'"{code}"' in button.payload for code in codes):
                        return button.title, True
        keys = {WHICH: ("which", "case"), DESCRIPTION: (DESCRIPTION,)}.get(asked, (asked,))
        if asked in PARTIES:
            keys = (asked, *PARTIES)
        known = next((one.knows[key] for key in keys if key in one.knows), None)
        return (one.does_not_know, False) if known is None else (known, True)


async def play(conversation: Conversation, world: World) -> Played:
    """Play a conversation, with the earlier one and the pause before it."""
    played = Played()
    try:
        await _play(conversation, world, played)
    except Exception as error:  # noqa: BLE001 - whatever it is, this conversation has failed
        played.broken = f"{type(error).__name__}: {error}"
    return played


async def _play(conversation: Conversation, world: World, played: Played) -> None:
    old: dict[str, int] = {}
    if conversation.earlier is not None:
        await Citizen(conversation.earlier, world, played, earlier=True).converse()
        played.loop = None
        played.before = await world.cases()
        for case in played.before:
            old[case.number] = len(await world.moves(case.number))
        if conversation.pause is not None:
            world.wait(conversation.pause)
    await Citizen(conversation, world, played).converse()
    played.cases = await world.cases()
    for case in played.cases:
        played.moves[case.number] = (await world.moves(case.number))[old.get(case.number, 0) :]
