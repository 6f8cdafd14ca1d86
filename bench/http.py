"""A small HTTP/1.1 client on bare asyncio streams.

A general client takes more time for a request than the server under test. On a small machine both
share the processor, so the client would be measured.
"""

import asyncio
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Self


@dataclass(slots=True)
class Connection:
    """One kept-alive connection that posts JSON and reads the answer."""

    host: str
    port: int
    _reader: asyncio.StreamReader | None = field(default=None, repr=False)
    _writer: asyncio.StreamWriter | None = field(default=None, repr=False)

    async def __aenter__(self) -> Self:
        self._reader, self._writer = await asyncio.open_connection(self.host, self.port)
        return self

    async def __aexit__(self, *_: object) -> None:
        if self._writer is not None:
            self._writer.close()

    async def post(
        self, path: str, body: dict[str, Any], headers: Mapping[str, str] | None = None
    ) -> tuple[int, Any]:
        """Send one request; return the status and the decoded answer."""
        if self._reader is None or self._writer is None:
            message = "use the connection in an async with block"
            raise RuntimeError(message)
        more = "".join(f"{name}: {value}\r\n" for name, value in (headers or {}).items()).encode()
        payload = json.dumps(body, ensure_ascii=False).encode()
        self._writer.write(
            b"POST %b HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
            b"Content-Length: %d\r\n%b\r\n%b" % (path.encode(), len(payload), more, payload)
        )
        head = await self._reader.readuntil(b"\r\n\r\n")
        lines = head.decode("latin-1").split("\r\n")
        status = int(lines[0].split(" ", 2)[1])
        length = next(
            int(line.split(":", 1)[1])
            for line in lines
            if line.lower().startswith("content-length:")
        )
        return status, json.loads(await self._reader.readexactly(length) or b"null")
