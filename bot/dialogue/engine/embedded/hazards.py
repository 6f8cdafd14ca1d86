"""Find constructs that Rasa runs but that harm citizens: `doctor` shows them as warnings."""

from collections.abc import Iterator

from bot.dialogue.engine.embedded.domain.slots import Slot, SlotMapping
from bot.dialogue.engine.embedded.names import (
    ACTION_DEFAULT_FALLBACK,
    INTENT_NLU_FALLBACK,
    SHOULD_NOT_BE_SET,
)
from bot.dialogue.engine.embedded.problems import FileLine, ProjectProblem
from bot.dialogue.engine.embedded.project import Project


def hazards(project: Project) -> list[ProjectProblem]:
    """List what is valid in this project but will surprise citizens, ordered by place."""
    found = (_fallback, _endings, _empty_forms, _texts, _sessions)
    return sorted({*project.warnings, *(hazard for look in found for hazard in look(project))})


def _fallback(project: Project) -> Iterator[ProjectProblem]:
    settings = project.config.policy
    if project.domain.forms and settings.fallback_action == ACTION_DEFAULT_FALLBACK:
        yield ProjectProblem(
            FileLine("config.yml", 1),
            "core_fallback_action_name",
            "the default fallback takes back the message and every slot that it filled; name an "
            "action of your own, with a rule that listens after it",
        )


def _endings(project: Project) -> Iterator[ProjectProblem]:
    answered = {
        key.states[-1].previous
        for key, action in project.book.steps.values.items()
        if key.states[-1].loop in (None, SHOULD_NOT_BE_SET) and action not in project.domain.forms
    }
    for name in project.domain.forms:
        if name not in answered:
            yield ProjectProblem(
                project.places["forms", name],
                f"form '{name}' without a rule for its end",
                "nothing is said when it is filled, and the fallback may take back the whole form: "
                f"add a rule `- action: {name}`, `- active_loop: null`, then what to do",
            )


def _empty_forms(project: Project) -> Iterator[ProjectProblem]:
    for name, form in project.domain.forms.items():
        if not form.required_slots and f"validate_{name}" not in project.domain.actions:
            yield ProjectProblem(
                project.places["forms", name],
                f"form '{name}' without slots",
                "it ends as soon as it begins: list what it asks for under `required_slots:`, or "
                f"let an action `validate_{name}` say so",
            )


def _texts(project: Project) -> Iterator[ProjectProblem]:
    for slot in project.domain.mapped_slots:
        for mapping in slot.mappings:
            forms = [
                project.domain.forms[condition.active_loop]
                for condition in mapping.conditions
                if condition.active_loop is not None
            ]
            ignoring = forms and all(INTENT_NLU_FALLBACK in f.ignored_intents for f in forms)
            if (
                mapping.type == "from_text"
                and not mapping.intents
                and INTENT_NLU_FALLBACK not in mapping.not_intents
                and not ignoring
            ):
                yield ProjectProblem(
                    project.places["slots", slot.name],
                    f"from_text mapping of slot '{slot.name}'",
                    "it takes questions and what was not understood for an answer: list those "
                    "intents and nlu_fallback under `not_intent:`",
                )


def _sessions(project: Project) -> Iterator[ProjectProblem]:
    """Find forms that lose data at the end of a session, while their requested slot is kept.

    The next activation reads its own first message again with the old question. This is harmful
    where a mapping depends on the question. A form that leaves the reading to its actions can
    continue with the earlier values.
    """
    domain = project.domain
    if not (domain.forms and domain.carry_over_slots and domain.session_minutes):
        return
    for slot in domain.mapped_slots:
        if any(_asked_for(mapping, slot, project) for mapping in slot.mappings):
            yield ProjectProblem(
                project.places["slots", slot.name],
                f"carry_over_slots_to_new_session with slot '{slot.name}'",
                "the question that was open when a session ended is carried over, so the message "
                "that starts the next form is read as its answer; write false, or 0 minutes",
            )


def _asked_for(mapping: SlotMapping, slot: Slot, project: Project) -> bool:
    """Return whether the mapping gives more values when its slot is requested."""
    if any(condition.requested_slot for condition in mapping.conditions):
        return True
    return mapping.type == "from_entity" and any(
        slot.name in form.required_slots and mapping.identity not in form.unique_mappings
        for form in project.domain.forms.values()
    )
