"""`copy`, for every kind of package that is copied whole."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import rich_click as click

from starwhale.cli import packages

if TYPE_CHECKING:
    from collections.abc import Callable

    from starwhale.artifacts.schemas import VersionRead
    from starwhale.cli.frame import Noun
    from starwhale.cli.session import Session
    from starwhale.core.uri import ArtifactUri


def add_copy(noun: Noun, kind: str, make: Callable[..., VersionRead]) -> None:
    """Register `copy`.

    Args:
        noun: Where.
        kind: Kind of package.
        make: Called with the session, the source, project and name of the copy, `force` and `ignore_tags`.
    """

    @noun.leaf(
        "copy",
        aliases=("cp",),
        help=f"Copy a version of a {kind} to another name or project.\n\n"
        "Files that the instance has are not copied again: a copy takes no room.",
        examples=[f"{kind} copy digits local/project/other", f"{kind} copy digits/version/v1 digits-again"],
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
    def copy(  # pyright: ignore[reportUnusedFunction]
        session: Session,
        src: str,
        dest: str,
        *,
        force: bool,
        dest_local_project: str | None,
        ignore_tag: tuple[str, ...],
    ) -> None:
        source = session.instance.artifacts.resolve(session.actor, session.address(src, kind))
        place = destination(session, kind, source.name, dest, dest_local_project or "")
        made = make(session, source, place.project, place.name, force=force, ignore_tags=ignore_tag)
        session.out.line(_copied(source, made), {**packages.facts(made), "copied_from": str(source.uri)})


def tell_built(
    session: Session,
    built: VersionRead,
    make: Callable[..., VersionRead],
    what: str = "",
    *,
    push: str | None,
    force: bool,
    more: dict[str, Any] | None = None,
) -> None:
    """Say which version a build made, and copy it to where it is to be pushed; JSON is one document.

    Args:
        session: Of the command.
        built: The version.
        make: As `add_copy` takes it.
        what: Of the version, in a few words.
        push: A project, a name or an address; None or empty where it stays.
        force: Take tags away from other versions there.
        more: For JSON.
    """
    if not push:
        packages.tell_built(session, built, what, more=more)
        return
    if not session.json:
        packages.tell_built(session, built, what)
    place = destination(session, str(built.kind), built.name, push)
    made = make(session, built, place.project, place.name, force=force, ignore_tags=())
    if session.json:
        packages.tell_built(session, built, what, more={**(more or {}), "pushed_to": str(made.uri)})
    else:
        session.out.line(_copied(built, made), None)


def _copied(source: VersionRead, made: VersionRead) -> str:
    return f"copied {source} to {made.project}/{made.kind}/{made} ({', '.join(made.tags)})"


def destination(session: Session, kind: str, name: str, dest: str, project: str = "") -> ArtifactUri:
    """Where a copy goes.

    Raises:
        NotFound: there is no such project.
        UsageError: it lies on a server.
    """
    from starwhale.core.kinds import Kind
    from starwhale.core.uri import copy_destination

    place = copy_destination(dest, project, name, Kind(kind), session.config.defaults())
    session.need_local(place.instance)
    session.instance.projects.get(session.actor, place.project)
    return place
