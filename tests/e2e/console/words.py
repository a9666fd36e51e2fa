"""What the console says in each of its languages, as its own source has it."""

from __future__ import annotations

import ast
import functools
import re
from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

SOURCE = Path(__file__).parents[3] / "web" / "src"
_STRING = r'"(?:[^"\\]|\\.)*"|\'(?:[^\'\\]|\\.)*\''
_PIECE = re.compile(rf'"?(?P<key>[\w.-]+)"?:\s*(?:(?P<opened>{{)|(?P<text>{_STRING}))|(?P<closed>}})')
_BLANK = re.compile(r"{{(\w+)}}")


@dataclass(frozen=True, slots=True)
class Words:
    """Tells what stands on a page in one language by what stands there in English.

    Attributes:
        language: As browsers name it: ``en-GB`` or ``zh-CN``.
    """

    language: str

    def __call__(self, english: str, /, *, of: str = "", **values: object) -> str:
        """The text that reads `english` in English, its blanks filled in.

        Args:
            english: The whole text, with blanks such as ``{{name}}`` as they are.
            of: What the name of the text begins with, such as ``admin.pools``, where one English text has
                several translations.
            values: What stands in the blanks.

        Raises:
            LookupError: the console has no such text, or several.
        """
        keys = [key for key in _by_text()[english] if key.startswith(of)]
        spoken = texts(self.language.partition("-")[0])
        found = {spoken[key] for key in keys}
        if len(found) != 1:
            raise LookupError(f"{english!r} is {sorted(found) or 'nowhere'}, of {keys}")
        return _BLANK.sub(lambda blank: str(values[blank[1]]), found.pop())


@functools.cache
def texts(language: str) -> Mapping[str, str]:
    """All texts by their names."""
    parts = {place.parents[1].name: place for place in SOURCE.rglob(f"words/{language}.ts")}
    own = dict(_leaves((SOURCE / "i18n" / f"{language}.ts").read_text("utf-8")))
    return own | {
        f"{part}.{key}": text
        for part, place in parts.items()
        for key, text in _leaves(place.read_text("utf-8"))
    }


@functools.cache
def _by_text() -> Mapping[str, list[str]]:
    found: defaultdict[str, list[str]] = defaultdict(list)
    for key, text in texts("en").items():
        found[text].append(key)
    return found


def _leaves(source: str) -> Iterator[tuple[str, str]]:
    path: list[str] = []
    for piece in _PIECE.finditer(source):
        if piece["closed"]:
            del path[-1:]
        elif piece["opened"]:
            path.append(piece["key"])
        else:
            yield ".".join([*path, piece["key"]]), ast.literal_eval(piece["text"])
