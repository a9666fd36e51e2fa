"""Running a model as a job, and waiting for its end."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

from starwhale.cli import jobs
from starwhale.core.errors import Canceled, UsageError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from starwhale.cli.session import Session
    from starwhale.cli.workplace import Workplace
    from starwhale.core.handlers import HandlerSpec
    from starwhale.core.uri import JobUri
    from starwhale.jobs.executors.local import LocalExecutor
    from starwhale.jobs.schemas import JobRead


def run_model(
    session: Session,
    *,
    workdir: str | None,
    uri: str | None,
    modules: tuple[str, ...],
    model_yaml: str | None,
    forbid_snapshot: bool,
    cleanup_snapshot: bool,
    handler: str,
    arguments: tuple[str, ...],
    show_argument: bool,
    **told: Any,
) -> None:
    """Make a job of a handler and run it until it rests."""
    from starwhale.cli.workplace import of_directory, of_package
    from starwhale.jobs.executors.local import LocalExecutor

    if (workdir is None) == (uri is None):
        raise UsageError("either --workdir or --uri must be given", hint="see `swcli model run --help`")
    if uri is not None:
        if modules or model_yaml:
            raise UsageError("--module and --model-yaml belong to --workdir; a package knows its own")
        place = of_package(session, uri)
    else:
        copy = not forbid_snapshot and not show_argument
        place = of_directory(session, workdir or ".", modules=modules, model_yaml=model_yaml, copy=copy)
    environment = session.settings.to_env()
    with LocalExecutor(session.settings.run, environment=environment) as executor:
        with place.given_up_on_error():
            specs = _handlers(executor, place)
            _check_arguments(session, specs, handler, arguments, show=show_argument)
            job = None
            if not show_argument:
                job = _create(session, executor, place, specs, handler, arguments, **told)
        if job is None:
            place.clear()
        else:
            _run(session, executor, job, place, keep=not cleanup_snapshot)


def _handlers(executor: LocalExecutor, place: Workplace) -> Mapping[str, HandlerSpec]:
    found = place.handlers
    if found is None:
        found = executor.discover(_outfit(place))
    return {spec.id: spec for spec in found}


def _outfit(place: Workplace) -> Any:
    from starwhale.jobs.executors.port import Outfit

    return Outfit(workdir=place.workdir, modules=place.modules, environment=dict(place.environment))


def _check_arguments(
    session: Session, specs: Mapping[str, HandlerSpec], handler: str, words: Sequence[str], *, show: bool
) -> None:
    """Refuse what no handler of the run takes before anything runs; or list what they take."""
    from starwhale.core.arguments import check, parse
    from starwhale.jobs.graph import choose, closure

    steps = closure(specs, choose(specs, handler).id)
    known = [
        (spec, option) for spec in steps for group in spec.arguments.values() for option in group.values()
    ]
    if show:
        jobs.show_arguments(session, known)
        return
    check([option for _, option in known], words)
    parse([option for _, option in known], words)


def _create(
    session: Session,
    executor: LocalExecutor,
    place: Workplace,
    specs: Mapping[str, HandlerSpec],
    handler: str,
    arguments: tuple[str, ...],
    *,
    run_project: str,
    log_project: str,
    datasets: tuple[str, ...],
    validation_datasets: tuple[str, ...],
    dataset_head: int,
    isolation: str,
) -> JobRead:
    from starwhale.jobs.request import JobRequest

    project = session.project(run_project)
    request = JobRequest(
        project=project,
        specs=specs,
        handler=handler,
        datasets=tuple(session.address(text, "dataset") for text in datasets),
        validation_datasets=tuple(session.address(text, "dataset") for text in validation_datasets),
        defaults=session.config.defaults(),
        dataset_head=dataset_head,
        workdir=place.workdir,
        modules=place.modules,
        model=place.model,
        model_name=place.model_name,
        arguments=arguments,
        environment=place.environment,
        log_project=session.project(log_project) if log_project else project,
        isolation=isolation,
    )
    split = partial(executor.split, _outfit(place))
    return session.instance.jobs.create(session.actor, request, split=split)


def _run(session: Session, executor: LocalExecutor, job: JobRead, place: Workplace, *, keep: bool) -> None:
    from starwhale.core.version import short

    service = session.instance.jobs
    session.out.say(f"job {short(job.id)}: {job.handler} of {place.model_name or place.workdir}")
    with jobs.watching(session, service.uri(job)) as watch:
        ended = service.run(session.actor, service.uri(job), executor, watch=watch)
    _finish(session, ended, place, keep=keep)


def resume_job(session: Session, uri: JobUri, *, force: bool) -> None:
    """Go on with a job in this process, and wait until it rests."""
    from starwhale.cli.workplace import of_job
    from starwhale.jobs.executors.local import LocalExecutor

    service = session.instance.jobs
    job = service.info(session.actor, uri)
    place = of_job(session, job)
    environment = session.settings.to_env()
    with (
        place.given_up_on_error(),
        LocalExecutor(session.settings.run, environment=environment) as executor,
        jobs.watching(session, uri) as watch,
    ):
        ended = service.resume(session.actor, uri, executor, watch=watch, force=force, workdir=place.workdir)
    _finish(session, ended, place, keep=False)


def _finish(session: Session, job: JobRead, place: Workplace, *, keep: bool) -> None:
    """Tell how the job ended. What a later `resume` needs and nobody could make again stays."""
    from starwhale.core.version import short
    from starwhale.jobs.liveness import ATTENDED
    from starwhale.jobs.lookup import check_success
    from starwhale.jobs.states import JobState

    if job.state in ATTENDED:
        jobs.tell(session, job)
        return
    if place.is_copy and keep:
        session.out.say(f"the code that ran is kept in {place.workdir}")
    elif place.model or job.state is JobState.SUCCESS:
        place.clear()
    jobs.report(session, job)
    check_success(job)
    if job.state is JobState.PAUSED:
        hint = f"`swcli job resume {short(job.id)}` goes on with it"
        raise Canceled(f"job {short(job.id)} is paused", hint=hint)
