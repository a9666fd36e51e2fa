"""`copy`, for every kind of package, and `--push` of builds."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import rich_click as click

from starwhale.cli import packages, units
from starwhale.core.instances import LOCAL

if TYPE_CHECKING:
    from collections.abc import Callable, Generator

    from starwhale.artifacts.schemas import VersionRead
    from starwhale.cli.frame import Noun
    from starwhale.cli.session import Session
    from starwhale.core.uri import ArtifactUri
    from starwhale.instance.copying import Moved


def add_copy(noun: Noun, kind: str) -> None:
    """Register `copy`.

    Args:
        noun: Where.
        kind: Kind of package.
    """

    @noun.leaf(
        "copy",
        aliases=("cp",),
        help=f"Copy a version of a {kind} to another name, project or instance.\n\n"
        "Files that the destination has are not sent again. A copy that was cut short goes on where it "
        "broke off, and nothing of it is to be seen before it is whole.",
        examples=[
            f"{kind} copy digits local/project/other",
            f"{kind} copy digits cloud://team/project/vision",
            f"{kind} copy cloud://team/project/vision/{kind}/digits digits",
        ],
    )
    @packages.uri_argument(kind, "src")
    @click.argument(
        "dest",
        metavar="DESTINATION",
        help=f"A project, to keep the name, or a name or address of a {kind}.",
    )
    @click.option("-f", "--force", is_flag=True, help="Take tags away from other versions of the copy.")
    @click.option("-dlp", "--dest-local-project", metavar="PROJECT", help="Project of the copy.")
    @click.option(
        "-i", "--ignore-tag", multiple=True, metavar="TAG", help="A tag that stays behind; may be repeated."
    )
    @click.pass_obj
    def copy(session: Session, src: str, dest: str, **told: Any) -> None:
        copy_named(session, kind, src, dest, **told)


def copy_named(
    session: Session,
    kind: str,
    src: str,
    dest: str,
    *,
    force: bool,
    dest_local_project: str | None,
    ignore_tag: tuple[str, ...],
    patch: bool = True,
) -> None:
    """Copy what an address means, and tell so."""
    source = session.package(src, kind)
    place = destination(session, kind, source.name, dest, dest_local_project or "")
    made = bring(session, source, place, patch=patch, force=force, ignore_tags=ignore_tag)
    session.out.line(_copied(source, made), {**packages.facts(made), "copied_from": str(source.uri)})


def bring(
    session: Session,
    source: VersionRead,
    place: ArtifactUri,
    *,
    force: bool,
    ignore_tags: tuple[str, ...] = (),
    patch: bool = True,
) -> VersionRead:
    """Copy a version to a place; raises as `instance.copying.copy` does."""
    from starwhale.instance.copying import copy

    with _progress(session) as progress:
        return copy(
            session.at(source.instance),
            source,
            session.at(place.instance),
            place.project,
            place.name,
            patch=patch,
            force=force,
            ignore_tags=ignore_tags,
            progress=progress,
        )


def tell_built(
    session: Session,
    built: VersionRead,
    what: str = "",
    *,
    push: str | None,
    force: bool,
    is_new: bool | None = None,
    more: dict[str, Any] | None = None,
) -> None:
    """Say which version a build made, and copy it to where it is to be pushed; JSON is one document.

    Args:
        session: Of the command.
        built: The version.
        what: Of the version, in a few words.
        push: A project, a name or an address; None or empty where it stays.
        force: Take tags away from other versions there.
        is_new: Whether the build made it; as `built` says, by default.
        more: For JSON.
    """
    if not push:
        packages.tell_built(session, built, what, is_new=is_new, more=more)
        return
    if not session.json:
        packages.tell_built(session, built, what, is_new=is_new)
    place = destination(session, str(built.kind), built.name, push)
    made = bring(session, built, place, force=force)
    if session.json:
        told = {**(more or {}), "pushed_to": str(made.uri)}
        packages.tell_built(session, built, what, is_new=is_new, more=told)
    else:
        session.out.line(_copied(built, made), None)


def _copied(source: VersionRead, made: VersionRead) -> str:
    where = "" if made.instance == LOCAL else f"{made.instance}/project/"
    return f"copied {source} to {where}{made.project}/{made.kind}/{made} ({', '.join(made.tags)})"


def destination(session: Session, kind: str, name: str, dest: str, project: str = "") -> ArtifactUri:
    """Where a copy goes.

    Raises:
        NotFound: there is no such project.
        InvalidUri: it is no address.
    """
    from starwhale.core.addresses import copy_destination
    from starwhale.core.kinds import Kind

    place = copy_destination(dest, project, name, Kind(kind), session.config.defaults())
    target = session.at(place.instance)
    target.projects.get(target.actor, place.project)
    return place


@contextmanager
def _progress(session: Session) -> Generator[Callable[[Moved], None]]:
    """Shows files and bytes in a terminal; elsewhere nothing, for the result says it."""
    console = session.out.console(stderr=True)
    if session.json or not console.is_terminal:
        yield lambda _: None
        return
    with console.status("comparing") as status:

        def show(moved: Moved) -> None:
            done = f"{units.number(moved.sent)} of {units.counted(moved.blobs, 'file')}"
            status.update(f"{done} sent, {units.size(moved.bytes)}")

        yield show
