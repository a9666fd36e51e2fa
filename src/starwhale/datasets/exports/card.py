"""The card beside exported files: what they are, so that they can be read back exactly."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from starwhale.core.errors import InvalidSpec
from starwhale.storage.layers.tags import Tag, from_json, to_json

FORMAT = 1
CARD = "starwhale.json"


@dataclass(frozen=True, slots=True, kw_only=True)
class Card:
    """What an export consists of.

    Attributes:
        kind: ``jsonl``, ``csv``, ``webdataset`` or ``folder``.
        files: The files with rows, relative to the card.
        key: Field or column that holds the key.
        columns: Features and their types.
        info: The dataset's own description.
        rows: How many there are.
    """

    kind: str
    files: tuple[str, ...]
    key: str
    columns: dict[str, Tag] = field(default_factory=dict[str, Tag])
    info: dict[str, Any] = field(default_factory=dict[str, Any])
    rows: int = 0

    def write(self, path: Path) -> None:
        """Write the card."""
        told = asdict(self)
        told["columns"] = [[name, to_json(tag)] for name, tag in self.columns.items()]
        text = json.dumps({"starwhale": FORMAT, **told}, indent=2, ensure_ascii=False)
        path.write_text(text + "\n", encoding="utf-8")

    @classmethod
    def read(cls, path: Path) -> Card:
        """Read a card.

        Raises:
            InvalidSpec: it is none, or of a newer release.
        """
        try:
            told = json.loads(path.read_text(encoding="utf-8"))
            version = told.pop("starwhale")
            if version != FORMAT:
                raise InvalidSpec(
                    f"{str(path)!r} has format {version!r}, this release reads {FORMAT}",
                    hint="upgrade Starwhale to read it",
                )
            told["columns"] = {name: from_json(tag) for name, tag in told["columns"]}
            told["files"] = tuple(told["files"])
            return cls(**told)
        except (OSError, ValueError, KeyError, TypeError, AttributeError) as exc:
            raise InvalidSpec(f"{str(path)!r} is no description of an export") from exc


def card_of(path: str) -> Path | None:
    """The card of the export that a path is or lies in; None where there is none."""
    place = Path(path)
    for card in (place / CARD, place.with_name(f"{place.name}.{CARD}"), place.parent / CARD):
        if card.is_file() and _concerns(card, place):
            return card
    return None


def _concerns(card: Path, place: Path) -> bool:
    if card.parent == place:
        return True
    try:
        files = json.loads(card.read_text(encoding="utf-8")).get("files")
    except (OSError, ValueError, AttributeError):
        return False
    return isinstance(files, list) and place.name in files
