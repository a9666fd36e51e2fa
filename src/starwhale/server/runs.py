"""Tracked runs whose processes are elsewhere: they begin, and write what they log, over HTTP."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from starwhale.core.errors import StarwhaleError

if TYPE_CHECKING:
    from starwhale.core.actor import Actor
    from starwhale.evaluations.table_sessions import Applied, TableSessions
    from starwhale.experiments.service import ExperimentService


@dataclass(frozen=True, slots=True)
class RunDesk:
    """See the module.

    Attributes:
        found: The runs.
        sessions: In which their tables are written.
    """

    found: ExperimentService
    sessions: TableSessions

    def open_writer(self, actor: Actor, project: str, run: str, process: str) -> int:
        """Begin to write the tables of a run, in place of whoever wrote for the same process before.

        Raises:
            NotFound: there is no such run.
            Conflict: it lies in the trash.
            Forbidden: the caller may not write runs there.
        """
        self.found.check_open(actor, project, run)
        opened = self.sessions.open(actor, project, run, part=process)
        try:
            # Whoever removes a run ends the sessions that are open then; this one may have come after.
            self.found.check_open(actor, project, run)
        except StarwhaleError:
            self.sessions.close(actor, project, opened)
            raise
        return opened

    def append(self, actor: Actor, project: str, number: int, data: bytes) -> Applied:
        """Write a batch; see `TableSessions.append`."""
        return self.sessions.append(actor, project, number, data)

    def close_writer(self, actor: Actor, project: str, number: int) -> None:
        """End a session; see `TableSessions.close`."""
        self.sessions.close(actor, project, number)
