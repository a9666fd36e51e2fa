"""What a job is made of before anything is looked up: enough to make another one like it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field, fields, replace
from typing import Any, Self

from starwhale.core.errors import UsageError
from starwhale.jobs.plan import FORMAT, PROCESS, JobPlan, check_format, without_first

_LISTS = {"modules", "datasets", "validation_datasets", "arguments"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Blueprint:
    """A job that may be made any number of times.

    Attributes:
        handler: Id of the handler.
        model: Address of the model; empty for a directory.
        source: The user's directory; empty for a model.
        code: Digest of the manifest of the code that ran, so that just this runs again; empty where the
            directory is to be read anew.
        modules: What to import there.
        environment: Variables of model.yaml.
        model_name: What the model or directory is called.
        datasets: Addresses of what it reads.
        validation_datasets: Addresses of what it validates on.
        format: Format in which it was stored; `check_format` before a job is made of it.

    The others are those of `JobPlan`.
    """

    handler: str
    model: str = ""
    source: str = ""
    code: str = ""
    modules: tuple[str, ...] = ()
    environment: Mapping[str, str] = field(default_factory=dict[str, str])
    model_name: str = ""
    runtime: str = ""
    datasets: tuple[str, ...] = ()
    validation_datasets: tuple[str, ...] = ()
    dataset_head: int = 0
    overrides: Mapping[str, Any] = field(default_factory=dict[str, Any])
    arguments: tuple[str, ...] = ()
    log_project: str = ""
    isolation: str = PROCESS
    deadline: float = 0.0
    auto_release_time: float = 0.0
    pool: str = ""
    debug: bool = False
    comment: str = ""
    format: int = FORMAT

    @classmethod
    def of(cls, plan: JobPlan, comment: str = "", *, latest: bool = False) -> Self:
        """What `plan` was made of.

        Args:
            plan: Of a job.
            comment: What its owner says of it.
            latest: Of the model, the runtime and the datasets whatever is the latest when it is made again;
                otherwise just the versions of then.

        Raises:
            UsageError: the newest code of a directory is wanted that is not known.
            Corrupted: a later release made the plan.
        """
        check_format(plan.format, "the job")
        if latest and not plan.model and not plan.source:
            raise UsageError("nobody knows any more which directory the job's code came from")
        named = _unversioned if latest else str
        return cls(
            handler=plan.handler,
            model=named(plan.model),
            source=plan.source,
            code="" if latest or plan.model else plan.code,
            modules=plan.modules,
            environment=plan.environment,
            model_name=plan.model_name,
            runtime=named(plan.runtime),
            datasets=tuple(named(each.uri) for each in plan.datasets),
            validation_datasets=tuple(named(each.uri) for each in plan.validation_datasets),
            dataset_head=plan.dataset_head,
            overrides=plan.overrides,
            arguments=plan.arguments,
            log_project="" if plan.log_project == plan.project else plan.log_project,
            isolation=plan.isolation,
            deadline=plan.deadline,
            auto_release_time=plan.auto_release_time,
            pool=plan.pool,
            debug=plan.debug,
            comment=comment,
        )

    def changed(
        self,
        *,
        datasets: Sequence[str] = (),
        validation_datasets: Sequence[str] = (),
        dataset_head: int | None = None,
        arguments: Sequence[str] | None = None,
        comment: str | None = None,
    ) -> Self:
        """The same with other inputs; what is not given stays."""
        return replace(
            self,
            datasets=tuple(datasets) or self.datasets,
            validation_datasets=tuple(validation_datasets) or self.validation_datasets,
            dataset_head=self.dataset_head if dataset_head is None else dataset_head,
            arguments=self.arguments if arguments is None else tuple(arguments),
            comment=self.comment if comment is None else comment,
        )

    def to_json(self) -> dict[str, Any]:
        """Plain dicts, lists and scalars; `from_json` reads them back."""
        return without_first(asdict(self))

    @classmethod
    def from_json(cls, plain: Mapping[str, Any]) -> Self:
        """Read what `to_json` wrote; fields of a later release are passed over."""
        known: dict[str, Any] = {"handler": ""}
        known |= {each.name: plain[each.name] for each in fields(cls) if each.name in plain}
        for name in known.keys() & _LISTS:
            known[name] = tuple(known[name])
        return cls(**known)


def _unversioned(uri: str) -> str:
    # A full address, which is kept as it was written: its instance may be one that only its user knows.
    return uri.rpartition("/version/")[0] or uri
