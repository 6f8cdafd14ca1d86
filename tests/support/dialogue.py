"""A small catalogue and messages for tests of the actions, and a way to run one action."""

from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

import yaml
from rasa_sdk.executor import ActionExecutor

from actions.catalogue import DialogueCatalogue
from actions.draft import Draft
from actions.judgement.draft_update import DraftUpdate
from actions.judgement.listening import take
from actions.message import UnderstoodMessage
from api.client import ApiUnavailable
from api.contract import CatalogueOut
from bot.dialogue.engine.embedded.registry import executor_of


def _names(zh: str, en: str) -> dict[str, str]:
    return {"zh": zh, "en": en}


def _detail(key: str, kind: str, zh: str, en: str, **choices: tuple[str, str]) -> dict[str, Any]:
    return {
        "key": key,
        "type": kind,
        "names": _names(zh, en),
        "prompts": {"zh": [f"{zh}一", f"{zh}二"], "en": [f"{en} one", f"{en} two"]},
        "choices": [{"value": v, "names": _names(*names)} for v, names in choices.items()],
    }


def _category(code: str, zh: str, en: str, required: list[str], *optional: str) -> dict[str, Any]:
    return {
        "code": code,
        "parent": code[:2],
        "names": _names(zh, en),
        "words": {"zh": [zh], "en": [en]},
        "required": required,
        "optional": list(optional),
        "unit_type": "street",
        "limit": {"amount": 5, "unit": "working_days"},
        "hint": _names("会有人来看。", "Someone will look."),
    }


CATALOGUE = CatalogueOut.model_validate(
    {
        "version": "tests",
        "city": {"code": "9901", "names": _names("灯市", "Lantern")},
        "hotline": {"names": _names("热线", "Hotline"), "number": "12345"},
        "first_level": [{"code": c, "names": _names(c, c)} for c in ("01", "02", "99")],
        "categories": [
            _category("0101", "占道", "Blocked way", ["place", "contact"], "time", "photo"),
            _category("0102", "欠薪", "Unpaid wages", ["employer", "amount", "people", "contact"]),
            _category("0201", "停水", "No water", ["place", "scope", "again", "contact"]),
            _category("0103", "预付卡", "Prepaid", ["merchant", "demand", "contact"], "head_count"),
            _category("0202", "看病", "Treatment", ["place", "contact"], "hospital", "demand"),
            _category("9900", "其他", "Other", ["demand", "contact"]),
        ],
        "details": {
            item["key"]: item
            for item in (
                _detail("happened", "text", "经过", "What happened"),
                _detail("place", "place", "地点", "Place"),
                _detail("time", "time", "时间", "Time"),
                _detail("demand", "text", "要求", "Demand"),
                _detail("contact", "contact", "联系方式", "Contact"),
                _detail("photo", "photo", "照片", "Photo"),
                _detail("employer", "text", "单位", "Employer"),
                _detail("merchant", "text", "商家", "Merchant"),
                _detail("hospital", "text", "医院", "Hospital"),
                _detail("head_count", "number", "人数", "Head count"),
                _detail("amount", "amount", "金额", "Amount"),
                _detail("people", "number", "人数", "People"),
                _detail(
                    "scope", "choice", "范围", "Scope", home=("我家", "home"), all=("全楼", "all")
                ),
                _detail("again", "yes_no", "是否反复", "Again"),
            )
        },
        "exclusions": [],
    }
)
BOOK = DialogueCatalogue(CATALOGUE)


def message(
    text: str,
    intent: str = "inform",
    confidence: float = 0.9,
    *,
    category: Mapping[str, float] | None = None,
    id_: str = "msg_1",
    **entities: Any,
) -> UnderstoodMessage:
    """A message as the understanding would hand it over; entities by name."""
    return UnderstoodMessage(
        {
            "text": text,
            "intent": {"name": intent, "confidence": confidence},
            "intent_ranking": [{"name": intent, "confidence": confidence}],
            "entities": [
                {"entity": name, "value": value, "text": _words(value)}
                for name, value in entities.items()
            ],
            "category": {
                "ranking": [{"code": c, "confidence": p} for c, p in (category or {}).items()]
            },
            "metadata": {"message_id": id_},
        }
    )


def _words(value: Any) -> str:
    return str(value.get("text") if isinstance(value, dict) else value)


def place(text: str, **parts: str) -> dict[str, str]:
    """A place as the understanding gives it."""
    return {"text": text, **parts}


def heard(draft: Draft, said: UnderstoodMessage) -> DraftUpdate | None:
    """What came of hearing `said`; `None` when it was left to the rules."""
    update = DraftUpdate(said, draft, BOOK)
    return update if take(update) else None


class SilentClient:
    """A case service that never answers."""

    def __getattr__(self, name: str) -> Any:
        async def fails(*_: Any, **__: Any) -> Any:
            raise ApiUnavailable(name)

        return fails


@cache
def domain() -> dict[str, Any]:
    """The project's domain, as actions receive it."""
    merged: dict[str, Any] = {}
    for file in sorted((Path(__file__).parents[2] / "domain").glob("*.yml")):
        for section, part in yaml.safe_load(file.read_text(encoding="utf-8")).items():
            if isinstance(part, dict):
                merged.setdefault(section, {}).update(part)
            elif isinstance(part, list):
                merged.setdefault(section, []).extend(part)
    return merged


async def run_action(
    name: str, *, slots: Mapping[str, Any], text: str = "", intent: str = "inform", **more: Any
) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    """Run an action as an engine would: its events and its messages."""
    executor = executor_of("actions")
    latest = {
        "text": text,
        "intent": {"name": intent, "confidence": 1.0},
        "entities": [],
        "metadata": {"message_id": "msg_1"},
        **more,
    }
    result = await executor.run(
        {
            "next_action": name,
            "sender_id": "cnv_1",
            "domain": domain(),
            "tracker": {
                "sender_id": "cnv_1",
                "slots": dict(slots),
                "latest_message": latest,
                "events": [{"event": "user", "input_channel": "web"}],
                "paused": False,
                "followup_action": None,
                "active_loop": {},
                "latest_action_name": "action_listen",
            },
        }
    )
    assert result is not None
    return result.events, result.responses


def registered() -> ActionExecutor:
    """The actions of the project."""
    return executor_of("actions")
