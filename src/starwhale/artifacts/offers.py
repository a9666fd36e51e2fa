"""Versions that come from elsewhere, and what is looked at before one is published."""

from __future__ import annotations

import json
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TypeAlias, cast

from starwhale.core.errors import UsageError
from starwhale.core.kinds import Kind
from starwhale.core.version import is_version, version_of

LARGEST_META = 256 << 10
#: Bytes of all small blobs that are sent in one request.
LARGEST_PARCEL = 1 << 20
_DEEPEST_META = 16


@dataclass(frozen=True, slots=True, kw_only=True)
class Offer:
    """A version that somebody wants to publish; see `ArtifactService.publish`.

    Attributes:
        blobs: Small blobs of it by their digests, which spare a request each.
    """

    version: str
    manifest: str
    parent: str | None
    message: str
    size: int
    meta: Mapping[str, object]
    tags: Sequence[str]
    force_tags: bool
    expected_head: str | None
    expects_head: bool
    blobs: Mapping[str, bytes] = field(default_factory=dict[str, bytes])


#: Names the blobs that a manifest of a kind needs, in steps: it looks at those of a step only when whoever
#: sends has them all. The last argument are manifests that were looked at before. It raises `Corrupted`.
Look: TypeAlias = Callable[[Kind, str, Collection[str]], Iterator[set[str]]]


def check_version(kind: Kind, offer: Offer) -> None:
    """Hold the id of a version against its content, where it follows from that alone.

    Raises:
        UsageError: it is another one.
    """
    if kind is Kind.DATASET:
        right = is_version(offer.version)
    else:
        right = offer.version == version_of(bytes.fromhex(offer.manifest))
    if not right:
        raise UsageError(f"{offer.version[:40]!r} is not the version that this content makes")


def check_meta(meta: Mapping[str, object]) -> None:
    """Refuse facts that a list of versions would choke on.

    Raises:
        UsageError: they are too many, nest too deep, or are no text.
    """
    waiting: list[tuple[object, int]] = [(meta, 0)]
    while waiting:
        value, depth = waiting.pop()
        if depth > _DEEPEST_META:
            raise UsageError("the facts of a version nest too deep", hint=f"{_DEEPEST_META} levels at most")
        if isinstance(value, Mapping):
            waiting.extend((each, depth + 1) for each in cast("Mapping[str, object]", value).values())
        elif isinstance(value, list):
            waiting.extend((each, depth + 1) for each in cast("list[object]", value))
    try:
        size = len(json.dumps(meta, ensure_ascii=False, allow_nan=False).encode())
    except (ValueError, TypeError) as exc:
        raise UsageError("the facts of a version are JSON") from exc
    if size > LARGEST_META:
        raise UsageError(f"the facts of a version have {size:,} bytes", hint=f"{LARGEST_META:,} at most")
