"""Hosts that are not ours, and headers of proxies that nobody trusts."""

import httpx
import pytest
from pydantic import ValidationError
from starlette.requests import Request
from starlette.responses import PlainTextResponse
from structlog.testing import capture_logs
from wire import Line, Refused

from kernel.peer import address_of
from solvefirst.http.door import behind_door, host_name
from solvefirst.settings import Settings


async def mirror(scope, receive, send):
    """Answer with the address and the scheme that a request counts for."""
    if scope["type"] == "websocket":
        await receive()
        await send({"type": "websocket.accept"})
        return
    words = f"{address_of(scope)} {Request(scope).url.scheme}"
    await PlainTextResponse(words)(scope, receive, send)


async def ask(app, host="localhost:8311", client="203.0.113.9", **headers):
    transport = httpx.ASGITransport(app, client=(client, 40_000))
    async with httpx.AsyncClient(transport=transport) as caller:
        names = {name.replace("_", "-"): value for name, value in headers.items()}
        return await caller.get("http://localhost/", headers={"host": host, **names})


@pytest.mark.parametrize(
    "host", ["localhost", "LOCALHOST:1", "a.localhost", "127.0.0.1:8311", "[::1]:8311", "10.1.2.3"]
)
async def test_loopback_names_and_bare_addresses_are_served_as_they_come(host):
    assert (await ask(behind_door(mirror, Settings()), host)).status_code == 200


@pytest.mark.parametrize(
    "host",
    ["evil.example", "evil.example:8311", "localhost.evil.example", "127.0.0.1.evil.example",
     "", "localhost@evil.example", "evil.example/localhost", "[::1", "localhost:x"],
)  # fmt: skip
async def test_a_host_that_is_not_ours_is_refused_and_the_setting_is_named(host):
    app = behind_door(mirror, Settings())
    with capture_logs() as logs:
        for _ in range(3):
            answer = await ask(app, host)
    assert answer.status_code == 421
    assert [(log["event"], log["mend"]) for log in logs] == [("host_refused", "SOLVEFIRST_HOSTS")]


async def test_a_page_that_bound_its_name_to_us_opens_no_socket():
    headers = {"host": "evil.example", "origin": "http://evil.example"}
    line = Line(behind_door(mirror, Settings()), "/chat/socket", headers)
    with pytest.raises(Refused):
        await line.accepted()
    await line.close()
    line = Line(behind_door(mirror, Settings()), "/chat/socket", {"host": "localhost"})
    await line.accepted()
    await line.close()


async def test_names_that_are_set_and_those_of_public_urls_are_served(monkeypatch):
    monkeypatch.setenv("SOLVEFIRST_HOSTS", "12345.city.example, chat.city.example")
    settings = Settings(
        telegram_webhook_url="https://bot.city.example/telegram",
        allowed_origins=["https://page.city.example"],
        bot_url="http://bot-1:8311",
    )
    app = behind_door(mirror, settings)
    for host in (
        "12345.city.example", "CHAT.city.example:443", "bot.city.example", "page.city.example",
        "bot-1:8311",
    ):  # fmt: skip
        assert (await ask(app, host)).status_code == 200
    assert (await ask(app, "city.example")).status_code == 421


async def test_the_headers_of_a_proxy_count_only_where_it_is_trusted():
    forged = {"x_forwarded_for": "192.0.2.1", "x_forwarded_proto": "https"}
    with capture_logs() as logs:
        app = behind_door(mirror, Settings())
        assert (await ask(app, **forged)).text == "203.0.113.9 http"
        assert (await ask(app, **forged)).text == "203.0.113.9 http"
    assert [log["event"] for log in logs] == ["proxy_not_trusted"]
    app = behind_door(mirror, Settings(trusted_proxies=["203.0.113.0/24"]))
    assert (await ask(app, **forged)).text == "192.0.2.1 https"
    assert (await ask(app, client="198.51.100.1", **forged)).text == "198.51.100.1 http"
    # What stands left of the address that the proxy saw was written by the client.
    added = {"x_forwarded_for": "127.0.0.1, 192.0.2.1"}
    assert (await ask(app, **added)).text == "192.0.2.1 http"


def test_a_proxy_that_is_no_address_is_refused_at_the_start():
    with pytest.raises(ValidationError):
        Settings(trusted_proxies=["proxy.example"])


@pytest.mark.parametrize("header", ["", ":80", "a b@c", "a/b", "a?b", "a#b", "[::1", "a:b"])
def test_what_is_no_host_has_no_name(header):
    assert host_name(header) is None
