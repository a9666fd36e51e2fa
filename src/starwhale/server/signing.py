"""Addresses that are good for a while: signed by a secret of the server, readable by whoever holds them."""

from __future__ import annotations

import hmac
import os
import secrets
import time
from base64 import urlsafe_b64decode, urlsafe_b64encode
from contextlib import suppress
from hashlib import sha256
from pathlib import Path
from typing import Any

import orjson

from starwhale.core.errors import Forbidden

#: Seconds for which a signature is good.
LASTS = 15 * 60
_FORM = 1
_BYTES = 32


class Signer:
    """Signs facts, and reads them back.

    Args:
        place: File that the secret is kept in, for its owner alone; made where it is missing.
        purpose: What the signatures are for: one of another purpose is none.
    """

    def __init__(self, place: Path, purpose: str) -> None:
        self._key = hmac.digest(_secret(place), purpose.encode(), sha256)

    def sign(self, facts: Any, *, now: float | None = None) -> str:
        """Facts and their signature, as a word for an address.

        Args:
            facts: JSON.
            now: The present moment, as `time.time` gives it.
        """
        # Rounded up, so that one address is given for a while and a browser need not fetch again.
        until = (int((time.time() if now is None else now) + LASTS) // 60 + 1) * 60
        body = orjson.dumps([_FORM, until, facts])
        return _text(body) + "." + _text(hmac.digest(self._key, body, sha256))

    def read(self, word: str, *, now: float | None = None) -> Any:
        """The facts that a word was made of.

        Raises:
            Forbidden: it was not signed here, or is too old.
        """
        body, _, mark = word.partition(".")
        try:
            signed, given = _bytes(body), _bytes(mark)
        except ValueError:
            signed, given = b"", b""
        if not signed or not hmac.compare_digest(hmac.digest(self._key, signed, sha256), given):
            raise Forbidden("this address was not made here", hint="ask for the row again")
        form, until, facts = orjson.loads(signed)
        if form != _FORM or (time.time() if now is None else now) >= until:
            raise Forbidden("this address is no longer good", hint="ask for the row again")
        return facts


def _text(data: bytes) -> str:
    return urlsafe_b64encode(data).decode().rstrip("=")


def _bytes(text: str) -> bytes:
    if not text.isascii():
        raise ValueError(text)
    return urlsafe_b64decode(text.encode() + b"=" * (-len(text) % 4))


def _secret(place: Path) -> bytes:
    with suppress(FileNotFoundError):
        return _known(place)
    place.parent.mkdir(parents=True, exist_ok=True)
    rough = place.with_name(f".{place.name}.{secrets.token_hex(8)}")
    descriptor = os.open(rough, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, 0o600)
    try:
        with open(descriptor, "wb") as file:  # noqa: PTH123 - a descriptor, not a path
            file.write(secrets.token_bytes(_BYTES))
            file.flush()
            os.fsync(file.fileno())
        # Whole or not at all; where another process was quicker, its secret is the one.
        with suppress(FileExistsError):
            os.link(rough, place)
    finally:
        rough.unlink(missing_ok=True)
    return _known(place)


def _known(place: Path) -> bytes:
    found = place.read_bytes()
    if len(found) != _BYTES or place.stat().st_mode & 0o077:
        raise Forbidden(
            f"{place} is no secret of this server, or others can read it",
            hint="remove it, and the server makes another one",
        )
    return found
