"""`copy`, for every kind of package that is copied whole."""

from __future__ import annotations

from typing import TYPE_CHECKING

import rich_click as click

from starwhale.cli import packages

if TYPE_CHECKING:
    from collections.abc import Callable

    from starwhale.artifacts.schemas import VersionRead
    from starwhale.cli.frame import Noun
    from starwhale.cli.session import Session


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
        from starwhale.core.kinds import Kind
        from starwhale.core.uri import copy_destination

        source = session.instance.artifacts.resolve(session.actor, session.address(src, kind))
        place = copy_destination(
            dest, dest_local_project or "", source.name, Kind(kind), session.config.defaults()
        )
        session.need_local(place.instance)
        session.instance.projects.get(session.actor, place.project)
        made = make(session, source, place.project, place.name, force=force, ignore_tags=ignore_tag)
        text = f"copied {source} to {place.project}/{kind}/{made} ({', '.join(made.tags)})"
        session.out.line(text, {**packages.facts(made), "copied_from": str(source.uri)})
