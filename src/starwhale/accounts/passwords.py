"""Passwords: which are allowed, and how they are kept."""

from __future__ import annotations

import secrets
import threading
from functools import cache
from typing import TYPE_CHECKING

from starwhale.core.errors import UsageError

if TYPE_CHECKING:
    from argon2 import PasswordHasher

SHORTEST = 10
LONGEST = 256
_AT_ONCE = 2
# Each takes 19 MiB: many at once would be a way to exhaust the memory.
_ROOM = threading.BoundedSemaphore(_AT_ONCE)


def check_password(password: str, name: str) -> str:
    """Return a password when it may be used.

    Raises:
        UsageError: it is too short or too long, or holds the user's name.
    """
    if not SHORTEST <= len(password) <= LONGEST:
        raise UsageError(f"a password has {SHORTEST} to {LONGEST} characters, this has {len(password)}")
    if name and name.lower() in password.lower():
        raise UsageError("a password may not hold the name of its user")
    if len(set(password)) < SHORTEST // 2:
        raise UsageError("this password repeats too few characters", hint="take a sentence, for example")
    return password


def random_password() -> str:
    """One that nobody guesses, to be shown once."""
    return secrets.token_urlsafe(15)


def hash_password(password: str) -> str:
    """What is stored of a password (Argon2id)."""
    with _ROOM:
        return _hasher().hash(password)


def verify_password(stored: str | None, password: str) -> bool:
    """Whether a password is the one that was stored.

    Args:
        stored: What `hash_password` gave; None where there is none, which takes just as long to refuse.
        password: What was typed.
    """
    from argon2.exceptions import Argon2Error, InvalidHashError

    if len(password) > LONGEST:
        return False
    nobodys = _nobodys()
    with _ROOM:
        try:
            return _hasher().verify(stored or nobodys, password) and stored is not None
        except (Argon2Error, InvalidHashError):
            return False


def is_outdated(stored: str) -> bool:
    """Whether a password should be hashed anew, since the parameters have changed."""
    return _hasher().check_needs_rehash(stored)


@cache
def _hasher() -> PasswordHasher:
    from argon2 import PasswordHasher

    # OWASP's least for Argon2id; the library's own 64 MiB takes 0.3 s and three times the memory.
    return PasswordHasher(time_cost=2, memory_cost=19 * 1024, parallelism=1)


@cache
def _nobodys() -> str:
    return _hasher().hash(random_password())
