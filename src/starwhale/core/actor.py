"""Who calls."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Actor:
    """The caller of a service, passed in by whichever door he came through.

    Attributes:
        name: Login name, written into audit rows.
        admin: May do everything; the owner of a standalone store is.
    """

    name: str
    admin: bool = False
