"""Building a dataset from the command line."""

from __future__ import annotations

import sys
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from starwhale.cli import copying, sources, units
from starwhale.core.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Mapping

    from starwhale.artifacts.schemas import VersionRead
    from starwhale.cli.session import Session
    from starwhale.datasets.build import BuildRequest
    from starwhale.datasets.schemas import BuildProgress, Built


def build_dataset(session: Session, *, given: set[str], **told: Any) -> None:
    """Build a version of a dataset and tell which one it is.

    Args:
        session: Of the command.
        given: Names of the parameters that were typed.
        **told: All parameters of `swcli dataset build`.
    """
    from starwhale.core.names import check_tag
    from starwhale.datasets.schemas import OnError

    code = [f"--{name}" for name in ("handler", "yaml") if name in given]
    way = sources.chosen(told, code)
    for option in sources.idle_settings(way, given):
        session.out.say(f"{option} has nothing to do with this source and is passed over")
    for tag in told["tags"]:
        check_tag(tag)
    if told["push"]:
        copying.destination(session, "dataset", told["name"] or "any", told["push"])
    if told["runtime"] and way is not None:
        raise UsageError("--runtime is for rows that code of yours yields", hint="leave it out")
    told["on_error"] = OnError(told["on_error"])
    for name in ("delimiter", "quotechar"):
        if name not in given:
            told[name] = None  # what the dialect says
    if told["report"] and told["on_error"] is not OnError.COLLECT:
        raise UsageError("--report is written with --on-error collect only")
    built, project, name = _build_code(session, **told) if way is None else _build_files(session, way, **told)
    for rejected in built.examples:
        session.out.say(f"left out {rejected.place}: {rejected.reason}")
    version = _newest(session, project, name)
    left_out = f", {units.number(built.rejected)} left out" if built.rejected else ""
    copying.tell_built(
        session,
        version,
        f"{units.counted(built.rows, 'row')}{left_out}",
        is_new=built.is_new,
        push=told["push"],
        force=told["force_push"],
        more={"rows": built.rows, "rejected": built.rejected},
    )


def _newest(session: Session, project: str, name: str) -> VersionRead:
    from starwhale.core.errors import NotFound
    from starwhale.core.kinds import Kind

    found = session.instance.artifacts.head(session.actor, project, Kind.DATASET, name)
    if found is None:
        raise NotFound(f"dataset {name!r} was removed meanwhile")
    return found


def _build_files(session: Session, way: str, **told: Any) -> tuple[Built, str, str]:
    from starwhale.core.names import check_name

    project = session.project(told["project"])
    session.instance.projects.get(session.actor, project)
    name = check_name(told["name"] or sources.default_name(way, told), "dataset")
    source = sources.open_source(way, told)
    with _progress(session, "opening the source") as progress:
        built = session.instance.datasets.build(
            session.actor,
            project,
            name,
            source,
            overwrite=told["mode"] == "overwrite",
            tags=told["tags"],
            message=told["desc"],
            on_error=told["on_error"],
            report=_report(name, told),
            progress=progress,
        )
    return built, project, name


def _report(name: str, told: Mapping[str, Any]) -> Path | None:
    if told["on_error"] != "collect":
        return None
    return Path(told["report"] or f"{name}.rejected.jsonl").resolve()


def _build_code(
    session: Session, *, handler: str | None, yaml: str, workdir: str, runtime: str, **told: Any
) -> tuple[Built, str, str]:
    from starwhale.datasets.build import build

    place = Path(workdir).resolve()
    if not place.is_dir():
        raise UsageError(f"there is no directory {workdir!r}")
    if handler:
        request = _from_handler(session, handler, place, **told)
    else:
        request, runtime = _from_yaml(session, place / yaml, place, runtime, **told)
    session.instance.projects.get(session.actor, request.project)
    python = _python(session, runtime) if runtime else sys.executable
    with _progress(session, "importing the code") as progress:
        built = build(
            request,
            workdir=place,
            environment=session.settings.to_env(),
            progress=progress,
            python=python,
        )
    return built, request.project, request.name


def _from_handler(
    session: Session, handler: str, workdir: Path, *, name: str, project: str, desc: str, **told: Any
) -> BuildRequest:
    from starwhale.core.names import check_name
    from starwhale.datasets.build import BuildRequest

    name = check_name(name or workdir.name, "dataset")
    return BuildRequest(
        project=session.project(project),
        instance=session.chosen,
        name=name,
        handler=handler,
        overwrite=told["mode"] == "overwrite",
        message=desc,
        tags=told["tags"],
        on_error=told["on_error"],
        report=str(_report(name, told) or ""),
    )


def _from_yaml(
    session: Session,
    path: Path,
    workdir: Path,
    runtime: str,
    *,
    name: str,
    project: str,
    desc: str,
    **told: Any,
) -> tuple[BuildRequest, str]:
    from starwhale.core.specs.dataset import load_dataset_spec

    if not path.exists():
        hint = "write one, name another with --yaml, or name a function with --handler"
        raise UsageError(f"there is no {path.name} in {str(path.parent)!r}", hint=hint)
    spec = load_dataset_spec(path)
    request = _from_handler(
        session,
        spec.handler,
        workdir,
        name=name or spec.name,
        project=project or spec.project_uri,
        desc=desc or spec.desc,
        **told,
    )
    return request, runtime or spec.runtime_uri


def _python(session: Session, text: str) -> str:
    """The Python of a runtime, of whatever instance."""
    from starwhale.core.addresses import parse_uri
    from starwhale.core.kinds import Kind

    uri = parse_uri(text, kind=Kind.RUNTIME, defaults=session.config.defaults())
    instance = session.at(uri.instance)
    with session.out.console(stderr=True).status("making the environment"):
        version = instance.runtimes.resolve(instance.actor, uri)
        return str(instance.runtimes.environment(version).python)


@contextmanager
def _progress(session: Session, first: str) -> Generator[Callable[[BuildProgress], None] | None]:
    """Shows rows and bytes in a terminal; elsewhere nothing, for the result says it."""
    console = session.out.console(stderr=True)
    if session.json or not console.is_terminal:
        yield None
        return
    with console.status(first) as status:

        def show(progress: BuildProgress) -> None:
            seconds = progress.seconds or 1.0
            done = f"{units.counted(progress.rows, 'row')}, {units.size(progress.size)}"
            speed = f"{units.number(round(progress.rows / seconds))} rows/s"
            status.update(f"{done}; {speed}, {units.size(round(progress.size / seconds))}/s")

        yield show
