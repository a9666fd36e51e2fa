"""What is told of runs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any

from starwhale.experiments.tallies import Tally


class RunState(StrEnum):
    """How a run stands.

    RUNNING: a process of it lives. FINISHED: it was ended. FAILED: it was ended by an error.
    DEAD: a process is gone and had not ended its part, because it was killed or its machine went down.
    """

    RUNNING = "RUNNING"
    FINISHED = "FINISHED"
    FAILED = "FAILED"
    DEAD = "DEAD"


@dataclass(frozen=True, slots=True, kw_only=True)
class RunRequest:
    """A run to begin, or to take part in.

    Attributes:
        project: Where.
        name: What to call it.
        id: Its id, where the user has one for it; a run that is there already is joined.
        tags: To find it by.
        description: What to remember.
        destination: Address of the server's project that it is meant for.
        forked: The process is a child of another one of the run.
    """

    project: str
    name: str = ""
    id: str = ""
    tags: tuple[str, ...] = ()
    description: str = ""
    destination: str = ""
    forked: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Begun:
    """A run that a process may take part in now.

    Attributes:
        run: Its id.
        step: The step that comes next.
    """

    run: str
    step: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ProcessRead:
    """One process that takes part in a run.

    Attributes:
        id: Its name within the run.
        host: Machine, boot and namespace; see `kit.process`.
        pid: Its number there.
        started: When it started, in the words of its system.
        forked: It is a child of another process of the run, so its end says nothing of the run.
        joined_at: When it began to take part.
        seen_at: When it was last heard of.
        ended_at: When it ended its part; None while it has not.
        failed: It ended with an error.
        error: That error in one line.
        alive: Whether it runs now; None where that cannot be seen from here.
    """

    id: str
    host: str
    pid: int
    started: str
    joined_at: datetime
    seen_at: datetime
    forked: bool = False
    ended_at: datetime | None = None
    failed: bool = False
    error: str = ""
    alive: bool | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class RunRead:
    """A run.

    Attributes:
        id: Random, or chosen by the user.
        name: What the user calls it; not unique.
        destination: Address of the server's project that it is meant for; empty for one of this machine.
        ended_at: When its last process ended or was last seen; None while it runs.
        error: Why it failed, in one line.
        removed_at: When it was put into the trash.
    """

    id: str
    project: str
    name: str
    state: RunState
    owner: str
    created_at: datetime
    ended_at: datetime | None
    tags: tuple[str, ...] = ()
    description: str = ""
    error: str = ""
    destination: str = ""
    removed_at: datetime | None = None
    processes: Sequence[ProcessRead] = field(default=())


@dataclass(frozen=True, slots=True, kw_only=True)
class RunDetails:
    """All of a run but its points, its console and its files.

    Attributes:
        metrics: Summary by metric.
        system: Summary by gauge of the machine.
        facts: What was collected: ``git`` and ``environment``.
    """

    run: RunRead
    params: Mapping[str, Any]
    metrics: Mapping[str, Tally]
    system: Mapping[str, Tally]
    artifacts: Sequence[ArtifactRead]
    facts: Mapping[str, Mapping[str, Any]]


@dataclass(frozen=True, slots=True, kw_only=True)
class ArtifactRead:
    """One artifact of a run, without its bytes.

    Attributes:
        key: Its name, with ``@STEP`` where it belongs to a step.
        kind: ``file``, or the name of its type.
        size: Bytes; None where the kind has none of its own.
        file_name: That of the file it came from; empty for what was none.
    """

    key: str
    name: str
    kind: str
    at: datetime
    step: int | None = None
    size: int | None = None
    file_name: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One line that a run has printed.

    Attributes:
        stream: ``stdout`` or ``stderr``.
        process: Which process of the run.
    """

    at: datetime
    stream: str
    process: str
    text: str
