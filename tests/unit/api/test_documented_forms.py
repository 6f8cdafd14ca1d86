"""What the published schema of a request allows is what the service takes, and no more."""

import jsonschema_rs
import pytest
from pydantic import ValidationError

from api.contract.cases.case import Contact, Moment
from api.contract.cases.moves import Remark, ReplyCase, Shelve
from api.contract.citizens import Follow
from api.contract.live import LiveMessage, Say
from api.contract.surveys import SurveyAnswer

REPLY = {"claim_true": "yes", "contacted": False, "solved": "yes", "answer": "修好了"}
FOLLOW = {"number": "1", "access_code": "2", "channel": "web"}


@pytest.mark.parametrize(
    ("model", "value", "taken"),
    [
        (Contact, {}, True),
        (Contact, {"mode": "named", "name": "王小河"}, True),
        (Contact, {"mode": "anonymous", "name": None}, True),
        (Contact, {"mode": "anonymous", "name": "王小河"}, False),
        (Contact, {"mode": "anonymous", "phone": "13800001234"}, False),
        (Moment, {"text": "昨晚", "start": "2026-10-08T09:30:00+08:00"}, True),
        (Moment, {"text": "昨晚", "start": "2026-10-08T01:30:00.25Z"}, True),
        (Moment, {"text": "昨晚", "start": "2026-10-08T09:30:00"}, False),
        (Moment, {"text": "昨晚", "start": "2026-10-08T09:30+08:00"}, False),
        (Moment, {"text": "昨晚", "start": "2026-10-08 09:30:00Z"}, False),
        (Shelve, {"reason": "无权", "note": " 好 "}, True),
        (Shelve, {"reason": "无权", "note": "\u0093\u0000 \u3000"}, False),
        (Follow, FOLLOW, True),
        (Follow, {**FOLLOW, "number": "\u0003"}, False),
        (Remark, {"text": "还有"}, True),
        (Remark, {"details": {"time": "每天"}}, True),
        (Remark, {"attachments": ["att_1"]}, True),
        (Remark, {"text": None, "details": {}, "attachments": []}, False),
        (Remark, {"details": {"þ": []}}, False),
        (Remark, {"details": {"k" * 65: "长"}}, False),
        (LiveMessage, {"message_id": "1", "text": "在吗"}, True),
        (LiveMessage, {"message_id": "1", "attachments": []}, False),
        (LiveMessage, {"message_id": "1", "danger": "fire"}, False),
        (Say, {"text": "在", "fence": 2**31 - 1}, True),
        (Say, {"text": "在", "fence": 2**31}, False),
        (ReplyCase, REPLY, True),
        (ReplyCase, {**REPLY, "contacted": True, "contacted_at": "2026-10-08T01:30:00Z"}, True),
        (ReplyCase, {**REPLY, "contacted": True}, False),
        (ReplyCase, {**REPLY, "solved": "no", "why_not": "缺材料"}, True),
        (ReplyCase, {**REPLY, "solved": "no", "why_not": None}, False),
        (SurveyAnswer, {"round": 1, "solved": "no"}, True),
        (SurveyAnswer, {"round": 1, "reason": "other", "words": "慢"}, True),
        (SurveyAnswer, {"round": 1, "reason": "other"}, False),
        (SurveyAnswer, {"round": 1}, False),
        (SurveyAnswer, {"round": 2**31, "solved": "no"}, False),
    ],
)  # fmt: skip
def test_the_schema_allows_a_body_when_the_service_takes_it(model, value, taken):
    try:
        model.model_validate(value)
    except ValidationError:
        assert not taken
    else:
        assert taken
    schema = jsonschema_rs.validator_for(model.model_json_schema(), validate_formats=True)
    assert schema.is_valid(value) == taken
