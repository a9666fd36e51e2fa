"""Running a model as a job, and waiting for its end."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from starwhale.cli import jobs, units
from starwhale.cli.handlers import check_arguments, overrides_of
from starwhale.cli.packages import named_by_directory
from starwhale.core.errors import Canceled, UsageError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from starwhale.catalog.engine import Session as Transaction
    from starwhale.cli.session import Session
    from starwhale.core.handlers import HandlerSpec
    from starwhale.core.uri import JobUri
    from starwhale.instance.runs import Runs
    from starwhale.instance.workplace import Workplace
    from starwhale.jobs.blueprint import Blueprint
    from starwhale.jobs.request import JobRequest
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
    queue: bool,
    priority: int,
    runtime: str,
    forbid_packaged_runtime: bool,
    resource_pool: str,
    **told: Any,
) -> None:
    """Make a job of a handler and run it until it rests, or leave it to the queue, or to a server."""
    from starwhale.cli.remote_jobs import order_model, server_of
    from starwhale.instance.runs import Runs
    from starwhale.instance.workplace import of_directory, of_package

    if (workdir is None) == (uri is None):
        raise UsageError("either --workdir or --uri must be given", hint="see `swcli model run --help`")
    if uri is not None and (modules or model_yaml):
        raise UsageError("--module and --model-yaml belong to --workdir; a package knows its own")
    # A job is made where its project lies.
    session.project(told["run_project"])
    if (server := server_of(session)) is not None:
        told |= {"handler": handler, "arguments": arguments, "priority": priority, "runtime": runtime}
        told |= {"resource_pool": resource_pool, "forbid_packaged_runtime": forbid_packaged_runtime}
        order_model(session, server, uri, show_argument=show_argument, **told)
        return
    if uri is not None:
        packed = not runtime and not forbid_packaged_runtime
        place = of_package(session.instance, session.named(uri, "model"), packed_runtime=packed)
    else:
        copy = not forbid_snapshot and not show_argument
        with named_by_directory("name the model in a model.yaml"):
            place = of_directory(
                session.instance, workdir or ".", modules=modules, model_yaml=model_yaml, copy=copy
            )
    with Runs(session.instance) as runs:
        with place.given_up_on_error():
            if runtime:
                place = _within(session, place, runtime)
            specs = runs.handlers(place)
            check_arguments(session, specs, handler, arguments, show=show_argument)
            job = None
            if not show_argument:
                asked = _request(session, place, specs, handler, arguments, **told)
                waits = _waits(queue, priority)
                job = runs.create(asked, place, soon=waits is None, queue=waits)
        if job is None:
            place.clear()
            return
        ended = None
        if job.queued_at is not None:
            told_of_queue(session, job, place)
        else:
            ended = _run(session, runs, job, place, keep=not cleanup_snapshot)
    # The workers have ended: reading the results does not add to the memory that they needed.
    if ended is not None:
        finish(session, ended)


def _within(session: Session, place: Workplace, runtime: str) -> Workplace:
    """The same with the Python of a runtime."""
    from dataclasses import replace

    from starwhale.instance.interpreters import of_runtime

    return replace(place, interpreter=of_runtime(session.instance, session.named(runtime, "runtime")))


def _waits(queue: bool, priority: int) -> int | None:
    """The priority with which a job waits in the queue; None where it is run at once."""
    from starwhale.jobs.marks import check_priority

    check_priority(priority)
    return priority if queue or priority else None


def told_of_queue(session: Session, job: JobRead, place: Workplace) -> None:
    """Tell that a job waits for whoever works through the queue."""
    from starwhale.core.version import short

    # Whoever runs it lays its code out again.
    if place.is_new:
        place.clear()
    text = f"job {short(job.id)} waits in the queue; `swcli job work` runs what waits there"
    session.out.line(text, jobs.facts(job))


def run_blueprint(
    session: Session,
    blueprint: Blueprint,
    project: str,
    *,
    queue: bool = False,
    priority: int = 0,
    within: Callable[[Transaction], None] = lambda _: None,
) -> None:
    """Make a job of a blueprint and run it until it rests, or leave it to the queue.

    Args:
        session: The run of swcli.
        blueprint: What the job is made of.
        project: Where it belongs.
        queue: Leave it to the queue.
        priority: Of it there.
        within: See `JobService.create`; where the job is made on this machine.
    """
    from starwhale.cli import remote_jobs
    from starwhale.instance.remaking import place_of, request_of
    from starwhale.instance.runs import Runs

    if (server := remote_jobs.server_of(session)) is not None:
        remote_jobs.order(session, server, project, blueprint, priority)
        return
    place = place_of(session.instance, blueprint)
    ended = None
    with Runs(session.instance) as runs:
        with place.given_up_on_error():
            specs = runs.handlers(place)
            check_arguments(session, specs, blueprint.handler, blueprint.arguments, show=False)
            asked = request_of(blueprint, place, specs, project=project, defaults=session.config.defaults())
            waits = _waits(queue, priority)
            job = runs.create(asked, place, soon=waits is None, queue=waits, within=within)
        if job.queued_at is not None:
            told_of_queue(session, job, place)
        else:
            ended = _run(session, runs, job, place, keep=False)
    if ended is not None:
        finish(session, ended)


def _request(
    session: Session,
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
    comment: str,
    deadline: float,
    auto_release_time: float,
    reuse: str,
    step: str,
    task_index: int,
    override_task_num: int,
    step_replicas: tuple[str, ...],
    step_resources: tuple[str, ...],
    debug: bool,
) -> JobRequest:
    from starwhale.jobs.request import JobRequest

    project = session.project(run_project)
    results = session.project(log_project) if log_project else project
    session.instance.projects.get(session.actor, results)
    return JobRequest(
        project=project,
        specs=specs,
        handler=handler,
        datasets=tuple(session.named(text, "dataset") for text in datasets),
        validation_datasets=tuple(session.named(text, "dataset") for text in validation_datasets),
        defaults=session.config.defaults(),
        dataset_head=dataset_head,
        workdir=place.workdir,
        arguments=arguments,
        log_project=results,
        isolation=isolation,
        comment=comment,
        debug=debug,
        deadline=deadline,
        auto_release_time=auto_release_time,
        reuse=session.instance.jobs.info(session.actor, session.job(reuse)) if reuse else None,
        only_step=step,
        only_task=None if task_index < 0 else task_index,
        overrides=overrides_of(
            specs, {step or handler: override_task_num}, replicas=step_replicas, resources=step_resources
        ),
    )


def _run(session: Session, runs: Runs, job: JobRead, place: Workplace, *, keep: bool) -> JobRead:
    from starwhale.core.version import short

    uri = session.instance.jobs.uri(job)
    session.out.say(f"job {short(job.id)}: {job.handler} of {place.model_name or place.workdir}")
    with jobs.watching(session, uri) as watch:
        ended = runs.run(job, place, watch=watch, keep=keep)
    if place.is_copy and keep:
        session.out.say(f"the code that ran is kept in {place.workdir}")
    return ended


def resume_job(session: Session, uri: JobUri, *, force: bool) -> None:
    """Go on with a job in this process, and wait until it rests; or have its server go on with it."""
    from starwhale.cli import remote_jobs
    from starwhale.instance.runs import Runs

    if (server := remote_jobs.server_of(session)) is not None:
        remote_jobs.proceed(session, server, uri)
        return
    with Runs(session.instance) as runs, jobs.watching(session, uri) as watch:
        ended = runs.resume(uri, watch=watch, force=force)
    finish(session, ended)


def work(session: Session, *, keep_on: bool, pause: float = 2.0) -> None:
    """Run the jobs that wait in the queue, one after the other.

    Args:
        session: The run of swcli.
        keep_on: Wait for further ones when there are none.
        pause: Seconds between two looks.

    Raises:
        JobFailed: one or more of them failed; all have been run.
    """
    import time

    from starwhale.core.errors import JobFailed
    from starwhale.jobs.states import JobState

    done = failed = 0
    while True:
        ended = _work_one(session)
        if ended is not None:
            done += 1
            failed += ended.state is JobState.FAIL
        elif not keep_on:
            break
        else:
            time.sleep(pause)
    if failed:
        raise JobFailed(f"{failed} of {units.counted(done, 'job')} failed", hint="see `swcli job list`")
    verb = "was" if done == 1 else "were"
    told = f"{units.counted(done, 'job')} {verb} run; nothing waits" if done else "no job waits in the queue"
    session.out.line(told, {"run": done})


def _work_one(session: Session) -> JobRead | None:
    """The first job of the queue that nobody else takes, at its end; None where none waits."""
    from starwhale.core.errors import Conflict, Corrupted
    from starwhale.core.version import short
    from starwhale.instance.runs import Runs

    for uri in session.instance.job_marks.queued():
        session.out.say(f"job {short(uri.job)} of project {uri.project}")
        with Runs(session.instance) as runs, jobs.watching(session, uri) as watch:
            try:
                ended = runs.resume(uri, watch=watch)
            except (Conflict, Corrupted) as error:
                session.out.say(f"passed over: {error}")
                continue
        jobs.tell(session, ended)
        return ended
    return None


def finish(session: Session, job: JobRead) -> None:
    """Tell how the job ended."""
    from starwhale.core.version import short
    from starwhale.jobs.liveness import ATTENDED
    from starwhale.jobs.lookup import check_success
    from starwhale.jobs.states import JobState

    if job.state in ATTENDED:
        jobs.tell(session, job)
        return
    jobs.report(session, job)
    check_success(job)
    if job.state is JobState.PAUSED:
        hint = f"`swcli job resume {short(job.id)}` goes on with it"
        raise Canceled(f"job {short(job.id)} is paused", hint=hint)
