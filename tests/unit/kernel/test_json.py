import pytest

from kernel.json import dumps, loads


def test_it_is_compact_and_keeps_chinese_readable() -> None:
    assert dumps({"地": ["夫子庙", 1, None]}) == '{"地":["夫子庙",1,null]}'


@pytest.mark.parametrize("value", [float("nan"), float("inf"), object(), {1, 2}])
def test_what_has_no_json_form_is_refused(value: object) -> None:
    with pytest.raises((TypeError, ValueError)):
        dumps(value)


def test_it_reads_text_and_bytes() -> None:
    assert loads('{"a": "你"}') == loads('{"a": "你"}'.encode()) == {"a": "你"}


@pytest.mark.parametrize("text", ["", "{", "nope", "{}{}", b"\xff"])
def test_what_is_not_json_is_refused(text: str | bytes) -> None:
    with pytest.raises(ValueError):  # noqa: PT011 - the decoder's own words
        loads(text)
