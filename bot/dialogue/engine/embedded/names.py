"""Names that are fixed in Rasa Open Source 3.6: default actions, intents, slots, event types."""

ACTION_LISTEN = "action_listen"
ACTION_RESTART = "action_restart"
ACTION_SESSION_START = "action_session_start"
ACTION_DEFAULT_FALLBACK = "action_default_fallback"
ACTION_DEACTIVATE_LOOP = "action_deactivate_loop"
ACTION_BACK = "action_back"
ACTION_VALIDATE_SLOT_MAPPINGS = "action_validate_slot_mappings"

DEFAULT_ACTIONS = (
    ACTION_LISTEN,
    ACTION_RESTART,
    ACTION_SESSION_START,
    ACTION_DEFAULT_FALLBACK,
    ACTION_DEACTIVATE_LOOP,
    ACTION_BACK,
)
"""Supported default actions. Rasa's first action is first: it wins when all scores are zero."""

_TWO_STAGES = (
    "not run here; write a rule for the intent nlu_fallback with a response that asks again"
)
REFUSED_ACTIONS = {
    "action_two_stage_fallback": _TWO_STAGES,
    "action_default_ask_affirmation": _TWO_STAGES,
    "action_default_ask_rephrase": _TWO_STAGES,
    "action_revert_fallback_events": _TWO_STAGES,
    "action_unlikely_intent": "not run here; without stories no intent is unlikely: remove it",
    "action_extract_slots": "not run by name; slots are filled by `mappings:` before every rule",
    "action_query_knowledge_base": (
        "knowledge base actions are not run here; write an action of your own, under a name of "
        "its own, that looks up and answers"
    ),
}
"""Unsupported default actions of Rasa, each with what to write instead."""

INTENT_RESTART = "restart"
INTENT_BACK = "back"
INTENT_SESSION_START = "session_start"
INTENT_NLU_FALLBACK = "nlu_fallback"
DEFAULT_INTENTS = (
    INTENT_RESTART,
    INTENT_BACK,
    "out_of_scope",
    INTENT_SESSION_START,
    INTENT_NLU_FALLBACK,
)

INTENT_ACTIONS = {
    INTENT_RESTART: ACTION_RESTART,
    INTENT_BACK: ACTION_BACK,
    INTENT_SESSION_START: ACTION_SESSION_START,
}
"""Intents whose action runs before any form or rule."""

REQUESTED_SLOT = "requested_slot"
SESSION_METADATA = "session_started_metadata"

SNIPPET = "..."
"""The action that stands for "anything may have happened before"."""

SHOULD_NOT_BE_SET = "should_not_be_set"
"""Value of `null` in a rule: the slot must be unset."""

OTHER_VALUE = "__other__"
"""Category of a categorical slot's value that is not listed."""

UTTER = "utter_"
