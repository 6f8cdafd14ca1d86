import json
from datetime import UTC, datetime

import pytest

from kernel.json import dumps, loads


def test_it_is_compact_and_keeps_chinese_readable() -> None:
    assert dumps({"地": ["夫子庙", 1, None]}) == '{"地":["夫子庙",1,null]}'


@pytest.mark.parametrize("value", [object(), {1, 2}, datetime(2026, 3, 2, tzinfo=UTC), b"x"])
def test_what_has_no_json_form_is_refused(value: object) -> None:
    with pytest.raises((TypeError, ValueError)):
        dumps(value)


@pytest.mark.parametrize("value", [float("nan"), float("inf"), float("-inf")])
def test_numbers_that_json_lacks_become_null(value: float) -> None:
    assert dumps([value]) == "[null]"


@pytest.mark.parametrize("value", [{"\ud800": "\udfff"}, {1: 2**80}, [-0.0, 1e300]])
def test_what_is_rare_and_json_all_the_same_goes_through(value: object) -> None:
    assert json.loads(dumps(value)) == json.loads(json.dumps(value))
    assert loads(dumps(value)) == json.loads(json.dumps(value))
    assert loads(json.dumps(value)) == json.loads(json.dumps(value))


def test_it_reads_text_and_bytes() -> None:
    assert loads('{"a": "你"}') == loads('{"a": "你"}'.encode()) == {"a": "你"}


@pytest.mark.parametrize("text", ["", "{", "nope", "{}{}", b"\xff"])
def test_what_is_not_json_is_refused(text: str | bytes) -> None:
    with pytest.raises(ValueError):  # noqa: PT011 - the decoder's own words
        loads(text)
