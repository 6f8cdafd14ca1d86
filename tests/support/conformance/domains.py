"""Domains of small projects, drawn at random: intents, entities, slots, forms, responses."""

from typing import Any, TypeAlias

from hypothesis import strategies as st

Drawn: TypeAlias = Any
"""Hypothesis's `draw`."""

UNLISTED = "i_unlisted"
"""An intent that is missing in every domain, to be named in slot mappings."""
INTENTS = tuple(f"i{number}" for number in range(7))
FORMS = ("form_a", "form_b")
FORM_SLOTS = ("s0", "s1", "s2", "s3")
RESPONSES = tuple(f"utter_{number}" for number in range(5))
VALUES = ("zh", "en")


def chance(draw: Drawn, share: float) -> bool:
    """True in about `share` of cases; false is the simpler one."""
    return bool(draw(st.integers(0, 99)) >= 100 - round(100 * share))


def some(draw: Drawn, pool: tuple[str, ...], least: int, most: int) -> list[str]:
    """Some of `pool`, each once."""
    return list(draw(st.lists(st.sampled_from(pool), min_size=least, max_size=most, unique=True)))


def one(draw: Drawn, *choices: Any) -> Any:
    """One of `choices`, the first is the simplest."""
    return draw(st.sampled_from(choices))


def draw_domain(draw: Drawn) -> dict[str, Any]:
    """A whole domain."""
    forms = _forms(draw)
    slots = _slots(draw, forms)
    return {
        "version": "3.1",
        "intents": _intents(draw),
        "entities": _entities(draw),
        "slots": slots,
        "forms": forms,
        "actions": _actions(draw, slots),
        "responses": _responses(draw),
        "session_config": {
            "session_expiration_time": one(draw, 60, 60, 0.5, 0),
            "carry_over_slots_to_new_session": not chance(draw, 0.3),
        },
    }


def _intents(draw: Drawn) -> list[Any]:
    intents: list[Any] = list(INTENTS)
    if chance(draw, 0.3):
        intents[5] = {"i5": {"ignore_entities": some(draw, ("e0", "e1"), 1, 2)}}
    if chance(draw, 0.3):
        intents[6] = {"i6": {"use_entities": some(draw, ("e0", "e1", "e2"), 0, 2)}}
    return intents


def _entities(draw: Drawn) -> list[Any]:
    seen = {"e1": {"influence_conversation": False}} if chance(draw, 0.2) else "e1"
    return ["e0", seen, {"e2": {"roles": ["to", "from"], "groups": ["g0", "g1"]}}]


def _forms(draw: Drawn) -> dict[str, Any]:
    forms: dict[str, Any] = {
        FORMS[0]: {"required_slots": some(draw, FORM_SLOTS, 1, 3)},
        FORMS[1]: {"required_slots": some(draw, FORM_SLOTS, 0, 2)},
    }
    for form in forms.values():
        if chance(draw, 0.3):
            form["ignored_intents"] = some(draw, INTENTS, 1, 2)
    return forms


def _slots(draw: Drawn, forms: dict[str, Any]) -> dict[str, Any]:
    slots: dict[str, Any] = {}
    for name in FORM_SLOTS:
        within = [form for form in FORMS if name in (forms[form]["required_slots"] or FORM_SLOTS)]
        count = draw(st.integers(1, 2))
        slots[name] = {
            "type": one(draw, "text", "text", "any"),
            "mappings": [_mapping(draw, name, within) for _ in range(count)],
        }
        if slots[name]["type"] == "text" and chance(draw, 0.7):
            slots[name]["influence_conversation"] = False
    custom = {"type": "custom"}
    slots["c0"] = {
        "type": "categorical",
        "values": list(VALUES),
        "mappings": [
            one(
                draw,
                custom,
                {"type": "from_entity", "entity": "e1"},
                {"type": "from_intent", "intent": ["i1"], "value": "en"},
            )
        ],
    }
    if chance(draw, 0.5):
        slots["c0"]["initial_value"] = "zh"
    slots["b0"] = {
        "type": "bool",
        "mappings": [
            one(
                draw,
                custom,
                {"type": "from_intent", "intent": ["i2", "i3"], "value": True},
                {"type": "from_intent", "not_intent": "i2", "value": False},
            )
        ],
    }
    slots["t0"] = {
        "type": "text",
        "mappings": [one(draw, custom, {"type": "from_entity", "entity": "e0"}, _e2(draw))],
    }
    slots["n0"] = {"type": "float", "min_value": 1, "max_value": 9, "mappings": [custom]}
    slots["l0"] = {
        "type": "list",
        "mappings": [one(draw, custom, {"type": "from_entity", "entity": "e0"})],
    }
    if chance(draw, 0.2):
        kind = one(draw, "text", "any")
        slots["requested_slot"] = {"type": kind, "mappings": [custom]}
        if kind == "any" or chance(draw, 0.5):
            slots["requested_slot"]["influence_conversation"] = False
    return slots


