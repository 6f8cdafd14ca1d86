"""Checks of `solvefirst doctor`: the model, the Rasa project, Rasa and Telegram."""

from collections.abc import Iterator

import httpx

from bot.dialogue.engine.embedded.agent import load_agent
from bot.dialogue.engine.embedded.hazards import hazards
from bot.dialogue.engine.embedded.problems import ProjectInvalid
from nlu.classify import ModelUnusable
from solvefirst.doctor.finding import Finding, FindingLevel
from solvefirst.nlu import models
from solvefirst.project import ACTIONS, ROOT
from solvefirst.rasa.looking import look_at_rasa
from solvefirst.settings import Settings


def look_at_model(settings: Settings) -> Finding:
    """Check that a version of the model opens and reads a message."""
    versions = models.versions(settings)
    try:
        opened = versions.open()
    except ModelUnusable as error:
        return Finding(
            "understanding", FindingLevel.WRONG, str(error), "`make model` trains it anew."
        )
    intent = opened.understanding.parse("The street light is broken")["intent"]["name"]
    seen = f"version {opened.name} reads, intent {intent}"
    if opened.refused:
        refused = "; ".join(f"{name} is refused: {why}" for name, why in opened.refused)
        return Finding(
            "understanding",
            FindingLevel.WRONG,
            f"{seen}, in place of {versions.current()}; {refused}",
            f"`solvefirst nlu rollback {opened.name}` settles on it, "
            "`solvefirst nlu train --with-corrections` makes a new one.",
        )
    return Finding("understanding", FindingLevel.FINE, seen)


def look_at_project(settings: Settings) -> Iterator[Finding]:
    """Check that the embedded engine supports the Rasa project."""
    folder = settings.project or ROOT
    try:
        agent = load_agent(folder, ACTIONS)
    except ProjectInvalid as error:
        yield Finding("dialogue", FindingLevel.WRONG, str(error), "Each line says what to write.")
        return
    yield Finding("dialogue", FindingLevel.FINE, f"rules and forms of {folder} are supported")
    for hazard in hazards(agent.project):
        yield Finding(
            f"dialogue, {hazard.place}", FindingLevel.MIND, hazard.feature, f"{hazard.advice}."
        )


def look_at_server(settings: Settings) -> Iterator[Finding]:
    """Check the Rasa server and its action server."""
    for finding in look_at_rasa(settings):
        verdict = (
            FindingLevel.WRONG
            if finding.away
            else FindingLevel.MIND
            if finding.advice
            else FindingLevel.FINE
        )
        yield Finding(finding.subject, verdict, finding.seen, finding.advice)


def look_at_telegram(settings: Settings, token: str) -> Finding:
    """Check that Telegram accepts the token."""
    url = f"{settings.telegram_api_url.rstrip('/')}/bot{token}/getMe"
    advice = "Is SOLVEFIRST_TELEGRAM_API_URL right, and may this machine reach it?"
    try:
        answer = httpx.get(url, timeout=5)
        name = answer.json()["result"]["username"] if answer.is_success else None
    except (httpx.HTTPError, ValueError, KeyError, TypeError) as error:
        # Not the error's words: the address contains the token.
        return Finding(
            "Telegram", FindingLevel.WRONG, f"not reached: {type(error).__name__}", advice
        )
    if name is None:
        return Finding(
            "Telegram",
            FindingLevel.WRONG,
            f"refuses the token with {answer.status_code}",
            "Ask BotFather for it again (docs/telegram.md).",
        )
    road = "updates are polled for" if settings.telegram_webhook_url is None else "webhook"
    return Finding("Telegram", FindingLevel.FINE, f"answers as @{name}, {road}")
