"""Signatures of webhooks as https://www.standardwebhooks.com says, for both ends.

Three headers go with a body: `webhook-id` (the event's id, the same in each repeat),
`webhook-timestamp` (seconds since 1970), `webhook-signature`: one or several `v1,<base64>` with
spaces between them, each the HMAC-SHA256 of `id.timestamp.body` under one secret. During a rotation
there are two. A secret reads `whsec_<base64>`.
"""

import base64
import binascii
import hashlib
import hmac
from collections.abc import Mapping, Sequence
from datetime import datetime

ID = "webhook-id"
TIMESTAMP = "webhook-timestamp"
SIGNATURE = "webhook-signature"

PREFIX = "whsec_"
TOLERANCE_SECONDS = 5 * 60
"""How far the sender's clock, the way and ours may be apart."""


class SignatureWrong(Exception):  # noqa: N818 - a verdict on what was sent
    """Not signed by whoever holds the secret, or too long ago; the text says which."""


def secret_of(key: bytes) -> str:
    """Write key bytes as a secret."""
    return PREFIX + base64.b64encode(key).decode("ascii")


def is_secret(text: str) -> bool:
    """Tell whether a text is a secret as Standard Webhooks wants one: 24 to 64 bytes."""
    try:
        return text.startswith(PREFIX) and 24 <= len(_key(text)) <= 64
    except ValueError:
        return False


def derived_secret(service_token: str, name: str) -> str:
    """The secret between our own processes: each makes it from the token that they share."""
    key = hmac.digest(service_token.encode(), f"webhook:{name}".encode(), hashlib.sha256)
    return secret_of(key)


def sign(id_: str, at: datetime, body: bytes, secrets: Sequence[str]) -> dict[str, str]:
    """Make the three headers for a body sent at `at` (aware), one signature a secret.

    Raises:
        ValueError: a secret is none.
    """
    seconds = str(int(at.timestamp()))
    signatures = [f"v1,{_digest(id_, seconds, body, secret)}" for secret in secrets]
    return {ID: id_, TIMESTAMP: seconds, SIGNATURE: " ".join(signatures)}


def verify(
    headers: Mapping[str, str],
    body: bytes,
    secrets: Sequence[str],
    now: datetime,
    *,
    tolerance: int = TOLERANCE_SECONDS,
) -> str:
    """Give the id of what was sent, once it is sure that it was signed under one of the secrets.

    Args:
        headers: by lower-case name.
        body: the bytes as they came, before any parsing.
        secrets: those that are valid at present.
        now: the receiver's time, aware.
        tolerance: seconds.

    Raises:
        SignatureWrong: it was not.
        ValueError: a secret is none.
    """
    id_, seconds = headers.get(ID, ""), headers.get(TIMESTAMP, "")
    if not id_ or not seconds.isascii() or not seconds.isdigit():
        raise SignatureWrong("headers missing")
    # Not int() of what may be thousands of digits.
    if len(seconds) > 12 or abs(now.timestamp() - int(seconds)) > tolerance:
        raise SignatureWrong("timestamp out of tolerance")
    given = [
        signature.encode()
        for version, _, signature in (
            entry.partition(",") for entry in headers.get(SIGNATURE, "").split(" ")
        )
        if version == "v1"
    ]
    expected = [_digest(id_, seconds, body, secret).encode() for secret in secrets]
    if not any(hmac.compare_digest(signature, right) for signature in given for right in expected):
        raise SignatureWrong("no valid signature")
    return id_


def _digest(id_: str, seconds: str, body: bytes, secret: str) -> str:
    signed = b".".join((id_.encode(), seconds.encode(), body))
    return base64.b64encode(hmac.digest(_key(secret), signed, hashlib.sha256)).decode("ascii")


def _key(secret: str) -> bytes:
    try:
        return base64.b64decode(secret.removeprefix(PREFIX), validate=True)
    except binascii.Error:
        raise ValueError(f"a webhook secret reads {PREFIX}<base64>") from None
