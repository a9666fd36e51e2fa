"""The user's config.yaml: which instances there are and which project is current.

The file is shared with older releases, so fields that are unknown here are kept as they are. YAML is
loaded only when there is a file to read or to write; the mode is 0600, since tokens are in it.
"""

from __future__ import annotations

import errno
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from starwhale.core.addresses import Defaults
from starwhale.core.errors import InvalidName, InvalidSpec, InvalidUri, StorageFull, UsageError
from starwhale.core.instances import LOCAL, find_alias, normal_url
from starwhale.core.link_auth import LinkAuth, read_link_auths
from starwhale.core.names import check_name
from starwhale.core.uri import DEFAULT_PROJECT, ProjectUri
from starwhale.kit.files import atomic_write, locked
from starwhale.kit.times import utc_now

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

    from starwhale.core.specs.document import Document

VERSION = "2.0"
_FULL = {errno.ENOSPC, errno.EDQUOT}
_WORDS: dict[type, str] = {dict: "fields", list: "a list", str: "text", bool: "true or false"}
_TEXTS = (
    "uri",
    "type",
    "user_name",
    "user_role",
    "sw_token",
    "token_origin",
    "current_project",
    "updated_at",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class InstanceEntry:
    """One instance of config.yaml.

    Attributes:
        alias: What the user calls it.
        uri: ``local`` or ``http[s]://host[:port]``.
        type: ``standalone``, ``server`` or ``cloud``.
        user_name: Who is logged in; empty on a local store.
        user_role: His role as of the login.
        sw_token: Token of the login; never shown.
        token_origin: ``login`` where the login has made the token; empty where the user brought it.
        current_project: Project that addresses may leave out; empty when none was selected.
        updated_at: When the entry was written, as text.
        extra: Fields that other releases wrote.

    Raises:
        InvalidName: alias or project are no names.
        InvalidUri: `uri` has another form.
    """

    alias: str
    uri: str = LOCAL
    type: str = "standalone"
    user_name: str = ""
    user_role: str = ""
    sw_token: str = field(default="", repr=False)
    token_origin: str = ""
    current_project: str = ""
    updated_at: str = ""
    extra: Mapping[str, Any] = field(default_factory=dict[str, Any], repr=False)

    def __post_init__(self) -> None:
        check_name(self.alias, "instance")
        if self.uri != LOCAL:
            object.__setattr__(self, "uri", normal_url(self.uri))
        if self.current_project:
            ProjectUri(instance=self.alias, project=self.current_project)

    def to_plain(self) -> dict[str, Any]:
        """The entry as config.yaml holds it, without what is empty."""
        known = {name: getattr(self, name) for name in _TEXTS}
        return {**self.extra, **{name: text for name, text in known.items() if text}}


def _local_entry() -> dict[str, InstanceEntry]:
    return {LOCAL: InstanceEntry(alias=LOCAL, current_project=DEFAULT_PROJECT)}


@dataclass(frozen=True, slots=True, kw_only=True)
class Config:
    """What config.yaml says; a change gives a new one.

    Attributes:
        current_instance: Alias of the instance that addresses may leave out.
        instances: Every instance by its alias; ``local`` is always there.
        extra: Fields that other releases wrote, such as ``storage``, ``docker``, ``link_auths``.
    """

    current_instance: str = LOCAL
    instances: Mapping[str, InstanceEntry] = field(default_factory=_local_entry)
    extra: Mapping[str, Any] = field(default_factory=dict[str, Any], repr=False)

    @property
    def current_project(self) -> str:
        """Current project of the current instance."""
        return self.instances[self.current_instance].current_project or DEFAULT_PROJECT

    @property
    def link_auths(self) -> tuple[LinkAuth, ...]:
        """Keys for links into object stores.

        Raises:
            InvalidSpec: an entry is none.
        """
        return read_link_auths(self.extra.get("link_auths"))

    def defaults(self) -> Defaults:
        """What addresses may leave out."""
        aliases = {alias: entry.uri for alias, entry in self.instances.items()}
        return Defaults(instance=self.current_instance, project=self.current_project, aliases=aliases)

    def with_instance(self, entry: InstanceEntry) -> Config:
        """The same with `entry` added, or in place of the one with its alias."""
        stamped = replace(entry, updated_at=f"{utc_now():%Y-%m-%d %H:%M:%S} UTC")
        return replace(self, instances={**self.instances, entry.alias: stamped})

    def without_instance(self, alias: str) -> Config:
        """The same without an instance; if it was the current one, ``local`` is.

        Raises:
            NotFound: there is none of this alias.
            UsageError: it is ``local``, which cannot be removed.
        """
        if self._entry(alias).alias == LOCAL:
            raise UsageError("the local instance cannot be removed")
        rest = {other: entry for other, entry in self.instances.items() if other != alias}
        current = LOCAL if self.current_instance == alias else self.current_instance
        return replace(self, instances=rest, current_instance=current)

    def selecting(self, place: ProjectUri | str) -> Config:
        """The same with another current instance, and its current project when `place` has one.

        Raises:
            NotFound: the instance is not configured.
        """
        if isinstance(place, str):
            return replace(self, current_instance=self._entry(place).alias)
        entry = replace(self._entry(place.instance), current_project=place.project)
        return replace(self.with_instance(entry), current_instance=entry.alias)

    def to_plain(self) -> dict[str, Any]:
        """The content of config.yaml."""
        instances = {alias: entry.to_plain() for alias, entry in self.instances.items()}
        known = {"version": VERSION, "current_instance": self.current_instance, "instances": instances}
        return {**known, **self.extra}

    def _entry(self, alias: str) -> InstanceEntry:
        aliases = {known: entry.uri for known, entry in self.instances.items()}
        return self.instances[find_alias(alias, aliases)]


def load_config(path: Path) -> Config:
    """Read config.yaml; a file that is not there means the defaults.

    Raises:
        InvalidSpec: it is not YAML or a field is wrong; the message names file, line and field.
        UsageError: it cannot be read.
    """
    try:
        path.stat()
    except (FileNotFoundError, NotADirectoryError):
        return Config()
    except OSError as exc:
        raise UsageError(f"{str(path)!r} cannot be read: {exc.strerror}") from exc
    from starwhale.core.specs.document import read_document

    return _read(read_document(path))


def update_config(path: Path, change: Callable[[Config], Config]) -> Config:
    """Change config.yaml so that no concurrent change is lost and no reader sees half of it.

    Args:
        path: The file; it and its directories are made when missing.
        change: Gives the new content for the present one.

    Returns:
        What was written, durably.

    Raises:
        InvalidSpec: what is there now is wrong.
        StorageFull: the disk is; the file is as it was.
        UsageError: the file cannot be written.
    """
    import yaml

    target = path.resolve()  # a link is followed, not replaced
    try:
        with locked(target.with_name(f"{target.name}.lock")):
            config = change(load_config(target))
            text = yaml.safe_dump(config.to_plain(), sort_keys=False, allow_unicode=True)
            atomic_write(target, text.encode(), mode=0o600)
    except OSError as exc:
        if exc.errno in _FULL:
            raise StorageFull(f"no space left to write {str(path)!r}") from exc
        raise UsageError(f"{str(path)!r} cannot be written: {exc.strerror}") from exc
    return config


def _read(document: Document) -> Config:
    data = _mapping(document, document.data, ())
    version = str(data.get("version", VERSION))
    if version.partition(".")[0] != VERSION.partition(".")[0]:
        message = f"version is {version!r}, expected {VERSION!r}"
        raise document.error(message, ["version"], hint="it was written by another release")
    listed = _mapping(document, data.get("instances") or {}, ("instances",))
    instances = {**_local_entry(), **{alias: _instance(document, alias, listed[alias]) for alias in listed}}
    current = _text(document, data.get("current_instance") or LOCAL, ("current_instance",))
    if current not in instances:
        message = f"current_instance is {current!r}, but the instances are {', '.join(instances)}"
        raise document.error(message, ["current_instance"])
    extra = {k: v for k, v in data.items() if k not in {"version", "current_instance", "instances"}}
    return Config(current_instance=current, instances=instances, extra=extra)


def _instance(document: Document, alias: str, value: object) -> InstanceEntry:
    where = ("instances", alias)
    plain = _mapping(document, value, where)
    texts = {name: _text(document, plain.get(name), (*where, name)) for name in _TEXTS}
    if not texts["uri"] and alias != LOCAL:
        raise document.error(f"instances.{alias}.uri is missing", where)
    texts["uri"] = texts["uri"] or LOCAL
    extra = {name: item for name, item in plain.items() if name not in _TEXTS}
    try:
        return InstanceEntry(alias=alias, **texts, extra=extra)
    except (InvalidName, InvalidUri) as exc:
        raise document.error(f"instances.{alias}: {exc.message}", where, hint=exc.hint) from exc


def _mapping(document: Document, value: object, where: tuple[str, ...]) -> Mapping[str, Any]:
    if isinstance(value, dict):
        return value
    raise _wrong(document, value, where, "fields and their values")


def _text(document: Document, value: object, where: tuple[str, ...]) -> str:
    if value is None or isinstance(value, str):
        return value or ""
    raise _wrong(document, value, where, "text")


def _wrong(document: Document, value: object, where: tuple[str, ...], expected: str) -> InvalidSpec:
    # The value itself is not shown: it may be a token.
    name = ".".join(where) or "the file"
    found = _WORDS.get(type(value), "a number")
    return document.error(f"{name} must be {expected}, not {found}", where)
