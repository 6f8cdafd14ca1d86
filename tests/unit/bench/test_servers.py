"""How servers are started for measurements and tests."""

import socket

import pytest

from bench.servers import Server, free_port


async def test_a_server_that_does_not_answer_in_time_is_ended(tmp_path):
    idle = ("-c", "import time; time.sleep(600)")
    with pytest.raises(RuntimeError, match="did not start"):
        await Server.start(idle, free_port(), ready="/", log=tmp_path / "log", patience=0.1)


def test_no_port_is_given_twice_and_all_are_out_of_reach_of_connections():
    found = [free_port() for _ in range(200)]
    assert len(set(found)) == len(found)
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        assert max(found) < probe.getsockname()[1]
