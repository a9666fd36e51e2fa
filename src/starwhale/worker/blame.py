"""Where in the user's own code an error comes from."""

from __future__ import annotations

import traceback
from dataclasses import dataclass
from pathlib import Path

from starwhale.core.errors import StarwhaleError

#: Signs of an error or a line that are told; the whole of it is in the log.
_MOST = 500
_OURS = str(Path(__file__).resolve().parent.parent)


@dataclass(frozen=True, slots=True, kw_only=True)
class Blame:
    """An exception as its author wants to read it.

    Attributes:
        error: ``ZeroDivisionError: division by zero``.
        place: ``digits/evaluate.py:12``, relative to the work directory where it lies in it; empty when no
            line of the user's took part.
        line: The text of that line, empty when it cannot be read.
    """

    error: str
    place: str = ""
    line: str = ""

    def __str__(self) -> str:
        where = f" at {self.place}" if self.place else ""
        return f"{self.error}{where}" + (f": {self.line}" if self.line else "")


def blame(error: BaseException, workdir: Path) -> Blame:
    """Find the innermost line of the user's that led to `error`.

    Args:
        error: As it was caught, with its traceback.
        workdir: Where the user's code lies; lines there go before those of installed packages.
    """
    frames = [
        each for each in traceback.extract_tb(error.__traceback__) if not each.filename.startswith(_OURS)
    ]
    if isinstance(error, SyntaxError) and error.filename:
        return Blame(
            error=_sentence(error),
            place=_place(error.filename, error.lineno, workdir),
            line=_text(error.text),
        )
    root = str(workdir.resolve())
    own = [each for each in frames if _inside(each.filename, root)] or frames
    if not own:
        return Blame(error=_sentence(error))
    last = own[-1]
    return Blame(
        error=_sentence(error), place=_place(last.filename, last.lineno, workdir), line=_text(last.line)
    )


def _sentence(error: BaseException) -> str:
    text = error.message if isinstance(error, StarwhaleError) else _message(error)
    first = _text(text.strip().partition("\n")[0])
    return f"{type(error).__name__}: {first}" if first else type(error).__name__


def _message(error: BaseException) -> str:
    if isinstance(error, SyntaxError):
        return error.msg
    try:
        return str(error)
    except Exception:  # noqa: BLE001 - a `__str__` of the user's may fail as well
        return ""


def _inside(filename: str, root: str) -> bool:
    return filename.startswith(root + "/") and "/site-packages/" not in filename


def _place(filename: str, line: int | None, workdir: Path) -> str:
    path = Path(filename)
    root = workdir.resolve()
    shown = path.relative_to(root) if path.is_relative_to(root) else path
    return f"{shown}:{line}" if line else str(shown)


def _text(line: str | None) -> str:
    text = (line or "").strip()
    return text if len(text) <= _MOST else f"{text[:_MOST]}…"
