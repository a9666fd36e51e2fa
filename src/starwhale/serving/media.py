"""Pictures, sounds and other bytes on their way in and out."""

from __future__ import annotations

import binascii
from base64 import b64decode, b64encode
from dataclasses import dataclass
from io import BytesIO
from typing import Any

from starwhale.core.types.binary import Binary
from starwhale.core.types.image import GrayscaleImage, Image
from starwhale.core.types.media import BaseArtifact
from starwhale.core.types.mime import MIMEType
from starwhale.core.types.optional import is_a, pillow
from starwhale.core.types.text import Text

OCTETS = "application/octet-stream"


@dataclass(frozen=True, slots=True, kw_only=True)
class Upload:
    """Bytes that a client sent.

    Attributes:
        data: The bytes.
        name: Of the file, as the client says; without directories, empty where it says none.
        mime: What they are, as the client says; empty where it does not.
    """

    data: bytes
    name: str = ""
    mime: str = ""


def upload_of(value: Any) -> Upload:
    """Bytes from what a request holds for them.

    Args:
        value: An upload, base64, a data URL (``data:image/png;base64,…``), or an object of ``data``,
            ``mime_type`` and ``display_name``. Paths and addresses are not read: they would be the server's.

    Raises:
        ValueError: it is none of these.
    """
    match value:
        case Upload():
            return value
        case bytes() | bytearray() | memoryview():
            return Upload(data=bytes(value))
        case str():
            return _from_text(value)
        case dict() if isinstance(value.get("data"), str):
            inner = _from_text(value["data"])
            mime, name = value.get("mime_type"), value.get("display_name")
            return Upload(
                data=inner.data,
                name=base_name(name) if isinstance(name, str) else "",
                mime=mime if isinstance(mime, str) and mime else inner.mime,
            )
        case _:
            raise ValueError("expected a file, base64, a data URL or an object with `data`")


def base_name(name: str) -> str:
    """The last part of a file name of whatever system."""
    return name.replace("\\", "/").rpartition("/")[2].replace("\x00", "")


def _from_text(text: str) -> Upload:
    mime, encoded = "", text
    if text.startswith("data:"):
        head, comma, encoded = text[len("data:") :].partition(",")
        mime, _, form = head.partition(";")
        if not comma or not form.endswith("base64"):
            raise ValueError("expected a data URL in base64")
    try:
        return Upload(data=b64decode(encoded, validate=True), mime=mime)
    except (binascii.Error, ValueError):
        raise ValueError("expected base64 or a data URL") from None


def artifact_of(kind: type[BaseArtifact], value: Any) -> BaseArtifact:
    """A value of a data type from what a request holds for it.

    Raises:
        ValueError: it cannot be one.
    """
    if isinstance(value, kind):
        return value
    if issubclass(kind, Text):
        return kind(value if isinstance(value, str) else upload_of(value).data)
    given = upload_of(value)
    described: dict[str, Any] = {"display_name": given.name} if given.name else {}
    mime = _known_mime(kind, given)
    if mime is not None:
        described["mime_type"] = mime
    make: Any = kind
    return make(given.data, **described)


def _known_mime(kind: type[BaseArtifact], given: Upload) -> MIMEType | None:
    if not (issubclass(kind, Binary) or kind.accepts) or issubclass(kind, GrayscaleImage):
        return None
    for text in (
        given.mime.partition(";")[0].strip().lower(),
        MIMEType.create_by_file_suffix(given.name).value,
    ):
        try:
            found = MIMEType(text)
        except ValueError:
            continue
        if found is not MIMEType.UNDEFINED and found.value.startswith(kind.accepts):
            return found
    return None


def picture_of(value: Any) -> Any:
    """A Pillow image from what a request holds for it.

    Raises:
        ValueError: it is no picture.
    """
    given = upload_of(value)
    try:
        found = pillow().open(BytesIO(given.data))
        found.load()
    except (OSError, SyntaxError, ValueError) as exc:
        raise ValueError("this is no picture that can be read") from exc
    return found


def is_media(value: Any) -> bool:
    """Whether a value is bytes with a kind rather than data."""
    plain = BaseArtifact | Upload | bytes | bytearray | memoryview
    return isinstance(value, plain) or is_a(value, "PIL.Image", "Image")


def media_bytes(value: Any) -> Upload:
    """The bytes of a value that `is_media`, with what they are."""
    if isinstance(value, GrayscaleImage) or (
        isinstance(value, Image) and value.mime_type is MIMEType.GRAYSCALE
    ):
        return _png(value.to_pil(), value.display_name)
    if isinstance(value, BaseArtifact):
        mime = value.mime_type
        said = OCTETS if mime is MIMEType.UNDEFINED else mime.value
        return Upload(data=value.to_bytes(), name=value.display_name, mime=_sniffed(value) or said)
    if isinstance(value, Upload):
        return value
    if isinstance(value, bytes | bytearray | memoryview):
        return Upload(data=bytes(value), mime=OCTETS)
    return _png(value, "")


def _sniffed(value: BaseArtifact) -> str:
    """What an untold picture or sound begins with."""
    if value.mime_type is not MIMEType.UNDEFINED:
        return ""
    data = value.to_bytes()
    for start, mime in _BEGINNINGS:
        if data.startswith(start):
            return mime
    if data[:4] == b"RIFF":
        return {b"WAVE": "audio/wav", b"WEBP": "image/webp", b"AVI ": "video/avi"}.get(data[8:12], "")
    return ""


_BEGINNINGS = (
    (b"\x89PNG\r\n\x1a\n", "image/png"),
    (b"\xff\xd8\xff", "image/jpeg"),
    (b"GIF8", "image/gif"),
    (b"ID3", "audio/mp3"),
)


def _png(picture: Any, name: str) -> Upload:
    out = BytesIO()
    picture.save(out, format="PNG")
    return Upload(data=out.getvalue(), name=name, mime="image/png")


def media_document(value: Any) -> Any:
    """A value that `is_media` inside JSON: text as it is, all else an object that `upload_of` reads."""
    if isinstance(value, Text):
        return value.content
    found = media_bytes(value)
    kind = value.kind.value if isinstance(value, BaseArtifact) else found.mime.partition("/")[0]
    return {
        "_type": "binary" if kind == "application" else kind,
        "mime_type": found.mime,
        "display_name": found.name,
        "data": b64encode(found.data).decode(),
    }
