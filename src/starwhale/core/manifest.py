"""Canonical bytes of a manifest, and their digest.

Two manifests that say the same have the same bytes on every machine, in every release: keys sorted by
code point, no spaces, UTF-8, no floats (their text differs between languages), no other type that JSON
does not have. The form is part of the format: it never changes.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from hashlib import sha256
from typing import TypeAlias

from starwhale.core.errors import UnsupportedValue

Manifest: TypeAlias = "bool | int | str | Sequence[Manifest] | Mapping[str, Manifest] | None"


def canonical_bytes(manifest: Manifest) -> bytes:
    """The one way to write `manifest` down.

    Args:
        manifest: Texts, whole numbers, true, false, null, and lists and mappings of these.

    Raises:
        UnsupportedValue: it holds something else, such as a float, or a text that is not Unicode; the
            message says where.
    """
    plain = _plain(manifest, "")
    return json.dumps(plain, ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode("utf-8")


def digest_of(manifest: Manifest) -> bytes:
    """SHA-256 of the canonical bytes, 32 bytes."""
    return sha256(canonical_bytes(manifest)).digest()


def _plain(value: object, where: str) -> object:
    match value:
        case None | bool():
            return value
        case int():
            return int(value)
        case str():
            return _text(value, where)
        case Mapping():
            return {_key(key, where): _plain(item, f"{where}/{key}") for key, item in value.items()}
        case list() | tuple():
            return [_plain(item, f"{where}/{index}") for index, item in enumerate(value)]
        case _:
            kind = type(value).__name__
            raise UnsupportedValue(f"a manifest cannot hold a {kind}, found at {where or '/'}: {value!r:.80}")


def _key(key: object, where: str) -> str:
    if isinstance(key, str):
        return _text(key, where)
    raise UnsupportedValue(f"keys of a manifest are texts, found {key!r:.80} at {where or '/'}")


def _text(text: str, where: str) -> str:
    try:
        text.encode("utf-8")
    except UnicodeEncodeError as exc:
        message = f"a manifest cannot hold {text!r:.80}, which is not Unicode, found at {where!r}"
        raise UnsupportedValue(message, hint="rename the file") from exc
    return str.__str__(text)  # an enum becomes its value
