"""Jobs that are made on a server: ordered there, and left to it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from starwhale.cli import jobs
from starwhale.core.errors import UsageError
from starwhale.core.kinds import Kind

if TYPE_CHECKING:
    from starwhale.cli.session import Session
    from starwhale.core.uri import JobUri
    from starwhale.instance.remote import RemoteInstance
    from starwhale.jobs.blueprint import Blueprint
    from starwhale.jobs.schemas import JobRead

#: What is said of a run that a server cannot do, by the name of the option.
_HERE_ONLY = ("reuse", "step")


def server_of(session: Session) -> RemoteInstance | None:
    """The server that a command works on; None where that is this machine."""
    from starwhale.instance.remote import RemoteInstance

    found: Any = session.instance
    return found if isinstance(found, RemoteInstance) else None


def order_model(
    session: Session, server: RemoteInstance, uri: str | None, *, show_argument: bool, **told: Any
) -> None:
    """Make a job of a model on its server, or list what its handlers take.

    Raises:
        UsageError: there is no package, or an option is only for runs on this machine.
    """
    from starwhale.cli.handlers import check_arguments, overrides_of
    from starwhale.jobs.blueprint import Blueprint

    if uri is None:
        hint = (
            "`swcli model build --push ADDRESS` makes one of a directory; --run-project names where it is run"
        )
        raise UsageError(f"{server.name!r} is a server, which runs packages of models only", hint=hint)
    handler, arguments = told["handler"], told["arguments"]
    version = server.models.resolve(server.actor, session.address(uri, "model"))
    specs = {spec.id: spec for spec in server.models.contents.description(version).handlers}
    check_arguments(session, specs, handler, arguments, show=show_argument)
    if show_argument:
        return
    for name in _HERE_ONLY:
        if told[name] or told["task_index"] >= 0:
            raise UsageError(f"--{name} is for runs on this machine", hint="leave it out")
    project = session.project(told["run_project"])
    blueprint = Blueprint(
        handler=handler,
        model=_full(server, session, uri, Kind.MODEL),
        runtime=_runtime(server, session, told["runtime"], bare=told["forbid_packaged_runtime"]),
        datasets=tuple(_full(server, session, text, Kind.DATASET) for text in told["datasets"]),
        validation_datasets=tuple(
            _full(server, session, text, Kind.DATASET) for text in told["validation_datasets"]
        ),
        dataset_head=told["dataset_head"],
        overrides=overrides_of(
            specs,
            {handler: told["override_task_num"]},
            replicas=told["step_replicas"],
            resources=told["step_resources"],
        ),
        arguments=arguments,
        log_project=session.project(told["log_project"]) if told["log_project"] else "",
        isolation=told["isolation"],
        deadline=told["deadline"],
        auto_release_time=told["auto_release_time"],
        pool=told["resource_pool"],
        comment=told["comment"],
        debug=told["debug"],
    )
    order(session, server, project, blueprint, told["priority"])


def order(
    session: Session, server: RemoteInstance, project: str, blueprint: Blueprint, priority: int
) -> None:
    """Make a job on a server, and say how to follow it."""
    told(session, server, server.jobs.order(server.actor, project, blueprint, priority=priority))


def proceed(session: Session, server: RemoteInstance, uri: JobUri) -> None:
    """Have a server go on with a job."""
    told(session, server, server.jobs.proceed(server.actor, uri))


def told(session: Session, server: RemoteInstance, job: JobRead) -> None:
    """Say that a job waits on a server."""
    uri = server.jobs.uri(job)
    text = f"job {uri} waits for its server; `swcli job logs --follow {uri}` shows what it prints"
    session.out.line(text, {**jobs.facts(job), "uri": str(uri)})


def services(session: Session, job: JobRead) -> list[str]:
    """Addresses of the services that the steps of a job offer while they run."""
    server = server_of(session)
    ports = [step.spec.expose for step in job.plan.steps if step.spec.expose]
    if server is None:
        return [f"http://127.0.0.1:{port}/" for port in ports]
    place = f"{server.http.url}/api/v1/projects/{job.project}/jobs/{job.id}/services"
    return [f"{place}/{port}/" for port in ports]


def _full(server: RemoteInstance, session: Session, text: str, kind: Kind) -> str:
    """Address of a version as its own server knows it."""
    from dataclasses import replace

    from starwhale.core.instances import LOCAL

    uri = session.address(text, kind.value)
    found = server.artifacts.resolve(server.actor, uri)
    return str(
        replace(
            uri, instance=LOCAL, project=found.project, name=found.name, version=found.version, bare=False
        )
    )


def _runtime(server: RemoteInstance, session: Session, text: str, *, bare: bool) -> str:
    if text:
        return _full(server, session, text, Kind.RUNTIME)
    return "none" if bare else ""
