"""Kinds of media: what the bytes are."""

from __future__ import annotations

from enum import Enum
from pathlib import PurePath


class MIMEType(Enum):
    """What kind of bytes a data type holds."""

    PNG = "image/png"
    JPEG = "image/jpeg"
    WEBP = "image/webp"
    SVG = "image/svg+xml"
    GIF = "image/gif"
    APNG = "image/apng"
    AVIF = "image/avif"
    PPM = "image/x-portable-pixmap"
    MP4 = "video/mp4"
    AVI = "video/avi"
    WEBM = "video/webm"
    WAV = "audio/wav"
    MP3 = "audio/mp3"
    PLAIN = "text/plain"
    CSV = "text/csv"
    HTML = "text/html"
    GRAYSCALE = "x/grayscale"
    UNDEFINED = "x/undefined"

    @classmethod
    def create_by_file_suffix(cls, name: str | PurePath) -> MIMEType:
        """The type that the suffix of a file name tells; `UNDEFINED` where it tells none."""
        return _BY_SUFFIX.get(PurePath(name).suffix.lower(), cls.UNDEFINED)


class ArtifactType(Enum):
    """Coarse kinds of data types."""

    Binary = "binary"
    Image = "image"
    Video = "video"
    Audio = "audio"
    Text = "text"
    Link = "link"
    Unknown = "unknown"


_BY_SUFFIX = {
    ".png": MIMEType.PNG,
    ".jpg": MIMEType.JPEG,
    ".jpeg": MIMEType.JPEG,
    ".jfif": MIMEType.JPEG,
    ".pjpeg": MIMEType.JPEG,
    ".pjp": MIMEType.JPEG,
    ".webp": MIMEType.WEBP,
    ".svg": MIMEType.SVG,
    ".gif": MIMEType.GIF,
    ".apng": MIMEType.APNG,
    ".avif": MIMEType.AVIF,
    ".ppm": MIMEType.PPM,
    ".mp4": MIMEType.MP4,
    ".avi": MIMEType.AVI,
    ".webm": MIMEType.WEBM,
    ".wav": MIMEType.WAV,
    ".mp3": MIMEType.MP3,
    ".txt": MIMEType.PLAIN,
    ".csv": MIMEType.CSV,
    ".html": MIMEType.HTML,
    ".htm": MIMEType.HTML,
}
