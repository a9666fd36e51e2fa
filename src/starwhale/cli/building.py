"""Building a dataset from the command line."""

from __future__ import annotations

from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from starwhale.cli import packages, units
from starwhale.core.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Callable, Generator

    from starwhale.cli.session import Session
    from starwhale.datasets.build import BuildProgress, BuildRequest


def build_dataset(
    session: Session,
    *,
    handler: str | None,
    yaml: str,
    yaml_given: bool,
    mode: str,
    workdir: str,
    project: str,
    **told: Any,
) -> None:
    """Build a version of a dataset and tell which one it is."""
    from starwhale.datasets.build import build

    place = Path(workdir).resolve()
    if not place.is_dir():
        raise UsageError(f"there is no directory {workdir!r}")
    if handler and yaml_given:
        raise UsageError("--handler and --yaml are both given", hint="name one source")
    overwrite = mode == "overwrite"
    if handler:
        request = _from_handler(session, handler, place, project=project, overwrite=overwrite, **told)
    else:
        request = _from_yaml(session, place / yaml, place, project=project, overwrite=overwrite, **told)
    session.instance.projects.get(session.actor, request.project)
    with _progress(session) as progress:
        built = build(request, workdir=place, environment=session.settings.to_env(), progress=progress)
    address = session.address(f"local/project/{request.project}/dataset/{request.name}", "dataset")
    version = session.instance.datasets.resolve(session.actor, address)
    packages.tell_built(session, version, f"{units.number(built.rows)} rows", is_new=built.is_new)


def _from_handler(
    session: Session,
    handler: str,
    workdir: Path,
    *,
    name: str,
    project: str,
    overwrite: bool,
    desc: str,
    tags: tuple[str, ...],
) -> BuildRequest:
    from starwhale.core.names import check_name, check_tag
    from starwhale.datasets.build import BuildRequest

    for tag in tags:
        check_tag(tag)
    return BuildRequest(
        project=session.project(project),
        name=check_name(name or workdir.name, "dataset"),
        handler=handler,
        overwrite=overwrite,
        message=desc,
        tags=tags,
    )


def _from_yaml(
    session: Session, path: Path, workdir: Path, *, name: str, project: str, desc: str, **told: Any
) -> BuildRequest:
    from starwhale.core.specs.dataset import load_dataset_spec

    if not path.exists():
        hint = "write one, name another with --yaml, or name a function with --handler"
        raise UsageError(f"there is no {path.name} in {str(path.parent)!r}", hint=hint)
    spec = load_dataset_spec(path)
    if spec.runtime_uri:
        session.out.say(f"{path.name} names a runtime; the code runs in this interpreter all the same")
    return _from_handler(
        session,
        spec.handler,
        workdir,
        name=name or spec.name,
        project=project or spec.project_uri,
        desc=desc or spec.desc,
        **told,
    )


@contextmanager
def _progress(session: Session) -> Generator[Callable[[BuildProgress], None] | None]:
    """Shows the number of rows in a terminal; elsewhere nothing, for the result says it."""
    console = session.out.console(stderr=True)
    if session.json or not console.is_terminal:
        yield None
        return
    with console.status("importing the code") as status:

        def show(progress: BuildProgress) -> None:
            speed = progress.rows / progress.seconds if progress.seconds else 0.0
            status.update(f"{units.number(progress.rows)} rows, {units.number(round(speed))} a second")

        yield show
