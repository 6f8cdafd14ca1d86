"""Encrypt columns, and make blind indexes to look up encrypted values.

A sealed value is: one byte of version, one byte with the key id's length, the key id, a nonce of
12 bytes, and AES-256-GCM's ciphertext with its tag of 16 bytes. The context (a name such as
`citizen.phone`) and all bytes before the nonce are authenticated. A value therefore cannot be
decrypted in another column or under another key id.
"""

import base64
import binascii
import hashlib
import re
from collections.abc import Mapping

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from kernel.randomness import random_bytes

_VERSION = 1
_NONCE = 12
_TAG = 16
_KEY = 32
_BLOCK = 64
_SHORTEST_SECRET = 16
_ID = re.compile(r"[A-Za-z0-9_-]{1,32}")
_INDEX = "index"


class KeyringError(ValueError):
    """The setting of the keys is invalid. The message never quotes a key."""


class DecryptionError(ValueError):
    """A sealed value cannot be decrypted: changed, cut, of another context, or without its key."""


class Keyring:
    """The keys of a process: the first encrypts, all decrypt, and one more makes blind indexes.

    Args:
        keys: 32 bytes each, by key id, the current one first.
        index_key: makes blind indexes; must outlive every rotation of `keys`.

    Raises:
        KeyringError: no key, a key of another length, or an id of other characters.
    """

    def __init__(self, keys: Mapping[str, bytes], index_key: bytes) -> None:
        if not keys:
            raise KeyringError("at least one key is needed")
        if any(len(key) != _KEY for key in [*keys.values(), index_key]):
            raise KeyringError(f"a key is {_KEY} bytes long")
        if not all(_ID.fullmatch(id_) for id_ in keys):
            raise KeyringError("a key id is 1 to 32 of A-Z a-z 0-9 _ -")
        self._ciphers = {id_: AESGCM(key) for id_, key in keys.items()}
        self._current = next(iter(keys))
        self._header = _header(self._current)
        self._index_key = index_key
        # HMAC (RFC 2104) is set up once: OpenSSL's one-shot function costs ten times as much. It
        # also releases the interpreter lock, and a busy process must then wait to get it back.
        block = index_key.ljust(_BLOCK, b"\0")
        self._inner = hashlib.sha256(bytes(byte ^ 0x36 for byte in block))
        self._outer = hashlib.sha256(bytes(byte ^ 0x5C for byte in block))

    @classmethod
    def from_setting(cls, text: str) -> "Keyring":
        """Parse the keys of a setting.

        The setting is a list of entries, separated by commas, the current key first. An entry is
        `id:base64` with 32 bytes, or a bare secret of at least 16 characters without comma or
        colon, from which key and id are derived. Both kinds may be mixed, so that a new key can
        be put before a bare secret.

        Blind indexes are made with the entry named `index`. Without one they are made with a key
        derived from the *last* entry, which stays the same while newer keys are put in front.
        Before the last entry is retired, add the entry that `index_entry` returns.

        Raises:
            KeyringError: an entry is malformed, doubled or too short.
        """
        keys: dict[str, bytes] = {}
        index_key: bytes | None = None
        entries = [entry.strip() for entry in text.split(",")]
        for position, entry in enumerate(entries, start=1):
            id_, key = _read_entry(entry, position)
            if id_ == _INDEX:
                index_key = key
            elif id_ in keys:
                raise KeyringError(f"key {position}: the id {id_} is there twice")
            else:
                keys[id_] = key
        if not keys:
            raise KeyringError("at least one key is needed")
        return cls(keys, index_key or _derive(list(keys.values())[-1], "blind index"))

    @property
    def current(self) -> str:
        """The id of the key that encrypts."""
        return self._current

    def index_entry(self) -> str:
        """Return the setting's entry that pins today's index key: a secret, never to be logged."""
        return f"{_INDEX}:{base64.b64encode(self._index_key).decode()}"

    def encrypt(self, plain: bytes, *, context: str) -> bytes:
        """Encrypt `plain` under `context`. Equal values give different results."""
        nonce = random_bytes(_NONCE)
        sealed = self._ciphers[self._current].encrypt(nonce, plain, self._header + context.encode())
        return self._header + nonce + sealed

    def decrypt(self, blob: bytes, *, context: str) -> bytes:
        """Decrypt a value of `encrypt` with the key that it names.

        Raises:
            DecryptionError: it cannot be decrypted.
        """
        id_, start = _split(blob)
        cipher = self._ciphers.get(id_)
        if cipher is None:
            raise DecryptionError(f"sealed with the key {id_}, which is not in the setting")
        header, nonce = blob[:start], blob[start : start + _NONCE]
        try:
            return cipher.decrypt(nonce, blob[start + _NONCE :], header + context.encode())
        except InvalidTag:
            raise DecryptionError("changed, or sealed in another context") from None

    def blind_index(self, value: str, *, context: str) -> bytes:
        """Return 32 bytes, equal for equal values of one context, that do not reveal the value.

        The caller normalises the value first (for example, a phone number without spaces).
        """
        message = len(context).to_bytes(4) + context.encode() + value.encode()
        inner, outer = self._inner.copy(), self._outer.copy()
        inner.update(message)
        outer.update(inner.digest())
        return outer.digest()


def _header(id_: str) -> bytes:
    return bytes([_VERSION, len(id_)]) + id_.encode()


def _split(blob: bytes) -> tuple[str, int]:
    """Return the key id of a sealed value, and the position of its nonce."""
    start = 2 + blob[1] if len(blob) > 1 else 0
    if len(blob) < max(start, 2) + _NONCE + _TAG or blob[0] != _VERSION:
        raise DecryptionError("not a sealed value")
    return blob[2:start].decode("ascii", "replace"), start


def _read_entry(entry: str, position: int) -> tuple[str, bytes]:
    id_, colon, encoded = entry.partition(":")
    if not colon:
        if len(entry) < _SHORTEST_SECRET:
            raise KeyringError(
                f"key {position}: a bare secret needs {_SHORTEST_SECRET} characters or more"
            )
        return hashlib.sha256(b"key id:" + entry.encode()).hexdigest()[:8], _derive(
            entry.encode(), "encryption"
        )
    if not _ID.fullmatch(id_):
        raise KeyringError(f"key {position}: an id is 1 to 32 of A-Z a-z 0-9 _ -")
    try:
        key = base64.b64decode(encoded.replace("-", "+").replace("_", "/"), validate=True)
    except binascii.Error:
        raise KeyringError(f"key {position}: what follows the colon is not base64") from None
    if len(key) != _KEY:
        raise KeyringError(f"key {position}: {_KEY} bytes are needed, it has {len(key)}")
    return id_, key


def _derive(secret: bytes, purpose: str) -> bytes:
    return HKDF(SHA256(), _KEY, salt=None, info=f"solvefirst {purpose}".encode()).derive(secret)
