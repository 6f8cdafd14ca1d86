"""Rules for a drawn domain. Each kind is a function; how often it is drawn stands in `KINDS`."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from hypothesis import strategies as st

from conformance.domains import FORMS, INTENTS, RESPONSES, Drawn, chance, one


@dataclass
class Rules:
    """The rules so far, and the intents that none of them uses: rules should seldom contradict."""

    draw: Drawn
    free: list[str]
    written: list[dict[str, Any]] = field(default_factory=list)

    def add(self, kind: str, steps: list[Any], condition: Any = None, **more: Any) -> None:
        rule = {"rule": f"{kind} {len(self.written)}", **more}
        if condition:
            rule["condition"] = condition
        self.written.append(rule | {"steps": steps})

    def intent(self) -> dict[str, str]:
        """An intent of its own while there are any."""
        return {"intent": self.free.pop() if self.free else one(self.draw, *INTENTS)}

    def shared(self) -> dict[str, str]:
        """Any intent, other rules' too."""
        return {"intent": one(self.draw, *INTENTS)}

    def utter(self) -> dict[str, str]:
        return {"action": one(self.draw, *RESPONSES)}

    def form(self) -> str:
        return str(one(self.draw, *FORMS))

    def action(self) -> dict[str, str]:
        return {"action": one(self.draw, "action_a", "action_b")}


def draw_rules(draw: Drawn, *, several_intents: bool) -> list[dict[str, Any]]:
    """Rules that start the forms and end them, and a few of other kinds."""
    free = draw(st.permutations([*INTENTS, "nlu_fallback", "out_of_scope"]))
    rules = Rules(draw, list(free))
    _start(rules, FORMS[0])
    if chance(draw, 0.7):
        _start(rules, FORMS[1])
    for form in FORMS:
        if chance(draw, 0.8):
            _submit(rules, form)
    for kind in draw(st.lists(st.sampled_from(KINDS), min_size=2, max_size=7)):
        kind(rules)
    if several_intents:
        form = rules.form()
        loop = {"active_loop": form}
        steps = [rules.shared(), rules.utter(), rules.shared(), {"action": form}, loop]
        rules.add("several", steps, [loop])
    return rules.written


def _start(rules: Rules, form: str) -> None:
    rules.add("start", [rules.intent(), {"action": form}, {"active_loop": form}])


def _submit(rules: Rules, form: str) -> None:
    steps: list[Any] = [{"action": form}, {"active_loop": None}]
    if chance(rules.draw, 0.5):
        steps.append({"slot_was_set": [{"requested_slot": None}]})
    steps.append(rules.action() if chance(rules.draw, 0.3) else rules.utter())
    rules.add("submit", steps, [{"active_loop": form}] if chance(rules.draw, 0.7) else None)


def _faq(rules: Rules) -> None:
    rules.add("faq", [rules.intent(), rules.utter()])


def _chat(rules: Rules) -> None:
    rules.add("chat", [rules.shared(), rules.utter()], [{"active_loop": rules.form()}])


def _return(rules: Rules) -> None:
    form = rules.form()
    steps = [rules.shared(), rules.utter(), {"action": form}, {"active_loop": form}]
    rules.add("return", steps, [{"active_loop": form}])


def _stop(rules: Rules) -> None:
    leave = [{"action": "action_deactivate_loop"}, {"active_loop": None}]
    rules.add("stop", [rules.shared(), *leave, rules.utter()], [{"active_loop": rules.form()}])


def _slot(rules: Rules) -> None:
    seen = one(
        rules.draw,
        {"b0": True}, {"b0": False}, {"b0": None}, {"c0": "en"}, {"c0": "other"}, {"c0": None},
        {"t0": "any"}, {"t0": None}, "t0", {"n0": 5}, {"l0": ["x"]},
    )  # fmt: skip
    rules.add("slot", [rules.shared(), rules.utter()], [{"slot_was_set": [seen]}])


def _act(rules: Rules) -> None:
    rules.add("act", [rules.intent(), rules.action(), rules.utter()])


def _acts(rules: Rules) -> None:
    rules.add(
        "acts", [rules.shared(), {"action": "action_a"}, {"action": "action_b"}, rules.utter()]
    )


def _tail(rules: Rules) -> None:
    rules.add("tail", [{"action": "action_b"}, rules.utter()])


def _chain(rules: Rules) -> None:
    rules.add("chain", [rules.intent(), {"action": "utter_3"}], wait_for_user_input=False)
    if chance(rules.draw, 0.7):
        rules.add("chained", [{"action": "utter_3"}, rules.utter()])


def _unheard(rules: Rules) -> None:
    rules.add(
        "unheard", [rules.shared(), rules.utter()], [{"active_loop": FORMS[0]}],
        wait_for_user_input=False,
    )  # fmt: skip


def _first(rules: Rules) -> None:
    seen = [{"slot_was_set": [{"b0": True}]}] if chance(rules.draw, 0.3) else None
    rules.add("first", [rules.intent(), rules.utter()], seen, conversation_start=True)


def _or(rules: Rules) -> None:
    rules.add("or", [{"or": [rules.intent(), rules.intent()]}, rules.utter()])


def _or_slot(rules: Rules) -> None:
    seen = [{"slot_was_set": [{"b0": True}]}, {"slot_was_set": [{"c0": "en"}]}]
    rules.add("or slot", [rules.shared(), {"or": seen}, rules.utter()])


def _entity(rules: Rules) -> None:
    named = one(rules.draw, "e0", "e1", {"e2": "any", "role": "to"}, {"e2": "any", "group": "g1"})
    rules.add("entity", [{**rules.shared(), "entities": [named]}, rules.utter()])


def _branch(rules: Rules) -> None:
    steps = [rules.intent(), {"action": "action_a"}, {"slot_was_set": [{"b0": True}]}]
    rules.add("branch", [*steps, rules.utter()])


def _outside(rules: Rules) -> None:
    rules.add("outside", [rules.shared(), rules.utter()], [{"active_loop": None}])


def _loop(rules: Rules) -> None:
    form = rules.form()
    steps = [rules.shared(), {"action": "action_a"}, {"active_loop": form}, {"action": form}]
    rules.add("loop", steps)


KINDS: tuple[Callable[[Rules], None], ...] = (
    _faq, _faq, _faq, _chat, _return, _stop, _slot, _slot, _act, _act, _acts, _tail, _chain,
    _unheard, _first, _or, _or_slot, _entity, _branch, _outside, _loop,
)  # fmt: skip
