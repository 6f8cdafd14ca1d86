import io
import json
import logging
from collections.abc import Iterator

import pytest
import structlog

from kernel.logging import configure, get_logger


@pytest.fixture(autouse=True)
def as_it_was() -> Iterator[None]:
    root = logging.getLogger()
    level, handlers = root.level, root.handlers[:]
    yield
    structlog.reset_defaults()
    root.handlers[:] = handlers
    root.setLevel(level)


def lines(stream: io.StringIO) -> list[dict[str, object]]:
    return [json.loads(line) for line in stream.getvalue().splitlines()]


def test_an_event_is_one_line_with_its_fields_beside_it() -> None:
    stream = io.StringIO()
    configure("INFO", json=True, stream=stream)
    get_logger("api.services").info("case_opened", number="20260302-0001", unit="城管")
    (line,) = lines(stream)
    assert line.pop("timestamp")
    assert line == {
        "event": "case_opened",
        "level": "info",
        "logger": "api.services",
        "number": "20260302-0001",
        "unit": "城管",
    }


@pytest.mark.parametrize("as_json", [True, False])
def test_nothing_secret_gets_through_by_any_road(as_json: bool) -> None:
    stream = io.StringIO()
    configure("DEBUG", json=as_json, stream=stream)
    token = "123456789:AAHdqTcvCH1vGWJxfSeofSAs0K5PALDsaw1"
    ours, theirs = get_logger("ours"), logging.getLogger("theirs")
    ours.info("a", phone="13812345678", nested={"token": token}, text="at 13812345678")
    ours.info("call 13812345678")
    theirs.warning("GET https://api.telegram.org/bot%s/getMe", token)
    theirs.warning("sent", extra={"password": "hunter2", "note": "13812345678"})

    def fail() -> None:
        raise ValueError(f"bot{token} of 13812345678")

    try:
        fail()
    except ValueError:
        ours.exception("failed")
        theirs.exception("failed")
    text = stream.getvalue()
    assert text.count("ValueError") >= 2
    for secret in (token, "13812345678", "hunter2"):
        assert secret not in text


def test_what_was_bound_to_the_context_is_in_every_line() -> None:
    stream = io.StringIO()
    configure("INFO", json=True, stream=stream)
    with structlog.contextvars.bound_contextvars(conversation="cnv_1"):
        get_logger("x").info("one")
        logging.getLogger("y").info("two")
    get_logger("x").info("three")
    assert [line.get("conversation") for line in lines(stream)] == ["cnv_1", "cnv_1", None]


def test_levels_hold_for_ours_and_for_libraries() -> None:
    stream = io.StringIO()
    configure("warning", json=True, stream=stream)
    get_logger("x").info("quiet")
    logging.getLogger("y").info("quiet")
    get_logger("x").warning("heard")
    logging.getLogger("y").error("heard")
    assert [line["event"] for line in lines(stream)] == ["heard", "heard"]


def test_talkative_libraries_are_heard_from_warning_on() -> None:
    stream = io.StringIO()
    configure("DEBUG", json=True, stream=stream)
    logging.getLogger("httpx").info("HTTP Request: GET …")
    logging.getLogger("httpx").warning("something is wrong")
    assert [line["event"] for line in lines(stream)] == ["something is wrong"]


def test_a_second_configuration_replaces_the_first() -> None:
    first, second = io.StringIO(), io.StringIO()
    configure("INFO", json=True, stream=first)
    configure("INFO", json=True, stream=second)
    get_logger("x").info("once")
    assert first.getvalue() == ""
    assert len(lines(second)) == 1


def test_an_unknown_level_is_refused() -> None:
    with pytest.raises(ValueError, match="LOUD"):
        configure("loud")