def _intents_of(draw: Drawn, *, needed: bool) -> dict[str, list[str]]:
    """The intents that a mapping takes or leaves, one in twenty with one that nothing lists."""
    lost = [UNLISTED] if chance(draw, 0.05) else []
    if needed or chance(draw, 0.2):
        return {"intent": [*some(draw, INTENTS, 1, 3), *lost]}
    if chance(draw, 0.7):
        fallback = some(draw, ("nlu_fallback",), 0, 1)
        return {"not_intent": [*some(draw, INTENTS, 1, 4), *fallback, *lost]}
    return {}


def _e2(draw: Drawn) -> dict[str, Any]:
    mapping: dict[str, Any] = {"type": "from_entity", "entity": "e2"}
    return mapping | one(draw, {}, {"role": "to"}, {"group": "g1"}, {"role": "from", "group": "g0"})


def _mapping(draw: Drawn, slot: str, forms: list[str]) -> dict[str, Any]:
    kind = one(
        draw, "from_text", "from_entity", "from_text", "from_entity", "from_intent",
        "from_trigger_intent", "custom",
    )  # fmt: skip
    mapping: dict[str, Any] = {"type": kind}
    if kind == "from_entity":
        mapping = _e2(draw) if chance(draw, 0.3) else mapping | {"entity": one(draw, "e0", "e1")}
    if kind in ("from_intent", "from_trigger_intent"):
        mapping["value"] = one(draw, "v", True, 3, False)
    mapping |= _intents_of(draw, needed=kind in ("from_intent", "from_trigger_intent"))
    conditions: list[dict[str, Any]] = []
    for form in forms:
        if chance(draw, 0.8):
            asked = {"requested_slot": slot} if chance(draw, 0.6) else {}
            conditions.append({"active_loop": form} | asked)
    if chance(draw, 0.1):
        conditions.append({"active_loop": None})
    if kind == "from_text" and not conditions:
        conditions = [{"active_loop": form} for form in forms] or [{"active_loop": None}]
    if conditions and (kind != "from_entity" or chance(draw, 0.4)):
        mapping["conditions"] = conditions
    if kind == "custom" and chance(draw, 0.6):
        mapping["action"] = "action_fill"
    return mapping


def _actions(draw: Drawn, slots: dict[str, Any]) -> list[str]:
    actions = ["action_a", "action_b"]
    mappings = [mapping for slot in slots.values() for mapping in slot["mappings"]]
    if any("action" in mapping for mapping in mappings):
        actions.append("action_fill")
    for name, share in (
        ("validate_form_a", 0.5),
        ("validate_form_b", 0.4),
        ("action_validate_slot_mappings", 0.2),
        ("action_ask_s0", 0.2),
        ("action_ask_form_a_s1", 0.1),
        ("action_session_start", 0.1),
    ):
        if chance(draw, share):
            actions.append(name)
    return actions


def _responses(draw: Drawn) -> dict[str, Any]:
    when = [[{"type": "slot", "name": "c0", "value": value}] for value in VALUES]
    responses: dict[str, Any] = {
        "utter_0": [
            {"text": "zero zh", "condition": when[0], "id": "r0"},
            {"text": "zero en {s0}", "condition": when[1], "metadata": {"tone": "plain"}},
        ],
        "utter_1": [{"text": "one {s0} {c0}\n\nand more"}, {"text": "one again {requested_slot}"}],
        "utter_2": [
            {
                "text": "two {t0}",
                "buttons": [{"title": "{c0}", "payload": '/i1{{"e0": "{t0}"}}'}],
            }
        ],
        "utter_3": [
            {"text": "three", "image": "https://example.org/{s1}.png"},
            {"text": "three for one channel", "channel": one(draw, "collector", "elsewhere")},
        ],
        "utter_4": [{"text": "four", "custom": {"kind": "card", "of": "{b0}"}}],
    }
    if chance(draw, 0.5):
        responses["utter_0"].append({"text": "zero"})
    if chance(draw, 0.2):
        responses["utter_4"] = [{"custom": {"only": "this {n0}"}}]
    for slot in FORM_SLOTS:
        if chance(draw, 0.8):
            responses[f"utter_ask_{slot}"] = [{"text": f"which {slot}? not {{requested_slot}}"}]
    for name, share in (
        ("utter_ask_form_a_s1", 0.3),
        ("utter_default", 0.5),
        ("utter_back", 0.5),
        ("utter_restart", 0.5),
    ):
        if chance(draw, share):
            responses[name] = [{"text": name}]
    return responses
