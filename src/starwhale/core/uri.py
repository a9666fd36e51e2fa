"""Addresses of projects, packages and jobs: one grammar, one parser, one printer.

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

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from starwhale.core.errors import InvalidUri, NotFound
from starwhale.core.names import check_name, check_reference, is_name

LOCAL = "local"
DEFAULT_PROJECT = "self"


class Kind(StrEnum):
    """What a project can hold."""

    MODEL = "model"
    DATASET = "dataset"
    RUNTIME = "runtime"
    JOB = "job"

    @classmethod
    def of(cls, word: str) -> Kind | None:
        """The kind that a word of an address means: singular or plural, ``evaluation`` for a job."""
        return _KIND_WORDS.get(word)


_KIND_WORDS = {word: kind for kind in Kind for word in (kind.value, f"{kind.value}s")}
_KIND_WORDS |= {"evaluation": Kind.JOB, "evaluations": Kind.JOB}


@dataclass(frozen=True, slots=True, kw_only=True)
class ProjectUri:
    """``INSTANCE/project/PROJECT``.

    Attributes:
        instance: ``local``, an alias, or ``http[s]://host[:port]`` in lower case.
        project: Its name, its id, or ``owner:name``.
    """

    instance: str
    project: str

    def __post_init__(self) -> None:
        _check_place(self.instance, self.project)

    def __str__(self) -> str:
        return f"{self.instance}/project/{self.project}"


@dataclass(frozen=True, slots=True, kw_only=True)
class ArtifactUri:
    """``INSTANCE/project/PROJECT/KIND/NAME/version/VERSION``.

    Attributes:
        instance: As in `ProjectUri`.
        project: As in `ProjectUri`.
        kind: Model, dataset or runtime.
        name: Empty when only a version was given.
        version: Version id, a prefix of one, or a tag; None stands for the newest.
        bare: It was one word, so `name` may as well be meant as a tag or as the beginning of a version.
            Not part of the value: two addresses that print alike are equal.
    """

    instance: str
    project: str
    kind: Kind
    name: str
    version: str | None = None
    bare: bool = field(default=False, compare=False)

    def __post_init__(self) -> None:
        _check_place(self.instance, self.project)
        if self.kind is Kind.JOB:
            raise InvalidUri("a job is not an artifact", hint="a JobUri names it")
        if self.name:
            check_name(self.name, self.kind)
        elif self.version is None:
            raise InvalidUri(f"an address of a {self.kind} needs a name or a version")
        if self.version is not None:
            check_reference(self.version)

    def __str__(self) -> str:
        name = f"/{self.name}" if self.name else ""
        version = "" if self.version is None else f"/version/{self.version}"
        return f"{self.project_uri}/{self.kind}{name}{version}"

    @property
    def project_uri(self) -> ProjectUri:
        """The project it lies in."""
        return ProjectUri(instance=self.instance, project=self.project)


@dataclass(frozen=True, slots=True, kw_only=True)
class JobUri:
    """``INSTANCE/project/PROJECT/job/JOB``.

    Attributes:
        instance: As in `ProjectUri`.
        project: As in `ProjectUri`.
        job: Job id or a prefix of one.
    """

    instance: str
    project: str
    job: str

    def __post_init__(self) -> None:
        _check_place(self.instance, self.project)
        check_reference(self.job, "job id")

    def __str__(self) -> str:
        return f"{self.project_uri}/{Kind.JOB}/{self.job}"

    @property
    def project_uri(self) -> ProjectUri:
        """The project it lies in."""
        return ProjectUri(instance=self.instance, project=self.project)


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
    instance, path = _split(text, defaults)
    if instance is None and len(path) == 1:
        return _by_alias(path[0], defaults)
    if instance is None or path:
        raise _not_an_address(text, "an instance", "write local, an alias, or http(s)://host:port")
    return instance


def parse_project(text: str, defaults: Defaults) -> ProjectUri:
    """Read an address of a project; empty text means the current one.

    Raises:
        InvalidUri: it has another form.
        InvalidName: the name in it is not allowed.
        NotFound: no such alias is configured.
    """
    if not text:
        return ProjectUri(instance=defaults.instance, project=defaults.project)
    instance, path = _split(text, defaults)
    if instance is None and len(path) == 1:
        return ProjectUri(instance=defaults.instance, project=path[0])
    if instance is None or len(path) != 2:
        raise _not_an_address(text, "a project", "write NAME or INSTANCE/project/NAME")
    return ProjectUri(instance=instance, project=path[1])


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
    instance, path = _split(text, defaults)
    if instance is None:
        bare = len(path) == 1
        if path[0] != "version" and len(path) in {2, 4} and Kind.of(path[0]) is kind:
            path = path[1:]
        name, version = _tail(path, text, kind, defaults)
        instance, project = defaults.instance, defaults.project
    else:
        project, rest = _below(path, text, kind)
        bare = False
        name, version = (
            _console_tail(rest, text, kind) if path[0] == "projects" else _tail(rest, text, kind, defaults)
        )
    return ArtifactUri(instance=instance, project=project, kind=kind, name=name, version=version, bare=bare)


def parse_job(text: str, defaults: Defaults) -> JobUri:
    """Read an address of a job; ``evaluation`` is another word for it.

    Raises:
        InvalidUri: it has no form of the grammar, or it names another kind of thing.
        InvalidName: the id in it has characters that no id has.
        NotFound: no such alias is configured.
    """
    instance, path = _split(text, defaults)
    if instance is None:
        instance, project, rest = defaults.instance, defaults.project, path
        if len(path) == 2 and Kind.of(path[0]) is Kind.JOB:
            rest = path[1:]
    else:
        project, rest = _below(path, text, Kind.JOB)
        if path[0] == "projects" and all(is_name(page) for page in rest):
            rest = rest[:1]
    if len(rest) == 2 and rest[0] == "version":
        rest = rest[1:]
    if len(rest) != 1:
        raise _wrong_form(text, Kind.JOB, defaults)
    return JobUri(instance=instance, project=project, job=rest[0])


_URL = re.compile(r"(https?)://([^/?#]*)(.*)", re.IGNORECASE | re.DOTALL)
_HOST = r"(?:[a-z0-9](?:[a-z0-9_.-]{0,252}[a-z0-9])?|\[[0-9a-f:.]{2,45}\])"
_INSTANCE_URL = re.compile(rf"https?://{_HOST}(?::[1-9][0-9]{{0,4}})?")
_DEFAULT_PORT = {"http": ":80", "https": ":443"}


def _split(text: str, defaults: Defaults) -> tuple[str | None, list[str]]:
    """Part an address into its instance, None where it has none, and the words behind it."""
    url = _URL.fullmatch(text)
    if url is not None:
        scheme, authority, rest = url.groups()
        if rest.startswith("/projects/"):
            rest = re.split(r"[?#]", rest, maxsplit=1)[0]  # as copied from a browser
        return _by_url(_normal(scheme, authority, text), defaults), _words(rest.removeprefix("/"), text)
    scheme, sep, rest = text.partition("://")
    if sep and scheme != "cloud":
        raise _not_an_address(text, "anything", "schemes are http, https and cloud")
    words = _words(rest if sep else text, text)
    if sep:
        return _by_alias(words[0] if words else "", defaults), words[1:]
    if not words:
        raise InvalidUri("an address is empty", hint="write a name")
    if len(words) > 2 and words[1] in {"project", "projects"}:
        return _by_alias(words[0], defaults), words[1:]
    return None, words


def _words(path: str, text: str) -> list[str]:
    words = path.removesuffix("/").split("/") if path else []
    if "" in words:
        raise InvalidUri(f"{_cut(text)!r} has nothing between two slashes, or before the first")
    return words


def _normal(scheme: str, authority: str, text: str) -> str:
    scheme, authority = scheme.lower(), authority.lower()
    instance = f"{scheme}://{authority.removesuffix(_DEFAULT_PORT[scheme])}"
    if "@" in authority:
        raise InvalidUri("an address may not hold a user or a password", hint="use `swcli instance login`")
    if not _is_instance_url(instance):
        raise _not_an_address(text, "an instance", "write http(s)://host or http(s)://host:port")
    return instance


def _is_instance_url(text: str) -> bool:
    if _INSTANCE_URL.fullmatch(text) is None:
        return False
    port = text.rpartition(":")[2]
    return not port.isdigit() or int(port) < 65536


def _by_url(url: str, defaults: Defaults) -> str:
    matching = [alias for alias, other in defaults.aliases.items() if _same(url, other)]
    if defaults.instance in matching:
        return defaults.instance
    return matching[0] if matching else url


def _same(url: str, configured: str) -> bool:
    parts = _URL.fullmatch(configured)
    if parts is None:
        return False
    scheme, authority, _ = parts.groups()
    return url == f"{scheme}://{authority.removesuffix(_DEFAULT_PORT[scheme.lower()])}".lower()


def _by_alias(alias: str, defaults: Defaults) -> str:
    if alias in defaults.aliases:
        return alias
    from starwhale.kit.suggest import nearest

    near = nearest(alias, defaults.aliases)
    hint = f"did you mean {near!r}?" if near else "`swcli instance list` shows those there are"
    raise NotFound(f"no instance {_cut(alias)!r} is configured", hint=hint)


def _below(path: list[str], text: str, kind: Kind) -> tuple[str, list[str]]:
    """Take project and kind off the words behind an instance; what is left is the tail."""
    if len(path) < 2 or path[0] not in {"project", "projects"}:
        raise _not_an_address(text, f"a {kind}", f"write INSTANCE/project/PROJECT/{kind}/NAME")
    if len(path) < 4:
        raise InvalidUri(f"{_cut(text)!r} stops before the name of a {kind}", hint=f"add /{kind}/NAME")
    found = Kind.of(path[2])
    if found is None:
        kinds = ", ".join(Kind)
        raise InvalidUri(f"{_cut(text)!r} has {_cut(path[2])!r} for a kind", hint=f"the kinds are {kinds}")
    if found is not kind:
        raise InvalidUri(f"{_cut(text)!r} names a {found}, expected a {kind}")
    return path[1], path[3:]


def _tail(words: list[str], text: str, kind: Kind, defaults: Defaults) -> tuple[str, str | None]:
    match words:
        case [name]:
            return name, None
        case ["version", version]:
            return "", version
        case [name, "version"]:
            raise InvalidUri(
                f"{_cut(text)!r} stops before the version", hint=f"write {_cut(name)}/version/VERSION"
            )
        case [name, version] | [name, "version", version]:
            return name, version
        case _:
            raise _wrong_form(text, kind, defaults)


def _console_tail(words: list[str], text: str, kind: Kind) -> tuple[str, str | None]:
    match words:
        case [name]:
            return name, None
        case [name, "versions" | "version", version, *pages] if all(is_name(page) for page in pages):
            return name, version
        case _:
            raise _not_an_address(text, f"a {kind}", f"expected …/{kind}s/NAME/versions/VERSION")


def _wrong_form(text: str, kind: Kind, defaults: Defaults) -> InvalidUri:
    words = text.split("/")
    place = ProjectUri(instance=defaults.instance, project=defaults.project)
    hint = f"write NAME, NAME/version/VERSION or {place}/{kind}/NAME"
    if kind is Kind.JOB:
        hint = f"write ID or {place}/{kind}/ID"
    if words[0] == "project":
        hint = f"begin with the instance: {defaults.instance}/{_cut(text)}"
    elif len(words) > 2 and Kind.of(words[1]) is kind and all(map(is_name, words)):
        project = str(place) if words[0] in defaults.aliases else f"{defaults.instance}/project/{words[0]}"
        hint = f"write {project}/{_cut('/'.join(words[1:]))}"
    return _not_an_address(text, f"a {kind}", hint)


def _not_an_address(text: str, what: str, hint: str) -> InvalidUri:
    return InvalidUri(f"{_cut(text)!r} is not the address of {what}", hint=hint)


def _check_place(instance: str, project: str) -> None:
    if not (is_name(instance) or _is_instance_url(instance)):
        raise InvalidUri(f"{_cut(instance)!r} is not an instance", hint="an alias or http(s)://host:port")
    owner, colon, name = project.rpartition(":")
    if colon:
        check_name(owner, "owner")
    check_name(name, "project")


def _cut(text: str) -> str:
    return text if len(text) <= 200 else text[:199] + "…"
