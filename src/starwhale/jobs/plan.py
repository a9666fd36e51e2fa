"""What a job is made of, fixed when it is created, so that any process can run or resume it.

A plan outlives the release that wrote it. Fields that a release does not know it passes over; where that
would make another job of it, the later release raises `FORMAT`: the job can then be listed, but not run.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field, fields, replace
from typing import Any, Self

from starwhale.core.errors import Corrupted, InvalidSpec
from starwhale.core.handlers import HandlerKind, HandlerSpec

Key = int | str

PROCESS, THREAD = "process", "thread"

#: Format of stored plans and blueprints. It is not written where it is 1.
FORMAT = 1
#: Format of what cannot be read at all.
UNKNOWN_FORMAT = -1
#: Seconds for which a task that has failed in debug mode waits where the job has no deadline.
HOLD_SECONDS = 86_400.0
_TEXTS = ("project", "handler", "model", "model_name", "runtime", "workdir", "source", "code", "log_project")


@dataclass(frozen=True, slots=True, kw_only=True)
class DatasetInput:
    """One version of a dataset that a step reads.

    Attributes:
        uri: Full address, with the version that was resolved when the job was created.
        project: Its project.
        name: Its name.
        version: The whole version id.
    """

    uri: str
    project: str
    name: str
    version: str

    @classmethod
    def from_json(cls, plain: Mapping[str, Any]) -> Self:
        """Read what `asdict` gave; fields of a later release are passed over."""
        return cls(**{each.name: plain[each.name] for each in fields(cls)})


@dataclass(frozen=True, slots=True, kw_only=True)
class StepPlan:
    """One step of a job.

    Attributes:
        spec: The handler behind it, with replicas and resources as this job wants them.
        datasets: What it reads; for a predict step never empty.
        only: The one of its tasks that is run; None for all of them.
    """

    spec: HandlerSpec
    datasets: tuple[DatasetInput, ...] = ()
    only: int | None = None

    @property
    def tasks(self) -> Sequence[int]:
        """Numbers of its tasks."""
        return range(self.spec.replicas) if self.only is None else (self.only,)

    @property
    def shares_rows(self) -> bool:
        """Whether the tasks of the step share the rows of its datasets."""
        return self.spec.kind == HandlerKind.PREDICT

    @property
    def batch_size(self) -> int:
        """Rows that one call of the function gets, >= 1."""
        return max(1, int(self.spec.options.get("batch_size") or 1))

    def to_json(self) -> dict[str, Any]:
        """Plain dicts, lists and scalars; `from_json` reads them back."""
        plain = {"spec": self.spec.to_json(), "datasets": [asdict(each) for each in self.datasets]}
        return plain if self.only is None else {**plain, "only": self.only}

    @classmethod
    def from_json(cls, plain: Mapping[str, Any]) -> Self:
        """Read what `to_json` wrote; fields of a later release are passed over."""
        spec = HandlerSpec.from_json(plain["spec"])
        return cls(spec=spec, datasets=_inputs(plain["datasets"]), only=plain.get("only"))


@dataclass(frozen=True, slots=True, kw_only=True)
class JobPlan:
    """A whole job.

    Attributes:
        project: Project the job belongs to.
        handler: Id of the step that was asked for.
        steps: In an order in which every step follows those it needs.
        datasets: What the user named for the run.
        validation_datasets: The same for the validation of a fine-tuning.
        dataset_head: Rows of each dataset to use, 0 for all.
        model: Full address of the model with its version; empty for a bare work directory.
        model_name: Its name.
        runtime: Full address of the runtime with its version; empty for the running interpreter.
        workdir: Directory that holds the user's code.
        source: Directory of the user's that it was copied from; empty for a model.
        code: Digest of the manifest of that code, so that it can be laid out again; empty where the job
            runs in the user's own directory.
        modules: Modules to import there, so that the handlers register themselves.
        arguments: What stood after ``--``.
        environment: Variables for the workers, beside those of this process.
        log_project: Project the results go to.
        isolation: "process": one worker each task; "thread": one worker for all tasks of the job.
        comment: The user's own words.
        overrides: What the run asked for instead of what the steps say: ``{step: {"replicas": 2}}``.
        deadline: Seconds that a task may run; 0 for as long as it likes.
        auto_release_time: Seconds after which the job is canceled, from when it was begun; 0 for never.
        reused: Id of the job whose results it begins with; empty for none.
        pool: Resource pool of a server that it runs in; empty for this machine.
        debug: Its workers may be looked into while they run, and one whose task has failed waits for that.
        format: Format in which it was written; `check_format` before anything is run.
    """

    project: str
    handler: str
    steps: tuple[StepPlan, ...]
    datasets: tuple[DatasetInput, ...] = ()
    validation_datasets: tuple[DatasetInput, ...] = ()
    dataset_head: int = 0
    model: str = ""
    model_name: str = ""
    runtime: str = ""
    workdir: str = ""
    source: str = ""
    code: str = ""
    modules: tuple[str, ...] = ()
    arguments: tuple[str, ...] = ()
    environment: Mapping[str, str] = field(default_factory=dict[str, str])
    log_project: str = ""
    isolation: str = PROCESS
    comment: str = ""
    overrides: Mapping[str, Any] = field(default_factory=dict[str, Any])
    deadline: float = 0.0
    auto_release_time: float = 0.0
    reused: str = ""
    pool: str = ""
    debug: bool = False
    format: int = FORMAT

    @property
    def hold(self) -> float:
        """Seconds from its beginning for which a task that has failed is kept to be looked into; 0 for none.

        Somewhat less than it may run, so that the job fails for its own reason and not for being late.
        """
        if not self.debug:
            return 0.0
        return self.deadline - min(1.0, self.deadline / 10) if self.deadline else HOLD_SECONDS

    def to_json(self) -> dict[str, Any]:
        """Plain dicts, lists and scalars; `from_json` reads them back."""
        plain = asdict(replace(self, steps=()))
        plain["steps"] = [step.to_json() for step in self.steps]
        return without_first(plain)

    @classmethod
    def from_json(cls, plain: Mapping[str, Any]) -> Self:
        """Read what `to_json` wrote; fields of a later release are passed over.

        Of a plan in a later format that cannot be read so there is what a list of jobs, and whoever collects
        what jobs need, has to know: its texts, and as many steps.
        """
        try:
            return cls._read(plain)
        except (InvalidSpec, KeyError, TypeError, AttributeError):
            if plain.get("format", 1) == FORMAT:
                raise
            known: dict[str, Any] = {"project": "", "handler": "", "format": plain["format"]}
            known |= {name: plain[name] for name in _TEXTS if isinstance(plain.get(name), str)}
            count = len(plain.get("steps") or ())
            steps = tuple(
                StepPlan(spec=HandlerSpec(id=f"{at}", module="", qualname="")) for at in range(count)
            )
            return cls(**known, steps=steps)

    @classmethod
    def _read(cls, plain: Mapping[str, Any]) -> Self:
        known = {each.name: plain[each.name] for each in fields(cls) if each.name in plain}
        known["steps"] = tuple(StepPlan.from_json(step) for step in plain["steps"])
        for name in ("datasets", "validation_datasets"):
            known[name] = _inputs(plain[name])
        for name in ("modules", "arguments"):
            known[name] = tuple(plain[name])
        return cls(**known)


@dataclass(frozen=True, slots=True, kw_only=True)
class RangePlan:
    """Work for one lease.

    Attributes:
        step: Position of the step.
        task: Id of the only task that may do it; empty where all tasks of the step may.
        dataset: Which of the step's datasets; -1 where no rows are read.
        start: First key; None: from the beginning.
        end: First key that is not part of it; None: to the end.
        rows: How many rows that is.
    """

    step: int
    task: str = ""
    dataset: int = -1
    start: Key | None = None
    end: Key | None = None
    rows: int = 0


def task_id(step: int, index: int) -> str:
    """Id of a task inside its job."""
    return f"{step}.{index}"


def check_format(found: int, what: str) -> None:
    """Make sure that a plan or blueprint may be run by this release.

    Args:
        found: The format that it has.
        what: What it belongs to, for the message.

    Raises:
        Corrupted: a later release wrote it.
    """
    if found == UNKNOWN_FORMAT:
        raise Corrupted(f"what {what} is made of cannot be read in the catalog", hint="remove it, or restore")
    if found != FORMAT:
        raise Corrupted(
            f"{what} was made by a later release: its plan has format {found!r}, this release reads {FORMAT}",
            hint="upgrade Starwhale to run it",
        )


def without_first(plain: dict[str, Any]) -> dict[str, Any]:
    """A document without its format where that is the first one."""
    return {name: value for name, value in plain.items() if name != "format" or value != 1}


def _inputs(plain: Any) -> tuple[DatasetInput, ...]:
    return tuple(DatasetInput.from_json(each) for each in plain)
