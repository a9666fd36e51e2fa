"""Commands that datasets and models have in common: list, history, tag, remove, recover."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import rich_click as click

from starwhale.cli import names, options
from starwhale.core.errors import Conflict, InvalidName, StarwhaleError

if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Sequence
    from pathlib import Path

    from starwhale.artifacts.schemas import VersionRead
    from starwhale.cli.frame import Noun
    from starwhale.cli.output import Column
    from starwhale.cli.session import Session
    from starwhale.core.uri import ArtifactUri


def uri_argument(kind: str, name: str = "") -> Callable[[Any], Any]:
    """The argument that names one package."""
    return click.argument(
        name or kind,
        metavar=kind.upper(),
        shell_complete=names.complete(kind),
        help=f"Name, tag, version or address: NAME, NAME/version/VERSION, local/project/PROJECT/{kind}/NAME.",
    )


discard_option = click.option(
    "--discard",
    is_flag=True,
    help="Remove what is damaged, so that building or copying the version again stores it anew.",
)


def add_common(noun: Noun, kind: str) -> None:
    """Register what every kind of package can do."""
    _add_list(noun, kind)
    _add_history(noun, kind)
    _add_tag(noun, kind)
    _add_remove(noun, kind)
    _add_recover(noun, kind)


def facts(version: VersionRead) -> dict[str, Any]:
    """What JSON tells about a version."""
    return {
        "project": version.project,
        "name": version.name,
        "version": version.version,
        "tags": version.tags,
        "size": version.size,
        "message": version.message,
        "parent": version.parent,
        "created_at": version.created_at,
        "created_by": version.created_by,
        "removed_at": version.removed_at,
    }


def described(session: Session, version: VersionRead) -> list[tuple[str, str]]:
    """The lines that every `info` begins with."""
    from starwhale.cli import units

    return [
        ("name", version.name),
        ("version", version.version),
        ("project", version.project),
        ("tags", ", ".join(version.tags)),
        ("size", units.size(version.size)),
        ("message", version.message),
        ("parent", version.parent or ""),
        ("created", session.out.when(version.created_at)),
        ("created by", version.created_by),
        ("removed", session.out.when(version.removed_at) if version.removed_at else ""),
    ]


def told_apart(one: VersionRead, other: VersionRead) -> tuple[str, str]:
    """Two versions in a few words; in full where these would be the same, or lie on two instances."""
    if one.instance == other.instance and str(one) != str(other):
        return str(one), str(other)
    return str(one.uri), str(other.uri)


def check_room(target: Path, *, force: bool) -> None:
    """Refuse to lay files out in a directory that holds others, unless that is forced.

    Raises:
        Conflict: it is not empty, and `force` is not set.
    """
    if not force and target.is_dir() and any(target.iterdir()):
        hint = "--force goes into it, over files of the same name, or name another directory"
        raise Conflict(f"directory {str(target)!r} is not empty", hint=hint)


@contextmanager
def named_by_directory(way: str) -> Generator[None]:
    """Tell whose directory has a name that no model can have how to give it another.

    Args:
        way: What gives a name.

    Raises:
        InvalidName: the name of the directory is none.
    """
    try:
        yield
    except InvalidName as error:
        if not error.message.startswith("model name "):  # a tag, for example
            raise
        raise InvalidName(f"{error.message}, and it is that of the directory", hint=way) from error


def tell_built(
    session: Session,
    built: VersionRead,
    what: str = "",
    *,
    is_new: bool | None = None,
    more: dict[str, Any] | None = None,
) -> None:
    """Say which version a build made, or that there was nothing to make."""
    is_new = built.is_new if is_new is None else is_new
    verb = "built" if is_new else "nothing changed:"
    extra = f", {what}" if what else ""
    text = f"{verb} {built.kind} {built} ({', '.join(built.tags)}{extra})"
    session.out.line(text, {**facts(built), "is_new": is_new, **(more or {})})


def version_columns(session: Session, *, fullname: bool, named: bool) -> tuple[Column, ...]:
    """Columns of a table of versions."""
    from starwhale.cli import units
    from starwhale.cli.output import Column
    from starwhale.core.version import short

    name = (Column(key="name"),) if named else ()
    return (
        *name,
        Column(key="version", show=str if fullname else short),
        Column(key="tags", show=", ".join, rank=1),
        Column(key="size", show=units.size, right=True, rank=3),
        Column(key="message", cut=True, rank=4),
        session.out.moments("created_at", title="CREATED", rank=2),
        session.out.moments("removed_at", title="REMOVED", rank=2),
    )


def _shown(columns: tuple[Column, ...], *, removed: bool) -> tuple[Column, ...]:
    return columns if removed else tuple(column for column in columns if column.key != "removed_at")


def _add_list(noun: Noun, kind: str) -> None:
    @noun.leaf(
        "list",
        aliases=("ls",),
        help=f"List the {kind}s of a project, the newest first.",
        examples=[f"{kind} list", f"{kind} list -fl name=dig -fl latest"],
    )
    @options.project
    @options.short_fullname
    @options.show_removed
    @options.page
    @options.size
    @options.filters
    @click.pass_obj
    def list_(
        session: Session,
        *,
        project: str,
        fullname: bool,
        show_removed: bool,
        page: int,
        size: int,
        filters: tuple[str, ...],
    ) -> None:
        from starwhale.artifacts.schemas import ArtifactFilter
        from starwhale.core.kinds import Kind
        from starwhale.core.page import PageRequest

        place = session.project(project)
        found = session.instance.artifacts.list(
            session.actor,
            place,
            Kind(kind),
            ArtifactFilter.parse(filters),
            include_removed=show_removed,
            page=PageRequest(number=page, size=size),
        )
        columns = _shown(version_columns(session, fullname=fullname, named=True), removed=show_removed)
        empty = f"no {kind} in project {place}; `swcli {kind} build --help` tells how to make one"
        session.out.table([facts(item) for item in found], columns, empty=empty, total=found.total)


def _add_history(noun: Noun, kind: str) -> None:
    @noun.leaf(
        "history",
        help=f"List the versions of a {kind}, the newest first.",
        examples=[f"{kind} history digits"],
    )
    @uri_argument(kind)
    @options.fullname
    @click.pass_obj
    def history(session: Session, *, fullname: bool, **uri: str) -> None:
        address = session.address(uri[kind], kind)
        found = session.instance.artifacts.history(session.actor, address)
        columns = _shown(version_columns(session, fullname=fullname, named=False), removed=False)
        session.out.table([facts(item) for item in found], columns)


def _add_tag(noun: Noun, kind: str) -> None:
    @noun.leaf(
        "tag",
        help=f"Add tags to a version of a {kind}, take them away, or list those it has.",
        examples=[f"{kind} tag digits", f"{kind} tag digits/version/v3 best", f"{kind} tag -r digits best"],
    )
    @uri_argument(kind)
    @click.argument("tags", nargs=-1, help="Tags to add, or to take away with -r.")
    @click.option("-r", "--remove", is_flag=True, help="Take the tags away.")
    @click.option("-q", "--quiet", is_flag=True, help="Go on with the others when a tag cannot be set.")
    @click.option("-f", "--force-add", is_flag=True, help="Move a tag that another version has.")
    @click.pass_obj
    def tag(
        session: Session, *, tags: tuple[str, ...], remove: bool, quiet: bool, force_add: bool, **uri: str
    ) -> None:
        address = session.address(uri[kind], kind)
        groups = [[tag] for tag in tags] if quiet else [list(tags)] if tags else []
        for group in groups:
            try:
                _change_tags(session, address, group, remove=remove, force=force_add)
            except StarwhaleError as error:
                if not quiet:
                    raise
                session.out.say(f"passed over: {error}")
        version = session.instance.artifacts.resolve(session.actor, address)
        session.out.line("\n".join(version.tags), facts(version))


def _change_tags(
    session: Session, address: ArtifactUri, tags: Sequence[str], *, remove: bool, force: bool
) -> None:
    if remove:
        session.instance.artifacts.remove_tags(session.actor, address, tags)
    else:
        session.instance.artifacts.add_tags(session.actor, address, tags, force=force)


def _add_remove(noun: Noun, kind: str) -> None:
    @noun.leaf(
        "remove",
        aliases=("rm",),
        help=f"Put a {kind}, or one version of it, into the trash.",
        examples=[f"{kind} remove digits", f"{kind} remove digits/version/v3"],
    )
    @uri_argument(kind)
    @options.force_remove
    @click.pass_obj
    def remove(session: Session, *, force: bool, **uri: str) -> None:
        address = session.address(uri[kind], kind)
        gone = session.instance.artifacts.remove(session.actor, address, force=force)
        name = _relative(session, gone)
        way_back = "" if force else f"; `swcli {kind} recover {name}` brings it back"
        value = {"uri": str(gone), "removed": True, "forced": force}
        session.out.line(f"{kind} {name} is removed{way_back}", value)


def _add_recover(noun: Noun, kind: str) -> None:
    @noun.leaf(
        "recover",
        help=f"Take a {kind}, or one version of it, back out of the trash.",
        examples=[f"{kind} recover digits"],
    )
    @uri_argument(kind)
    @options.force_recover
    @click.pass_obj
    def recover(session: Session, *, force: bool, **uri: str) -> None:
        address = session.address(uri[kind], kind)
        back = session.instance.artifacts.recover(session.actor, address, force=force)
        session.out.line(f"{kind} {_relative(session, back)} is back", {"uri": str(back), "removed": False})


def _relative(session: Session, uri: ArtifactUri) -> str:
    """The address as short as it can be typed in the current project."""
    from starwhale.core.version import short

    if not session.is_current(uri.project):
        return str(uri)
    return f"{uri.name}/version/{short(uri.version)}" if uri.version else uri.name
