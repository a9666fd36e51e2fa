"""Addresses as people write them: one grammar, one parser.

    instance  = "local" | ALIAS | "cloud://" ALIAS | "http[s]://" HOST [":" PORT]
    project   = NAME | instance "/project/" PROJECT
    artifact  = tail | [KIND "/"] tail | project-with-instance "/" KIND "/" tail
    tail      = NAME | NAME "/" VERSION | NAME "/version/" VERSION | "version/" VERSION
    job       = ID | KIND "/" ID | "version/" ID | project-with-instance "/" KIND "/" ID
    console   = instance "/projects/" PROJECT "/" KINDS "/" NAME ["/versions/" VERSION …]
    VERSION   = version id, a prefix of one, or a tag

The parser is pure. What a bare word means (a name, a tag, the beginning of a version) is decided by the
one who can look.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from starwhale.core.errors import InvalidUri
from starwhale.core.instances import LOCAL, find_alias, split_instance
from starwhale.core.kinds import Kind
from starwhale.core.names import is_name, quoted
from starwhale.core.uri import DEFAULT_PROJECT, ArtifactUri, JobUri, ProjectUri

if TYPE_CHECKING:
    from collections.abc import Mapping


def _only_local() -> Mapping[str, str]:
    return {LOCAL: LOCAL}


@dataclass(frozen=True, slots=True, kw_only=True)
class Defaults:
    """What an address may leave out.

    Attributes:
        instance: Current instance.
        project: Its current project.
        aliases: URL of every configured instance by its alias.
    """

    instance: str = LOCAL
    project: str = DEFAULT_PROJECT
    aliases: Mapping[str, str] = field(default_factory=_only_local)

    def within(self, place: ProjectUri) -> Defaults:
        """The same, with another current project."""
        return Defaults(instance=place.instance, project=place.project, aliases=self.aliases)


def parse_instance(text: str, defaults: Defaults) -> str:
    """Read an instance as people write it; empty text means the current one.

    Raises:
        InvalidUri: it has another form.
        NotFound: no such alias is configured.
    """
    if not text:
        return defaults.instance
    match _split(text, defaults):
        case None, [alias]:
            return find_alias(alias, defaults.aliases)
        case str(instance), []:
            return instance
        case _:
            raise _not_an_address(text, "an instance", "write local, an alias, or http(s)://host:port")


def parse_project(text: str, defaults: Defaults) -> ProjectUri:
    """Read an address of a project; empty text means the current one.

    Raises:
        InvalidUri: it has another form.
        InvalidName: the name in it is not allowed.
        NotFound: no such alias is configured.
    """
    if not text:
        return ProjectUri(instance=defaults.instance, project=defaults.project)
    match _split(text, defaults):
        case None, [project]:
            return ProjectUri(instance=defaults.instance, project=project)
        case str(instance), ["project" | "projects", project]:
            return ProjectUri(instance=instance, project=project)
        case _:
            raise _not_an_address(text, "a project", "write NAME or INSTANCE/project/NAME")


def parse_uri(text: str, *, kind: Kind, defaults: Defaults) -> ArtifactUri:
    """Read an address of a model, dataset or runtime.

    Args:
        text: As people write it.
        kind: What it is to name; not a job, for which there is `parse_job`.
        defaults: What it may leave out.

    Returns:
        A bare word comes back as `name`, with `bare` set.

    Raises:
        InvalidUri: it has no form of the grammar, or it names another kind of thing.
        InvalidName: a name or version in it is not allowed.
        NotFound: no such alias is configured.
    """
    instance, words = _split(text, defaults)
    bare = False
    if instance is None:
        instance, project = defaults.instance, defaults.project
        bare = len(words) == 1
        name, version = _tail(_without_kind(words, kind), text, kind, defaults)
    else:
        project, rest = _below(words, text, kind)
        read = _console_tail if words[0] == "projects" else _tail
        name, version = read(rest, text, kind, defaults)
    return ArtifactUri(instance=instance, project=project, kind=kind, name=name, version=version, bare=bare)


def copy_destination(text: str, project: str, name: str, kind: Kind, defaults: Defaults) -> ArtifactUri:
    """Where a copy of a package goes.

    Args:
        text: A project, to keep the name, or a name or address of a package.
        project: A project that goes before what `text` says; empty for none.
        name: Name of what is copied.
        kind: What is copied.
        defaults: Where the user is.

    Raises:
        InvalidUri: it is no address, or names a version, which a copy gets from its content.
    """
    words = text.strip("/").split("/")
    if kind.value not in words and len(words) > 1 and words[-2] == "project":
        place, named = parse_project(text, defaults), name
    else:
        uri = parse_uri(text, kind=kind, defaults=defaults)
        if uri.version is not None or not uri.name:
            raise InvalidUri(
                f"{quoted(text)} names a version", hint="a copy gets its version from its content"
            )
        place, named = uri.project_uri, uri.name
    if project:
        place = parse_project(project, defaults)
    return ArtifactUri(instance=place.instance, project=place.project, kind=kind, name=named)


def parse_job(text: str, defaults: Defaults) -> JobUri:
    """Read an address of a job; ``evaluation`` is another word for it.

    Raises:
        InvalidUri: it has no form of the grammar, or it names another kind of thing.
        InvalidName: the id in it has characters that no id has.
        NotFound: no such alias is configured.
    """
    instance, words = _split(text, defaults)
    if instance is None:
        instance, project = defaults.instance, defaults.project
        rest = _without_kind(words, Kind.JOB)
    else:
        project, rest = _below(words, text, Kind.JOB)
        if words[0] == "projects" and all(map(is_name, rest)):
            rest = rest[:1]  # what follows is a page of the console
    match rest:
        case [job] | ["version", job]:
            return JobUri(instance=instance, project=project, job=job)
        case _:
            raise _wrong_form(text, Kind.JOB, defaults)


def _split(text: str, defaults: Defaults) -> tuple[str | None, list[str]]:
    return split_instance(text, aliases=defaults.aliases, current=defaults.instance)


def _without_kind(words: list[str], kind: Kind) -> list[str]:
    match words:
        case [word, _] | [word, _, "version", _] if Kind.of(word) is kind:
            return words[1:]
        case _:
            return words


def _below(words: list[str], text: str, kind: Kind) -> tuple[str, list[str]]:
    """Take project and kind off the words behind an instance; what is left is the tail."""
    match words:
        case ["project" | "projects", project, word, _, *_]:
            found = Kind.of(word)
        case ["project" | "projects", _, *_]:
            raise InvalidUri(f"{quoted(text)} stops before the name of a {kind}", hint=f"add /{kind}/NAME")
        case _:
            raise _not_an_address(text, f"a {kind}", f"write INSTANCE/project/PROJECT/{kind}/NAME")
    if found is None:
        raise InvalidUri(f"{quoted(text)} has {quoted(word)} for a kind", hint=f"kinds are {', '.join(Kind)}")
    if found is not kind:
        raise InvalidUri(f"{quoted(text)} names a {found}, expected a {kind}")
    return project, words[3:]


def _tail(words: list[str], text: str, kind: Kind, defaults: Defaults) -> tuple[str, str | None]:
    match words:
        case [name]:
            return name, None
        case ["version", version]:
            return "", version
        case [_, "version"]:
            raise InvalidUri(f"{quoted(text)} stops before the version", hint="write NAME/version/VERSION")
        case [name, version] | [name, "version", version]:
            return name, version
        case _:
            raise _wrong_form(text, kind, defaults)


def _console_tail(words: list[str], text: str, kind: Kind, _: Defaults) -> tuple[str, str | None]:
    match words:
        case [name]:
            return name, None
        case [name, "versions" | "version", version, *pages] if all(map(is_name, pages)):
            return name, version
        case _:
            raise _not_an_address(text, f"a {kind}", f"expected …/{kind}s/NAME/versions/VERSION")


def _wrong_form(text: str, kind: Kind, defaults: Defaults) -> InvalidUri:
    place = ProjectUri(instance=defaults.instance, project=defaults.project)
    match [word if is_name(word) else "" for word in text.split("/")]:
        case ["project", *_] as words if all(words):
            hint = f"begin with the instance: {defaults.instance}/{text}"
        case [project, word, _, *_] as words if all(words) and Kind.of(word) is kind:
            known = project in defaults.aliases
            place = place if known else ProjectUri(instance=defaults.instance, project=project)
            hint = f"an address with a project begins with the instance: {place}/{'/'.join(words[1:])}"
        case _ if kind is Kind.JOB:
            hint = f"write ID or {place}/{kind}/ID"
        case _:
            hint = f"write NAME, NAME/version/VERSION or {place}/{kind}/NAME"
    return _not_an_address(text, f"a {kind}", hint)


def _not_an_address(text: str, what: str, hint: str) -> InvalidUri:
    return InvalidUri(f"{quoted(text)} is not the address of {what}", hint=hint)
