"""Where a run is kept: a project of a store of this machine."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from starwhale.api.place import Project
from starwhale.core.errors import UsageError
from starwhale.core.instances import LOCAL
from starwhale.jobs.wire import URL

if TYPE_CHECKING:
    from starwhale.instance.local import LocalInstance

ONLINE, OFFLINE = "online", "offline"


@dataclass(frozen=True, slots=True, kw_only=True)
class Destination:
    """Where a run is kept.

    Attributes:
        project: Name of the project.
        meant_for: Address of the server's project that it is to reach one day; empty where there is none.
        store: Directory of the store; None for the user's own.
    """

    project: str
    meant_for: str = ""
    store: Path | None = None

    def instance(self) -> LocalInstance:
        """The instance, open; every process has its own."""
        from starwhale.instance.home import home_of

        if self.store is None:
            from starwhale.api.session import on_disk

            found = on_disk()
        else:
            from starwhale.core.settings import Settings
            from starwhale.instance.local import LocalInstance

            found = LocalInstance(Settings.at(self.store))
        if self.store is not None or self.meant_for or home_of() is not None:
            self._make_project(found)
        return found

    def _make_project(self, instance: LocalInstance) -> None:
        from starwhale.core.errors import Conflict, NotFound

        try:
            instance.projects.get(instance.actor, self.project)
        except NotFound:
            try:
                instance.projects.create(instance.actor, self.project)
            except Conflict:
                return  # another process was quicker


def destination_of(project: str | Project, mode: str, saved_dir: str | Path | None) -> Destination:
    """Where a run goes.

    Raises:
        InvalidUri: `project` is no address of a project.
        UsageError: there is no such mode; the project lies on a server and the mode is not ``offline``; or
            this process runs in a job of a server, and nobody said in which directory the run is to be kept.
    """
    if mode not in (ONLINE, OFFLINE):
        raise UsageError(f"mode is {ONLINE!r} or {OFFLINE!r}, not {mode!r}")
    if saved_dir is not None and not isinstance(saved_dir, (str, Path)):  # pyright: ignore[reportUnnecessaryIsInstance] - users hand over anything
        raise UsageError(f"saved_dir is the path of a directory, not {saved_dir!r}")
    store = Path(saved_dir).expanduser().absolute() if saved_dir else None
    if store is not None and store.exists() and not store.is_dir():
        raise UsageError(f"saved_dir {str(store)!r} is no directory")
    if store is None and os.environ.get(URL):
        raise UsageError(
            "this process runs in a job of a server: a run kept beside it would go with the job",
            hint="evaluation.log and log_summary keep values on the server; "
            "track.start(…, mode='offline', saved_dir=…) keeps a run in a directory that stays",
        )
    place = project if isinstance(project, Project) else Project(project)
    if place.instance.alias == LOCAL:
        return Destination(project=place.name, store=store)
    if mode == ONLINE:
        raise UsageError(
            f"{place} lies on a server, and runs are kept on this machine",
            hint="track.start(…, mode='offline') keeps it here",
        )
    return Destination(project=place.name, meant_for=str(place), store=store)
