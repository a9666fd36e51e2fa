"""Keys for links, as config.yaml has them under ``link_auths``."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, cast

from starwhale.core.errors import InvalidSpec

_TEXTS = ("ak", "sk", "endpoint", "bucket", "region")
_SECONDS = ("connect_timeout", "read_timeout")


@dataclass(frozen=True, slots=True, kw_only=True)
class LinkAuth:
    """How to read one bucket, or every one without an entry of its own.

    Attributes:
        ak: Access key.
        sk: Secret key; never shown.
        endpoint: Address of the store; empty for Amazon's own.
        bucket: Which bucket; empty for all others.
        region: Where it lies; empty for what the environment says.
        connect_timeout: Seconds to wait for a connection.
        read_timeout: Seconds that the store may stay silent.
    """

    ak: str = field(default="", repr=False)
    sk: str = field(default="", repr=False)
    endpoint: str = ""
    bucket: str = ""
    region: str = ""
    connect_timeout: float = 10.0
    read_timeout: float = 50.0


def read_link_auths(value: Any) -> tuple[LinkAuth, ...]:
    """The entries of ``link_auths``.

    Raises:
        InvalidSpec: one is none; the sentence names it and its field, no value.
    """
    if value is None:
        return ()
    if not isinstance(value, (list, tuple)):
        raise InvalidSpec("link_auths in config.yaml must be a list", hint="`swcli config edit` changes it")
    return tuple(_entry(place, item) for place, item in enumerate(cast("list[Any]", value)))


def _entry(place: int, value: Any) -> LinkAuth:
    where = f"link_auths[{place}] in config.yaml"
    if not isinstance(value, Mapping):
        raise InvalidSpec(f"{where} must have fields: type, ak, sk, endpoint, bucket, region")
    told = cast("Mapping[str, Any]", value)
    if told.get("type", "s3") != "s3":
        raise InvalidSpec(f"{where} is of type {told.get('type')!r}, only 's3' is known")
    for name in _TEXTS:
        if not isinstance(told.get(name) or "", str):
            raise InvalidSpec(f"{name} of {where} must be text")
    for name in _SECONDS:
        seconds = told.get(name, 1.0)
        if isinstance(seconds, bool) or not isinstance(seconds, (int, float)) or seconds <= 0:
            raise InvalidSpec(f"{name} of {where} must be seconds above 0")
    known: dict[str, Any] = {name: told.get(name) or "" for name in _TEXTS}
    known |= {name: float(told[name]) for name in _SECONDS if name in told}
    return LinkAuth(**known)
