"""Addresses that are good for a while: signed with a key that all servers of a catalog have."""

from __future__ import annotations

import hmac
import re
import time
from base64 import urlsafe_b64decode, urlsafe_b64encode
from hashlib import sha256
from typing import TYPE_CHECKING, Any

import orjson

from starwhale.core.errors import Forbidden, UsageError
from starwhale.kit.times import utc_now

if TYPE_CHECKING:
    from starwhale.accounts.keys import KeyService, SigningKey

#: Seconds for which a signature is good.
LASTS = 15 * 60
_FORM = 2
_NUMBER = re.compile(r"[1-9][0-9]{0,17}")
_MOST_KNOWN = 64


class Signer:
    """Signs facts, and reads them back. Safe to share among threads.

    Args:
        keys: Where the keys are kept.
        purpose: What the signatures are for: one of another purpose is none.
    """

    def __init__(self, keys: KeyService, purpose: str) -> None:
        self._keys = keys
        self._purpose = purpose.encode()
        self._present: SigningKey | None = None
        self._known: dict[int, SigningKey] = {}

    def sign(self, facts: Any, *, now: float | None = None, lasts: float = LASTS) -> str:
        """Facts and their signature, as a word for an address.

        Args:
            facts: JSON.
            now: The present moment, as `time.time` gives it.
            lasts: Seconds for which it is good.
        """
        key = self._key()
        # Rounded up, so that one address is given for a while and a browser need not fetch again.
        step = max(1, min(60, int(lasts)))
        until = (int((time.time() if now is None else now) + lasts) // step + 1) * step
        body = orjson.dumps([_FORM, until, facts])
        return f"{key.number}.{_text(body)}.{_text(self._mark(key, body))}"

    def read(self, word: str, *, now: float | None = None) -> Any:
        """The facts that a word was made of.

        Raises:
            Forbidden: it was not signed here, or is too old.
        """
        number, _, rest = word.partition(".")
        body, _, mark = rest.partition(".")
        try:
            signed, given = _bytes(body), _bytes(mark)
        except ValueError:
            signed, given = b"", b""
        key = self._find(number) if signed and given else None
        if key is None or not hmac.compare_digest(self._mark(key, signed), given):
            raise Forbidden("this address was not made here", hint="ask for the row again")
        form, until, facts = orjson.loads(signed)
        if form != _FORM or (time.time() if now is None else now) >= until:
            raise Forbidden("this address is no longer good", hint="ask for the row again")
        return facts

    def _key(self) -> SigningKey:
        key = self._present
        if key is None or key.signs_until <= utc_now():
            key = self._present = self._keys.current()
        return key

    def _find(self, number: str) -> SigningKey | None:
        if not _NUMBER.fullmatch(number):
            return None
        key = self._known.get(int(number)) or self._keys.find(int(number))
        if key is not None:
            if len(self._known) >= _MOST_KNOWN:
                self._known.clear()
            self._known[key.number] = key
        return key

    def _mark(self, key: SigningKey, body: bytes) -> bytes:
        return hmac.digest(hmac.digest(key.secret, self._purpose, sha256), body, sha256)


def facts_of(word: str) -> Any:
    """What a word says, whoever made it and however old it is: nothing of it may be trusted.

    Raises:
        UsageError: it says nothing.
    """
    try:
        form, _until, facts = orjson.loads(_bytes(word.split(".")[1]))
    except (IndexError, TypeError, ValueError) as error:
        raise UsageError("this is no signed address") from error
    if form != _FORM:
        raise UsageError("this address is of another release", hint="ask for the row again")
    return facts


def _text(data: bytes) -> str:
    return urlsafe_b64encode(data).decode().rstrip("=")


def _bytes(text: str) -> bytes:
    if not text.isascii():
        raise ValueError(text)
    return urlsafe_b64decode(text.encode() + b"=" * (-len(text) % 4))
