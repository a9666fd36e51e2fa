"""Bounds of a serving process, read once from its environment."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from starwhale.core.errors import UsageError

MIB = 1 << 20


@dataclass(frozen=True, slots=True, kw_only=True)
class ServeSettings:
    """Bounds of one server.

    Attributes:
        threads: Calls of plain functions that run at a time (``SW_SERVE_THREADS``).
        backlog: Calls that may wait for a thread; more are refused with 503 (``SW_SERVE_BACKLOG``).
        timeout: Seconds a call, or the next piece of a stream, may take (``SW_SERVE_TIMEOUT``).
        body_timeout: Seconds in which a request must have arrived (``SW_SERVE_BODY_TIMEOUT``).
        max_body: Bytes of a request (``SW_SERVE_MAX_BODY_MIB``).
        grace: Seconds that calls under way have after SIGTERM (``SW_SERVE_GRACE``).
        origins: Pages elsewhere that may call, such as ``https://example.com``; ``*`` for all
            (``SW_SERVE_ALLOW_ORIGINS``, separated by commas).
        hosts: Names of this server beside its own (``SW_SERVE_ALLOW_HOSTS``, separated by commas).
    """

    threads: int = 8
    backlog: int = 1024
    timeout: float = 600.0
    body_timeout: float = 60.0
    max_body: int = 256 * MIB
    grace: float = 30.0
    origins: frozenset[str] = frozenset()
    hosts: frozenset[str] = frozenset()

    @classmethod
    def from_env(cls, env: Mapping[str, str]) -> ServeSettings:
        """Read the variables; an empty one counts as absent.

        Raises:
            UsageError: a number is none, or not above 0.
        """
        return cls(
            threads=int(_number(env, "SW_SERVE_THREADS", 8, whole=True)),
            backlog=int(_number(env, "SW_SERVE_BACKLOG", 1024, whole=True)),
            timeout=_number(env, "SW_SERVE_TIMEOUT", 600.0),
            body_timeout=_number(env, "SW_SERVE_BODY_TIMEOUT", 60.0),
            max_body=int(_number(env, "SW_SERVE_MAX_BODY_MIB", 256) * MIB),
            grace=_number(env, "SW_SERVE_GRACE", 30.0),
            origins=_words(env, "SW_SERVE_ALLOW_ORIGINS"),
            hosts=_words(env, "SW_SERVE_ALLOW_HOSTS"),
        )


def _number(env: Mapping[str, str], name: str, default: float, *, whole: bool = False) -> float:
    text = env.get(name)
    if not text:
        return default
    try:
        value = int(text) if whole else float(text)
    except ValueError:
        value = 0
    if not 0 < value < float("inf"):
        raise UsageError(f"{name} is {text!r}, expected a {'whole ' if whole else ''}number above 0")
    return value


def _words(env: Mapping[str, str], name: str) -> frozenset[str]:
    return frozenset(
        word.strip().rstrip("/").lower() for word in env.get(name, "").split(",") if word.strip()
    )
