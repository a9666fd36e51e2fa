"""Copies that were cut short: which build they belong to, so that the next try goes on with it."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from starwhale.artifacts.schemas import Build
from starwhale.kit.files import atomic_write

if TYPE_CHECKING:
    from pathlib import Path


@dataclass(frozen=True, slots=True)
class Unfinished:
    """The note about one copy.

    Args:
        path: The file that holds it.
    """

    path: Path

    @classmethod
    def of(cls, cache: Path, copy: str) -> Unfinished:
        """The note about a copy, of which the same words always tell."""
        return cls(cache / "copies" / f"{hashlib.sha256(copy.encode()).hexdigest()[:32]}.json")

    def read(self) -> Build | None:
        """The build that is under way; None where nothing is known of one."""
        try:
            plain = json.loads(self.path.read_bytes())
            return Build(
                id=int(plain["id"]),
                opened_at=datetime.fromisoformat(plain["opened_at"]),
                expires_at=datetime.fromisoformat(plain["expires_at"]),
            )
        except (OSError, ValueError, KeyError, TypeError):
            return None

    def write(self, build: Build) -> None:
        """Note which build it is."""
        plain = {
            "id": build.id,
            "opened_at": build.opened_at.isoformat(),
            "expires_at": build.expires_at.isoformat(),
        }
        self.path.parent.mkdir(parents=True, exist_ok=True)
        atomic_write(self.path, json.dumps(plain).encode())

    def forget(self) -> None:
        """It has come to its end."""
        self.path.unlink(missing_ok=True)
