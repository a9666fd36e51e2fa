"""Tracked runs of a server: the twin of `experiments.service.ExperimentService`."""

from __future__ import annotations

import logging
import secrets
import shutil
import threading
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import TYPE_CHECKING, Any
from uuid import uuid4

from starwhale.client.pages import page_of, segment
from starwhale.core.errors import Ambiguous, NotFound, StarwhaleError
from starwhale.core.names import check_reference, is_name, quoted
from starwhale.core.page import LARGEST, Page, PageRequest
from starwhale.core.version import short
from starwhale.experiments import states
from starwhale.experiments.paths import EXPERIMENTS
from starwhale.experiments.reading import RunReading
from starwhale.experiments.recorder import Part, Recorder
from starwhale.experiments.schemas import ProcessRead, RunRead, RunRequest, RunState
from starwhale.experiments.values import check_label
from starwhale.kit.process import ProcessId, is_alive
from starwhale.kit.times import utc_now

if TYPE_CHECKING:
    from starwhale.client.http import Http
    from starwhale.core.actor import Actor

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class RemoteExperiments(RunReading):
    """Runs of one server.

    What processes of this machine log goes into journals under `root` first, and from there to the server;
    what could not be brought there waits, until somebody here looks at the run or begins another one.

    Attributes:
        http: The connection.
    """

    http: Http

    def start(self, actor: Actor, request: RunRequest) -> Recorder:
        """Begin a run, or take part in one that is there; see `ExperimentService.start`.

        Raises:
            Unavailable: the server does not answer.
        """
        if request.id:
            check_reference(request.id, "run id")
        if request.name:
            check_label(request.name, "run")
        body = {
            "id": request.id,
            "name": request.name,
            "tags": list(request.tags),
            "description": request.description[:10_000],
            "forked": request.forked,
        }
        run, step = self.http.post(
            _runs(request.project),
            body,
            once=uuid4().hex,
            form=lambda told: (told["run"], int(told["step"])),
        )
        place = self._runs.place(request.project, run)
        self._bring_later(request.project)
        part = Part(
            place=place,
            process=secrets.token_hex(6),
            forked=request.forked,
            step=step,
            far=True,
        )
        return Recorder(self.tables, part)

    def list(
        self,
        actor: Actor,
        project: str,
        page: PageRequest | None = None,
        *,
        tag: str = "",
        name: str = "",
        state: RunState | None = None,
        removed: bool = False,
    ) -> Page[RunRead]:
        """One page of the runs of a project, the newest first; see `ExperimentService.list`."""
        wanted = {"tag": tag, "name": name, "state": state and state.value, "removed": removed or None}
        asked = page or PageRequest()
        found = page_of(self.http, _runs(project), asked, run_of, **wanted)
        if not self._bring(project):
            return found
        return page_of(self.http, _runs(project), asked, run_of, **wanted)

    def find(self, actor: Actor, project: str, text: str) -> RunRead:
        """The run that `text` means: its id, the beginning of its id, or its name.

        Raises:
            NotFound: there is no such run; the hint names the nearest.
            Ambiguous: there are several; the message lists them.
        """
        run = self._meant(actor, project, text, removed=False)
        return self._meant(actor, project, run.id, removed=False) if self._bring(project, run.id) else run

    def remove(self, actor: Actor, project: str, text: str, *, force: bool = False) -> RunRead:
        """Put a run into the trash, or with `force` delete it for good; see `ExperimentService.remove`."""
        try:
            run = self._meant(actor, project, text, removed=False)
        except NotFound:
            if not force:
                raise
            run = self._meant(actor, project, text, removed=True)
        self.http.delete(f"{_runs(project)}/{segment(run.id)}", {"force": force})
        if force:
            shutil.rmtree(self._runs.place(project, run.id).journals, ignore_errors=True)
        return run

    def recover(self, actor: Actor, project: str, text: str) -> RunRead:
        """Take a run back out of the trash; see `ExperimentService.recover`."""
        run = self._meant(actor, project, text, removed=True)
        return self.http.post(f"{_runs(project)}/{segment(run.id)}/recover", form=run_of)

    def _meant(self, actor: Actor, project: str, text: str, *, removed: bool) -> RunRead:
        if is_name(text):
            path = f"{_runs(project)}/{segment(text)}"
            return self.http.get(path, {"removed": removed}, form=run_of)
        # Such a name would not pass for one word of a path.
        wanted = PageRequest(size=LARGEST)
        listed = self.list(actor, project, wanted, name=text, removed=removed)
        found = [run for run in listed if run.name == text]
        if len(found) == 1:
            return found[0]
        if found:
            ids = ", ".join(short(run.id) for run in found)
            raise Ambiguous(f"{quoted(text)} may be one of the runs {ids}", hint="use the id of one")
        raise NotFound(f"no run {quoted(text)} in project {project!r}", hint="`swcli track list` lists them")

    # What waits on this machine.

    def _bring(self, project: str, run: str = "") -> int:
        """Bring to the server what processes of this machine have left that are gone; how many there were."""
        folder, count = self.root / EXPERIMENTS / project, 0
        waiting = [folder / run] if run else sorted(folder.iterdir()) if folder.is_dir() else []
        for each in waiting:
            try:
                count += self._runs.recover(self._runs.place(project, each.name))
            except StarwhaleError as error:
                log.warning("what run %s had logged waits in %s: %s", each.name, each, error)
        return count

    def _bring_later(self, project: str) -> None:
        bring = threading.Thread(target=self._bring, args=(project,), name="starwhale-bring", daemon=True)
        bring.start()


def _runs(project: str) -> str:
    return f"/projects/{segment(project)}/runs"


def run_of(told: Mapping[str, Any]) -> RunRead:
    """A run as a server tells it; whether a process of this machine lives is seen better from here."""
    processes = [_process(each) for each in told["processes"]]
    found = RunRead(
        id=told["id"],
        project=told["project"],
        name=told["name"],
        state=RunState(told["state"]),
        owner=told["owner"],
        created_at=datetime.fromisoformat(told["created_at"]),
        ended_at=_moment(told["ended_at"]),
        tags=tuple(told["tags"]),
        description=told["description"],
        error=told["error"],
        removed_at=_moment(told["removed_at"]),
        processes=processes,
    )
    now = utc_now()
    if found.state is not RunState.RUNNING or states.state_of(processes, now) is RunState.RUNNING:
        return found
    return replace(
        found,
        state=states.state_of(processes, now),
        ended_at=states.end_of(processes, now),
        error=states.blame(processes, now),
    )


def _process(told: Mapping[str, Any]) -> ProcessRead:
    ended, alive = _moment(told["ended_at"]), told["alive"]
    if ended is None and alive is None:
        alive = is_alive(ProcessId(host=told["host"], pid=told["pid"], started=told["started"]))
    moments: dict[str, Any] = {name: datetime.fromisoformat(told[name]) for name in ("joined_at", "seen_at")}
    plain = {name: told[name] for name in ("id", "host", "pid", "started", "forked", "failed", "error")}
    return ProcessRead(**plain, **moments, ended_at=ended, alive=alive)


def _moment(text: str | None) -> datetime | None:
    return None if text is None else datetime.fromisoformat(text)
