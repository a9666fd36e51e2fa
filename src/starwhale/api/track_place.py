"""Where a run is kept: a project of a store of this machine, or of a server."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from starwhale.api.place import Project
from starwhale.core.errors import UsageError
from starwhale.core.instances import LOCAL

if TYPE_CHECKING:
    from starwhale.experiments.recorder import Recorder
    from starwhale.experiments.schemas import RunRequest
    from starwhale.instance.local import LocalInstance

ONLINE, OFFLINE = "online", "offline"


@dataclass(frozen=True, slots=True, kw_only=True)
class Destination:
    """Where a run is kept.

    Attributes:
        project: Name of the project.
        server: What addresses call the server that has it; empty for a store of this machine.
        token: What is shown at its door; empty for what a login has left.
        meant_for: Address of the server's project that it is to reach one day; empty where there is none.
        store: Directory of the store, or where what cannot be sent to the server waits; None for the user's
            own.
    """

    project: str
    server: str = ""
    token: str = field(default="", repr=False)
    meant_for: str = ""
    store: Path | None = None

    @property
    def is_patient(self) -> bool:
        """Whether what could not be sent stays on this machine when the process has ended."""
        from starwhale.instance.home import home_of

        return bool(self.server) and home_of() is None

    def start(self, request: RunRequest) -> Recorder:
        """Take part in a run; every process by itself."""
        if self.server:
            return self._start_there(request)
        instance = self._here()
        return instance.experiments.start(instance.actor, request)

    def _start_there(self, request: RunRequest) -> Recorder:
        from starwhale.api.session import at
        from starwhale.instance.remote import RemoteInstance

        instance: LocalInstance | RemoteInstance = at(self.server)
        if not isinstance(instance, RemoteInstance):  # another name of the store of this machine
            return instance.experiments.start(instance.actor, request)
        if self.token:
            instance = RemoteInstance(
                instance.name, instance.url, token=self.token, settings=instance.settings
            )
        runs = instance.experiments
        if self.store is not None:
            runs = instance.experiments_by(self.store)
        return runs.start(instance.actor, request)

    def _here(self) -> LocalInstance:
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


def destination_of(
    project: str | Project, mode: str, saved_dir: str | Path | None, token: str = ""
) -> Destination:
    """Where a run goes.

    Raises:
        InvalidUri: `project` is no address of a project.
        UsageError: there is no such mode; or this process runs in a job of a server, the mode is
            ``offline``, and nobody said in which directory the run is to be kept.
    """
    if mode not in (ONLINE, OFFLINE):
        raise UsageError(f"mode is {ONLINE!r} or {OFFLINE!r}, not {mode!r}")
    if saved_dir is not None and not isinstance(saved_dir, (str, Path)):  # pyright: ignore[reportUnnecessaryIsInstance] - users hand over anything
        raise UsageError(f"saved_dir is the path of a directory, not {saved_dir!r}")
    store = Path(saved_dir).expanduser().absolute() if saved_dir else None
    if store is not None and store.exists() and not store.is_dir():
        raise UsageError(f"saved_dir {str(store)!r} is no directory")
    place = project if isinstance(project, Project) else Project(project)
    if mode == ONLINE and place.instance.is_cloud:
        return Destination(project=place.name, server=place.instance.alias, token=token, store=store)
    if place.instance.alias != LOCAL:
        return Destination(project=place.name, meant_for=str(place), store=store)
    if place.instance.is_cloud and store is None:
        raise UsageError(
            "this process runs in a job of a server: a run kept beside it would go with the job",
            hint="leave mode='offline' away to keep it on the server, or name a directory: saved_dir=…",
        )
    return Destination(project=place.name, store=store)
