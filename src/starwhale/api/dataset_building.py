"""From a source of rows to a version of a dataset, as the class methods of `Dataset` share it."""

from __future__ import annotations

import logging
import os
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Self, TypedDict, Unpack

from starwhale.api.dataset_lookup import change_mode, locate
from starwhale.api.dataset_versions import DatasetVersions
from starwhale.api.place import Resource
from starwhale.api.session import at
from starwhale.core.errors import UsageError
from starwhale.datasets.schemas import OnError

if TYPE_CHECKING:
    from starwhale.datasets.schemas import BuildProgress
    from starwhale.datasets.sources.port import Source

PathLike = str | os.PathLike[str]
_log = logging.getLogger("starwhale")


class BuildOptions(TypedDict, total=False):
    """Keyword arguments that all builders understand; `DatasetSources` says what they mean."""

    message: str
    on_error: str
    report: PathLike | None
    progress: Callable[[BuildProgress], None] | None


class DatasetBuilding(DatasetVersions):
    """A `Dataset` that is made of a source."""

    @classmethod
    def _built(
        cls,
        source: Source,
        name: str | Resource,
        mode: str,
        tags: Sequence[str] | None,
        **told: Unpack[BuildOptions],
    ) -> Self:
        on_error, report = told.get("on_error", "fail"), told.get("report")
        if on_error not in set(OnError):
            raise UsageError(
                f"on_error={on_error!r} is unknown", hint=f"use one of {', '.join(map(str, OnError))}"
            )
        address, _ = locate(name)
        here = at(address.instance)
        built = here.datasets.build(
            here.actor,
            address.project,
            address.name,
            source,
            overwrite=change_mode(mode) == "overwrite",
            tags=list(tags or ()),
            message=told.get("message", ""),
            on_error=OnError(on_error),
            report=None if report is None else Path(report),
            progress=told.get("progress"),
        )
        for each in built.examples:
            _log.warning("left out %s: %s", each.place, each.reason)
        version = here.datasets.resolve(here.actor, replace(address, version=built.version))
        return cls(address, version, create_empty=False, readonly=False)


def paths_of(given: PathLike | Iterable[PathLike]) -> list[str]:
    """One path or several, as text."""
    return (
        [os.fspath(given)] if isinstance(given, (str, os.PathLike)) else [os.fspath(each) for each in given]
    )
