"""Sign and verify webhooks by https://www.standardwebhooks.com.

A body has three headers: `webhook-id` (the event's id, equal in repetitions), `webhook-timestamp`
(seconds since 1970), and `webhook-signature`: one or several `v1,<base64>` separated by spaces,
each the HMAC-SHA256 of `id.timestamp.body` under one secret. During a rotation there are two. A
secret has the form `whsec_<base64>`.
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
"""Largest difference in seconds between the timestamp and the receiver's clock."""


class SignatureWrong(Exception):  # noqa: N818 - a verdict on what was sent
    """The signature is invalid or too old; the text says which."""


def secret_of(key: bytes) -> str:
    """Format key bytes as a secret."""
    return PREFIX + base64.b64encode(key).decode("ascii")


def is_secret(text: str) -> bool:
    """Return whether a text is a secret by Standard Webhooks: 24 to 64 bytes."""
    try:
        return text.startswith(PREFIX) and 24 <= len(_key(text)) <= 64
    except ValueError:
        return False


def derived_secret(service_token: str, name: str) -> str:
    """Derive the secret between our own processes from their shared token."""
    key = hmac.digest(service_token.encode(), f"webhook:{name}".encode(), hashlib.sha256)
    return secret_of(key)


def sign(id_: str, at: datetime, body: bytes, secrets: Sequence[str]) -> dict[str, str]:
    """Make the three headers for a body sent at `at` (time-zone-aware), one signature per secret.

    Raises:
        ValueError: a secret is invalid.
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
    """Verify that a body was signed with one of the secrets; return its id.

    Args:
        headers: by lower-case name.
        body: the received bytes, before any parsing.
        secrets: the valid secrets.
        now: the receiver's time, time-zone-aware.
        tolerance: seconds.

    Raises:
        SignatureWrong: there is no valid signature.
        ValueError: a secret is invalid.
    """
    id_, seconds = headers.get(ID, ""), headers.get(TIMESTAMP, "")
    if not id_ or not seconds.isascii() or not seconds.isdigit():
        raise SignatureWrong("headers missing")
    # Avoid int() of a text that may have thousands of digits.
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
