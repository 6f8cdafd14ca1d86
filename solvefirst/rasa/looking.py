"""Check whether the configured Rasa server answers, and from which files it was trained."""

from dataclasses import dataclass

import httpx

from solvefirst.project import ROOT
from solvefirst.rasa.training import model_of
from solvefirst.settings import Settings

START = "`make rasa` starts both; until then messages are kept, and answered when it is there."


@dataclass(frozen=True, slots=True)
class ServerState:
    """Result of one server's check. `away` is true when no turn would be answered."""

    subject: str
    seen: str
    advice: str = ""
    away: bool = False


def look_at_rasa(settings: Settings) -> list[ServerState]:
    """Query the Rasa server's model and the action server's health."""
    return [_server(settings), _actions(settings)]


def _server(settings: Settings) -> ServerState:
    url = settings.rasa_url.rstrip("/")
    try:
        answer = _get(f"{url}/status")
        trained = answer.json()["model_file"] if answer.is_success else None
    except (httpx.HTTPError, httpx.InvalidURL) as error:
        why = str(error) or type(error).__name__
        return ServerState("Rasa", f"{url} is not reached: {why}", START, away=True)
    except (ValueError, KeyError, TypeError):
        trained = None
    if not trained:
        advice = "Is it `rasa run --enable-api` with a model? SOLVEFIRST_RASA_URL names it."
        return ServerState(
            "Rasa", f"{url} answers, but as no Rasa that is ready", advice, away=True
        )
    wanted = model_of(settings.project or ROOT).name
    if trained != wanted:
        advice = "Stop it and `make rasa` again; or it was trained from other files on purpose."
        return ServerState("Rasa", f"{url} runs {trained}, the files here come to {wanted}", advice)
    return ServerState("Rasa", f"answers at {url} with the project as it stands")


def _actions(settings: Settings) -> ServerState:
    url = settings.rasa_actions_url.rstrip("/")
    try:
        if _get(f"{url}/health").is_success:
            return ServerState("Rasa's actions", f"answers at {url}")
        seen = f"{url} answers, but as no action server"
    except (httpx.HTTPError, httpx.InvalidURL) as error:
        seen = f"{url} is not reached: {str(error) or type(error).__name__}"
    return ServerState("Rasa's actions", seen, START, away=True)


def _get(url: str) -> httpx.Response:
    with httpx.Client(timeout=3, trust_env=False) as client:
        return client.get(url)
