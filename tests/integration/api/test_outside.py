"""Where webhooks may go: public addresses, the very ones that were looked at, and this process."""

import asyncio
from collections.abc import Mapping

import pytest
from case_service import over_http
from fastapi import FastAPI, Request, Response

from api.jobs.outside import AddressRefused, Outside, is_public
from api.transport import AsgiTransport, Unreachable


class Receiver:
    """A subscriber's server: what it was sent."""

    def __init__(self, status: int = 200, **headers: str) -> None:
        self.got: list[tuple[Mapping[str, str], bytes]] = []
        self.app = FastAPI()

        @self.app.post("/hook")
        async def hook(request: Request) -> Response:
            self.got.append((dict(request.headers), await request.body()))
            return Response(status_code=status, headers=headers)


def at(*addresses: str):
    async def lookup(_host: str, _port: int):
        return addresses

    return lookup


@pytest.mark.parametrize(
    ("address", "public"),
    [
        ("93.184.216.34", True),
        ("2606:2800:220:1:248:1893:25c8:1946", True),
        ("127.0.0.1", False),
        ("10.1.2.3", False),
        ("172.16.0.1", False),
        ("192.168.1.1", False),
        ("169.254.169.254", False),
        ("100.64.0.1", False),
        ("0.0.0.0", False),
        ("224.0.0.1", False),
        ("255.255.255.255", False),
        ("::1", False),
        ("::", False),
        ("fe80::1%eth0", False),
        ("fc00::1", False),
        ("::ffff:127.0.0.1", False),
        ("::ffff:10.0.0.1", False),
        ("2002:7f00:1::", False),
        ("no address", False),
    ],
)
def test_only_addresses_of_the_internet_at_large_are_public(address, public):
    assert is_public(address) is public


@pytest.mark.parametrize("addresses", [("127.0.0.1",), ("93.184.216.34", "10.0.0.1")])
async def test_a_host_with_any_private_address_is_not_posted_to(addresses):
    outside = Outside(lookup=at(*addresses))
    with pytest.raises(AddressRefused):
        await outside.post("https://city.example.org/hook", {}, b"{}", trusted=False)
    await outside.close()


@pytest.mark.parametrize(
    "url", ["http://127.0.0.1/hook", "http://[::1]/hook", "http://2130706433/hook"]
)
async def test_a_private_address_written_out_is_not_posted_to(url):
    outside = Outside()
    with pytest.raises((AddressRefused, Unreachable)):
        await outside.post(url, {}, b"{}", trusted=False)
    await outside.close()


async def test_the_connection_goes_to_the_address_that_was_looked_at_under_the_hosts_name():
    receiver = Receiver()
    outside = Outside(private=True, lookup=at("127.0.0.1"))
    with over_http(receiver.app) as base:
        port = base.rpartition(":")[2]
        url = f"http://city.example.org:{port}/hook"
        status = await outside.post(url, {"webhook-id": "evt_1"}, b"{}", trusted=False)
    await outside.close()
    assert status == 200
    ((headers, body),) = receiver.got
    assert (headers["host"], headers["webhook-id"]) == (f"city.example.org:{port}", "evt_1")
    assert body == b"{}"


async def test_a_redirect_is_an_answer_and_not_followed():
    receiver = Receiver(307, location="http://169.254.169.254/")
    outside = Outside(private=True)
    with over_http(receiver.app) as base:
        assert await outside.post(f"{base}/hook", {}, b"{}", trusted=False) == 307
    await outside.close()
    assert len(receiver.got) == 1


async def test_our_own_process_elsewhere_may_have_a_private_address():
    receiver = Receiver()
    outside = Outside()
    with over_http(receiver.app) as base:
        assert await outside.post(f"{base}/hook", {}, b"{}", trusted=True) == 200
    await outside.close()


async def test_a_subscriber_in_this_process_is_reached_without_a_socket():
    receiver = Receiver()
    outside = Outside(AsgiTransport(receiver.app))
    assert await outside.post("local:/hook", {"x": "y"}, b"{}", trusted=True) == 200
    with pytest.raises(AddressRefused):
        await outside.post("local:/hook", {}, b"{}", trusted=False)
    with pytest.raises(Unreachable):
        await Outside().post("local:/hook", {}, b"{}", trusted=True)
    assert len(receiver.got) == 1


async def test_nobody_there_is_no_answer():
    async def lookup(_host, _port):
        raise OSError("no such host")

    for outside, url in (
        (Outside(lookup=lookup), "https://city.example.org/"),
        (Outside(lookup=at()), "https://city.example.org/"),
        (Outside(private=True), "http://127.0.0.1:1/hook"),
    ):
        with pytest.raises(Unreachable):
            await outside.post(url, {}, b"{}", trusted=False)
        await outside.close()


async def test_who_does_not_answer_in_time_has_not_answered():
    async def lookup(_host, _port):
        await asyncio.get_running_loop().create_future()

    with pytest.raises(Unreachable, match="no answer in"):
        await Outside(lookup=lookup, timeout=0.01).post("http://x/", {}, b"", trusted=False)
