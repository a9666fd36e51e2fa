"""Secrets that are shown at the door: what they look like, and what is kept of them."""

from __future__ import annotations

import hashlib
import secrets
import zlib

PREFIX = "sw_"
SHOWN = 8
_ALPHABET = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
_RANDOM = 43  # characters for 256 bits
_CHECK = 6


def mint_token() -> str:
    """A new token: ``sw_``, 256 random bits, and six characters by which a typing error is seen."""
    body = PREFIX + "".join(secrets.choice(_ALPHABET) for _ in range(_RANDOM))
    return body + _checksum(body)


def is_token(text: str) -> bool:
    """Whether a text can be a token at all; asked before any database is."""
    if len(text) != len(PREFIX) + _RANDOM + _CHECK or not text.startswith(PREFIX) or not text.isascii():
        return False
    return secrets.compare_digest(_checksum(text[:-_CHECK]), text[-_CHECK:])


def mint_secret() -> str:
    """A new secret for a cookie or a link: 256 random bits."""
    return secrets.token_urlsafe(32)


def digest_of(secret: str) -> str:
    """What is stored of a secret. It has 256 random bits, so that no slow hash is needed to hide it."""
    return hashlib.sha256(secret.encode("utf-8", "surrogatepass")).hexdigest()


def _checksum(body: str) -> str:
    number, found = zlib.crc32(body.encode()), ""
    for _ in range(_CHECK):
        number, rest = divmod(number, len(_ALPHABET))
        found += _ALPHABET[rest]
    return found
