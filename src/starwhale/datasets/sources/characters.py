"""JSON text that is read as far as it is needed, in bounded memory."""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Iterator
from json import JSONDecodeError
from typing import Any, TextIO

from starwhale.core.errors import UsageError

WHOLE_CHARS = 512 << 20
"""Most characters of a document that must be read whole."""
ROW_CHARS = 64 << 20
"""Most characters of a row that is read by itself."""
_CHUNK = 1 << 20
"""Characters that are read at a time; a row of no more is never large to hold."""
_BLANK = re.compile(r"[ \t\r\n]*")
# A literal (-Infinity) or an escape that the end of a chunk cut is complained of this near to it.
_CUT = 16


class Decoder:
    """Decodes JSON and complains of two fields of one name, which others drop without a word."""

    def __init__(self) -> None:
        self._twice: list[str] = []
        self._json = json.JSONDecoder(object_pairs_hook=self._object)

    def decode(self, text: str) -> Any:
        """The value of a text that holds no more than that.

        Raises:
            ValueError: it is no JSON, or an object in it has a field twice.
        """
        value, end, complaint = self.begin(text, 0 if text[:1] == "{" else _blank_ends(text, 0))
        if (end := _blank_ends(text, end)) < len(text):
            raise JSONDecodeError("Extra data", text, end)
        if complaint:
            raise ValueError(complaint)
        return value

    def begin(self, text: str, at: int) -> tuple[Any, int, str]:
        """The value that begins at a place, where it ends, and what is wrong with it though it can be read.

        Raises:
            ValueError: it cannot be read.
        """
        twice = self._twice
        if twice:
            twice.clear()
        try:
            value, end = self._json.raw_decode(text, at)
        except RecursionError:
            raise ValueError("it nests too deeply") from None
        return value, end, f"it has two fields called {twice[0][:100]!r} in one object" if twice else ""

    def _object(self, pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        found = dict(pairs)
        if len(found) < len(pairs) and not self._twice:
            counts = Counter(name for name, _ in pairs)
            self._twice.append(counts.most_common(1)[0][0])
        return found


def _blank_ends(text: str, at: int) -> int:
    match = _BLANK.match(text, at)
    return match.end() if match else at


def reason(error: Exception, at: int | None = None) -> str:
    """What a decoder complains of, as the end of a sentence.

    Args:
        error: The complaint.
        at: Where in the text what it is about begins; None for the text itself.
    """
    text = str(error)
    if "set_int_max_str_digits" in text:
        return "a whole number has more than 4,300 digits"
    if not isinstance(error, JSONDecodeError):
        return text
    if at is not None:
        place = f"character {error.pos - at + 1:,} of it"
    else:
        place = f"{f'line {error.lineno:,}, ' if error.lineno > 1 else ''}column {error.colno}"
    return f"{error.msg[:1].lower()}{error.msg[1:]} at {place}"


class Characters:
    """Text that is read as far as it is needed.

    Args:
        file: Where it is; None has `text` be all of it.
        text: What of it is there already.
        most_nested: Lists and objects that a long row may hold; None for any number.
    """

    def __init__(self, file: TextIO | None, text: str = "", *, most_nested: int | None = None) -> None:
        self._most_nested = most_nested
        self._file = file
        self._text = text
        self._at = 0
        self._line = 1
        self._decoder = Decoder()

    def skip_blank(self) -> str:
        """The next character that is no blank, where reading goes on; empty at the end."""
        if self._at < len(self._text) and self._text[self._at] not in " \t\r\n":
            return self._text[self._at]  # most often, and much faster
        while True:
            end = _blank_ends(self._text, self._at)
            self._line += self._text.count("\n", self._at, end)
            self._at = end
            if end < len(self._text):
                return self._text[end]
            if not self._more(_CHUNK):
                return ""

    def take(self, count: int) -> None:
        """Go on behind some characters that are there."""
        self._at += count

    def begins_with_a_whole_line(self) -> bool:
        """Whether the first line is an object of its own and another line follows."""
        if self.skip_blank() != "{":
            return False
        while (end := self._text.find("\n", self._at)) < 0:
            if len(self._text) > ROW_CHARS or not self._more(max(_CHUNK, len(self._text))):
                return False
        line = self._text[self._at : end]
        try:
            _, stop, _ = self._decoder.begin(line, 0)
        except ValueError:
            return False
        if _blank_ends(line, stop) < len(line):
            return False
        while _blank_ends(self._text, self._at + len(line)) == len(self._text):
            if not self._more(_CHUNK):
                return False
        return True

    def lines(self) -> Iterator[tuple[int, str | None]]:
        """The rest, line by line, with their numbers in the file; None for a line that is too long."""
        head, self._text = self._text[self._at :], ""
        *whole, last = head.split("\n")
        del head
        number = self._line
        for line in whole:
            yield number, line
            number += 1
        last += self._file.readline(ROW_CHARS) if self._file is not None else ""
        while last:
            yield number, self._bounded(last)
            number += 1
            last = self._file.readline(ROW_CHARS) if self._file is not None else ""

    def _bounded(self, line: str) -> str | None:
        if len(line) < ROW_CHARS or line.endswith("\n") or self._file is None:
            return line
        while rest := self._file.readline(_CHUNK):
            if rest.endswith("\n"):
                break
        return None

    def value(self) -> tuple[Any, str]:
        """The next JSON value, and what is wrong with it though it can be read.

        Raises:
            ValueError: there is none, or it is too long.
        """
        self.skip_blank()
        wanted = _CHUNK
        while True:
            try:
                value, end, complaint = self._decoder.begin(self._text, self._at)
            except ValueError as error:
                cut = self._is_cut(error)
                if cut:
                    self.check_nested(self._text, self._at, len(self._text))
                if not cut or not self._more(wanted):
                    raise ValueError(reason(error, self._at)) from None
            else:
                # A number at the very end of what was read may go on.
                if end < len(self._text) or not self._more(wanted):
                    self.check_nested(self._text, self._at, end)
                    self._at = end
                    return value, complaint
            if len(self._text) > ROW_CHARS:
                raise ValueError(f"it is longer than {ROW_CHARS:,} characters")
            wanted = 2 * wanted

    def check_nested(self, text: str, begin: int, end: int) -> None:
        """Refuse a row that is small to send and large to hold: two characters make a list.

        Raises:
            ValueError: it holds too many lists and objects; signs within its texts count as well.
        """
        most = self._most_nested
        if most is None or end - begin < _CHUNK:
            return
        if text.count("[", begin, end) + text.count("{", begin, end) > most:
            raise ValueError(f"it holds more than {most:,} lists and objects")

    def _is_cut(self, error: ValueError) -> bool:
        """Whether more text may heal it."""
        if not isinstance(error, JSONDecodeError):
            return False
        return error.msg.startswith("Unterminated string") or error.pos > len(self._text) - _CUT

    def whole(self, name: str) -> str:
        """All the rest.

        Raises:
            UsageError: it is too long.
        """
        parts = [self._text[self._at :]]
        size = len(parts[0])
        self._text = ""
        while self._file is not None and (chunk := self._file.read(_CHUNK)):
            size += len(chunk)
            if size > WHOLE_CHARS:
                raise UsageError(
                    f"{name} is one document of more than {WHOLE_CHARS:,} characters",
                    hint="write one row a line (JSON Lines), which is read a row at a time",
                )
            parts.append(chunk)
        return "".join(parts)

    def _more(self, count: int) -> bool:
        chunk = self._file.read(count) if self._file is not None else ""
        if not chunk:
            return False
        self._text = self._text[self._at :] + chunk
        self._at = 0
        return True
