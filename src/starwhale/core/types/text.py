"""Text that is kept as content rather than as a word in a row."""

from __future__ import annotations

import codecs
from typing import TYPE_CHECKING, Any, ClassVar, Self

from starwhale.core.errors import UnsupportedValue, UsageError
from starwhale.core.types.description import description
from starwhale.core.types.media import BaseArtifact
from starwhale.core.types.mime import ArtifactType
from starwhale.core.types.source import Content

if TYPE_CHECKING:
    import numpy as np

    from starwhale.core.types.link import Link


class Text(BaseArtifact):
    """A text.

    Args:
        content: The text, or its bytes in `encoding`.
        encoding: Name that Python knows.
        link: Where the bytes stay, in place of `content`.

    Raises:
        UsageError: there is no such encoding, or the bytes are not in it.
        UnsupportedValue: it cannot express the text.
    """

    DEFAULT_ENCODING: ClassVar[str] = "utf-8"

    __slots__ = ("_text",)
    logical = "text"
    kind = ArtifactType.Text
    accepts = ("text/",)
    defaults = description(mime_type="text/plain", dtype="str", encoding="utf-8")

    def __init__(
        self, content: str | bytes = "", encoding: str = DEFAULT_ENCODING, link: Link | None = None
    ) -> None:
        name = encoding if encoding == self.DEFAULT_ENCODING else _known(encoding)
        if isinstance(content, bytes):
            data = content
            _decoded(data, name)
        else:
            data = _encoded(content, name)
        # Without content of its own, the text is what lies behind the link.
        super().__init__(Content(data=data), encoding=name, link=link)

    @property
    def content(self) -> str:
        """The text, read when first needed and kept.

        Raises:
            UsageError: the bytes are not in `encoding`.
        """
        try:
            return self._text
        except AttributeError:
            self._text = text = _decoded(self.payload(), self.encoding)
            return text

    def to_str(self) -> str:
        """As `content`."""
        return self.content

    def to_bytes(self, encoding: str = "") -> bytes:
        """The text in `encoding`, or in its own.

        Raises:
            UsageError: there is no such encoding.
            UnsupportedValue: the encoding cannot express the text.
        """
        if not encoding or encoding == self.encoding:
            return self.payload()
        return _encoded(self.content, _known(encoding))

    def fetch_data(self, encoding: str = "") -> bytes:
        """As `to_bytes`."""
        return self.to_bytes(encoding)

    def drop_data(self) -> Self:
        """Forget the text in memory."""
        if hasattr(self, "_text"):
            del self._text
        return super().drop_data()

    def to_numpy(self) -> np.ndarray[Any, np.dtype[np.str_]]:
        """An array without dimensions that holds the text."""
        import numpy as np

        return np.array(self.content)

    def to_tensor(self) -> Any:
        """Not possible.

        Raises:
            UnsupportedValue: always.
        """
        raise UnsupportedValue("a text is no tensor", hint="turn it into numbers first, with a tokeniser")

    def _title(self) -> str:
        return "" if self.linked else f"{self.content[:12]}..."

    def __str__(self) -> str:
        return self.content

    def __repr__(self) -> str:
        if self.linked:
            return f"Text({self.link!r})"
        text = self.content
        return f"Text({text if len(text) <= 40 else text[:39] + '…'!r})"


def _known(encoding: str) -> str:
    try:
        return codecs.lookup(encoding).name
    except LookupError as exc:
        raise UsageError(f"there is no encoding {encoding!r}") from exc


def _encoded(text: str, encoding: str) -> bytes:
    try:
        return text.encode(encoding)
    except AttributeError as exc:
        raise UsageError(f"content of a text must be a str, not {type(text).__qualname__}") from exc
    except UnicodeError as exc:
        raise UnsupportedValue(f"{encoding} cannot express this text: {exc.args[-1]}") from exc
    except LookupError as exc:
        raise UsageError(f"{encoding!r} is no encoding of text") from exc


def _decoded(data: bytes, encoding: str) -> str:
    try:
        return data.decode(encoding)
    except UnicodeError as exc:
        raise UsageError(f"the bytes of a text are not {encoding}", hint="give its encoding") from exc
