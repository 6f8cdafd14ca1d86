"""Faults by cause: what the product made of the message at which a conversation went wrong."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence

from talk.judging import Judgement, Mark
from talk.material import Conversation
from talk.playing import Exchange, Played
from talk.world import SUMMARY

Done = tuple[Conversation, Played, Judgement]

_ALWAYS = frozenset({"utter_summary", "utter_summary_again"})
_LISTED = 60


def table(done: Iterable[Done]) -> str:
    """Each cause, how many conversations have it, and which: the most frequent first."""
    found: dict[str, list[str]] = defaultdict(list)
    for conversation, played, judgement in done:
        if not judgement.faultless:
            for cause in dict.fromkeys(causes(conversation, played, judgement)):
                found[cause].append(conversation.id.rpartition("-")[2])
    lines = ["| cause | conversations | which |", "|---|---:|---|"]
    for cause, ids in sorted(found.items(), key=lambda item: (-len(item[1]), item[0])):
        more = f" … and {len(ids) - _LISTED}" if len(ids) > _LISTED else ""
        lines.append(f"| {cause} | {len(ids)} | {', '.join(sorted(ids)[:_LISTED])}{more} |")
    return "\n".join(lines) + "\n"


def causes(conversation: Conversation, played: Played, judgement: Judgement) -> Iterator[str]:
    """Give the causes of what is wrong; one that follows from another is left out."""
    if played.broken is not None:
        yield f"broken: {played.broken}"
        return
    wrong = judgement.wrong
    of = {mark.of for mark in wrong}
    filed = bool(played.opened)
    stuck = list(_stuck(played))
    yield from stuck
    if "end" in of and not stuck:
        yield _ended(conversation, played, wrong)
    for mark in wrong:
        if mark.of in ("kind", "category") and filed:
            yield f"{mark.of}: {mark.why}"
        elif mark.of == "detail" and filed:
            empty = ": None" in mark.why
            yield f"detail {mark.key}: {'not filed' if empty else 'another value'}"
        elif mark.of == "alarm":
            why = mark.why.partition(":")[0] if mark.key == "numbers" else mark.why
            yield f"alarm, {mark.key}: {why}"
        elif mark.of in ("flags", "after", "told", "never", "absent", "silent"):
            yield f"{mark.of} wrong"
        elif mark.of == "cases" and filed:
            yield f"cases: {mark.why}"
        elif mark.of == "needless" and not stuck:
            yield f"needless: {mark.why}"


def _stuck(played: Played) -> Iterator[str]:
    """Find answers after which the same was asked again."""
    for exchange in played.of():
        asked = exchange.answers
        if asked is None or exchange.instead or exchange.heard.asked != asked:
            continue
        if asked == SUMMARY:
            yield f"summary: {_reaction(exchange)}"
        elif exchange.known:
            yield f"answer to `{asked}` not taken: {_reaction(exchange)}"
        else:
            yield f"`{asked}` asked again of who does not know: {_reaction(exchange)}"


def _reaction(exchange: Exchange) -> str:
    """The responses to a message, as their names."""
    names = sorted(exchange.heard.responses - _ALWAYS)
    return ", ".join(name.removeprefix("utter_") for name in names) or "asked again, no word"


def _ended(conversation: Conversation, played: Played, wrong: Sequence[Mark]) -> str:
    if conversation.earlier is not None and not played.before:
        return "the earlier conversation was not filed"
    last = next((item for item in reversed(played.of("says", "answers")) if item.heard.texts), None)
    reaction = _reaction(last) if last is not None else "nothing"
    why = next(mark.why for mark in wrong if mark.of == "end")
    wanted = why.rpartition("not ")[2]
    if played.opened:
        return f"filed where the end is {wanted}"
    if played.loop is not None:
        return f"loop, {played.loop.rpartition(': ')[2]}: {reaction}"
    phase = "opening" if last is not None and last.phase == "says" else "after answers"
    return f"{phase}: {reaction}; the end is {wanted}"
