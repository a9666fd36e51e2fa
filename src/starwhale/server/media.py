"""Media in rows: told by an address that is good for a while, served as nothing that a browser runs."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, cast

import orjson

from starwhale.core.errors import NotFound
from starwhale.core.types.link import shown_uri
from starwhale.core.types.registry import LOGICAL
from starwhale.datasets.cells_shown import MediaPlace
from starwhale.server.signing import LASTS

if TYPE_CHECKING:
    from starwhale.artifacts.schemas import VersionRead
    from starwhale.datasets.browsing import RowBrowser
    from starwhale.server.signing import Signer
    from starwhale.storage.layers.media import MediaCell

BYTES = "application/octet-stream"
_TEXT = "text/plain; charset=utf-8"
#: What a browser may show as what it is; anything else is handed out as bytes to be saved.
SHOWN = {
    "image/png": "image/png",
    "image/jpeg": "image/jpeg",
    "image/webp": "image/webp",
    "image/gif": "image/gif",
    "image/apng": "image/apng",
    "image/avif": "image/avif",
    "audio/wav": "audio/wav",
    "audio/mp3": "audio/mpeg",
    "audio/mpeg": "audio/mpeg",
    "audio/ogg": "audio/ogg",
    "audio/flac": "audio/flac",
    "video/mp4": "video/mp4",
    "video/webm": "video/webm",
    "text/plain": _TEXT,
    "text/csv": _TEXT,
}
_MARKS = (
    (b"\x89PNG\r\n\x1a\n", "image/png"),
    (b"\xff\xd8\xff", "image/jpeg"),
    (b"GIF8", "image/gif"),
    (b"fLaC", "audio/flac"),
    (b"OggS", "audio/ogg"),
    (b"ID3", "audio/mpeg"),
    (b"\x1a\x45\xdf\xa3", "video/webm"),
)
_RIFF = {b"WEBP": "image/webp", b"WAVE": "audio/wav"}
_LONGEST_META = 1 << 16
#: Bytes that tell what media are.
HEAD = 16
#: What a page of media may do: show itself.
_POLICY = "sandbox; default-src 'none'; img-src 'self'; media-src 'self'; style-src 'unsafe-inline'"
_DISPOSITION = {True: "inline", False: "attachment"}
#: What stands before the signed word.
ADDRESS = "/api/v1/media/"


@dataclass(frozen=True, slots=True, kw_only=True)
class MediaShown:
    """A media value that is to be served.

    Attributes:
        cell: The value.
        content_type: As what.
        inline: Whether a browser may show it.
    """

    cell: MediaCell
    content_type: str
    inline: bool


class MediaAddresses:
    """Gives media of rows addresses, and finds them again.

    Args:
        rows: Where they lie.
        signer: Signs the addresses.
        seconds: How long an address is good.
    """

    def __init__(self, rows: RowBrowser, signer: Signer, seconds: float = LASTS) -> None:
        self._rows = rows
        self._signer = signer
        self.seconds = seconds

    def refer(self, version: VersionRead) -> Callable[[MediaPlace, MediaCell], dict[str, Any]]:
        """What stands for the media of a version: their type, their size and an address.

        Nothing is read for it, and nothing behind a link is ever fetched.
        """

        def refer(place: MediaPlace, cell: MediaCell) -> dict[str, Any]:
            meta = _meta(cell)
            told: dict[str, Any] = {"type": cell.logical, "mime": _told_type(cell, meta)}
            told |= {
                name: meta[name]
                for name in ("display_name", "shape", "dtype", "encoding", "as_mask")
                if name in meta
            }
            if cell.ref is None and cell.data is None:
                link = meta.get("link")
                uri = cast("dict[str, Any]", link).get("uri") if isinstance(link, dict) else None
                return {**told, "size": None, "url": None, "link": shown_uri(str(uri)) if uri else None}
            size = _size(cell, meta)
            return {**told, "size": size, "url": self.address(version, place)}

        return refer

    def address(self, version: VersionRead, place: MediaPlace) -> str:
        """An address of the media value at a place of a version, good for a while from now."""
        # Whose rows they are is there for whoever asks for the address anew.
        whose = [version.project, version.name, version.version]
        facts = [version.manifest, place.key, list(place.path), whose]
        return f"{ADDRESS}{self._signer.sign(facts, lasts=self.seconds)}"

    def find(self, word: str) -> MediaShown:
        """The value that an address means.

        Raises:
            Forbidden: the address was not made here, or is too old.
            NotFound: the value is gone.
        """
        manifest, key, path, _whose = self._signer.read(word)
        cell = self._rows.media(manifest, MediaPlace(key=key, path=tuple(path)))
        if cell.ref is None and cell.data is None:
            raise NotFound("these bytes lie elsewhere", hint="open the link")
        told = _told_type(cell, _meta(cell))
        known = shown_type(told, self._rows.read(cell, 0, HEAD))
        return MediaShown(cell=cell, content_type=known or BYTES, inline=known is not None)


def shown_type(told: str, head: bytes) -> str | None:
    """As what a browser may show bytes; None for those that are only to be saved.

    Args:
        told: What they are said to be.
        head: The first `HEAD` of them.
    """
    return SHOWN.get(told) or _found_type(head)


def media_headers(*, inline: bool) -> dict[str, str]:
    """Headers of media that users have brought, shown in place or to be saved."""
    return {
        "Content-Security-Policy": _POLICY,
        "Content-Disposition": _DISPOSITION[inline],
        "X-Content-Type-Options": "nosniff",
    }


def _meta(cell: MediaCell) -> Mapping[str, Any]:
    if len(cell.meta) > _LONGEST_META:
        return {}
    try:
        meta = orjson.loads(cell.meta)
    except orjson.JSONDecodeError:
        return {}
    return cast("dict[str, Any]", meta) if isinstance(meta, dict) else {}


def _told_type(cell: MediaCell, meta: Mapping[str, Any]) -> str:
    """What the description of a value says that it is."""
    given = meta.get("mime_type")
    if given is None and cell.logical in LOGICAL:
        given = getattr(LOGICAL[cell.logical], "defaults", {}).get("mime_type")
    return given if isinstance(given, str) and given != "x/undefined" else BYTES


def _found_type(head: bytes) -> str | None:
    """What the first bytes say, of types that may be shown; a text could be anything."""
    if head[:4] == b"RIFF":
        return _RIFF.get(head[8:12])
    if head[4:8] == b"ftyp":
        return "image/avif" if head[8:12] == b"avif" else "video/mp4"
    return next((kind for mark, kind in _MARKS if head.startswith(mark)), None)


def _size(cell: MediaCell, meta: Mapping[str, Any]) -> int | None:
    if cell.data is not None:
        return len(cell.data)
    blob = meta.get("blob")
    size = (
        cast("list[Any]", blob)[1] if isinstance(blob, list) and len(cast("list[Any]", blob)) == 2 else None
    )
    return size if isinstance(size, int) else None
