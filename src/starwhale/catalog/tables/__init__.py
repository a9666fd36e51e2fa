"""All tables of the catalog, together because foreign keys cross nouns."""

from __future__ import annotations

import pkgutil
from importlib import import_module
from typing import TYPE_CHECKING

from starwhale.catalog.tables.base import Base

if TYPE_CHECKING:
    from sqlalchemy import MetaData


def complete_metadata() -> MetaData:
    """Metadata of every table of this folder, also of those that nobody has imported yet."""
    for module in sorted(found.name for found in pkgutil.iter_modules(__path__)):
        import_module(f"{__name__}.{module}")
    return Base.metadata
