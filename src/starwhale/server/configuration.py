"""Where the settings of a server come from: its file, the environment, and the command line.

A flag counts more than a variable ``SW_SERVER_<NAME>``, that more than the file, and the file more than
what is built in. All that is wrong is told in one sentence each, with the place where it stands.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Self, get_origin

from pydantic import SecretStr, ValidationError
from sqlalchemy.engine import make_url
from sqlalchemy.exc import ArgumentError

from starwhale.core.errors import InvalidSpec, UsageError
from starwhale.core.settings import Settings
from starwhale.core.specs.document import Document, read_document
from starwhale.kit.suggest import nearest
from starwhale.server.settings import ServerSettings

PREFIX = "SW_SERVER_"
FILE = "server.yaml"
#: Settings that say where things lie; they become `ServerSettings.store`.
PLACES = {
    "data": "Directory of all that is the server's own.",
    "catalog_url": "sqlite:///PATH or postgresql+psycopg://USER:PASSWORD@HOST/DATABASE.",
    "objects_url": "Where bytes lie: a directory, s3://BUCKET/PREFIX, gs://… or az://…",
}
NAMES = (*PLACES, *(name for name in ServerSettings.model_fields if name != "store"))
_BUILT_IN = "built in"
_LIKENESS = 0.75
# What pydantic says of types, for people who write YAML and not Python.
_WORDS = {
    "bool": "must be true or false",
    "dict": "must be names with their values, such as {NAME: value}",
    "float": "must be a number",
    "int": "must be a whole number",
    "string_type": "must be text; write it in quotes",
    "tuple": "must be a list, such as [a, b]",
}
_MASK = "********"


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """One setting as `swcli server config` shows it; secrets are masked."""

    name: str
    value: Any
    origin: str
    meaning: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Configuration:
    """Settings, and where each of them comes from.

    Attributes:
        settings: What counts.
        origins: By name: ``--port``, ``SW_SERVER_PORT``, ``/etc/server.yaml, line 3`` or ``built in``.
        file: The file that was read; None where there is none.
        odd: Variables that look like ours and are none, each with the one that was probably meant.
    """

    settings: ServerSettings
    origins: Mapping[str, str]
    file: Path | None
    odd: Mapping[str, str]

    @classmethod
    def of(cls, settings: ServerSettings) -> Self:
        """Settings of which nobody knows where they come from."""
        return cls(settings=settings, origins={}, file=None, odd={})

    def shown(self) -> Iterator[Shown]:
        """Every setting, for people to read."""
        store = self.settings.store
        places = {
            "data": str(store.root),
            "catalog_url": masked_url(store.catalog_url),
            "objects_url": store.objects_url,
        }
        for name in NAMES:
            field = ServerSettings.model_fields.get(name)
            yield Shown(
                name=name,
                value=places[name] if name in places else _masked(getattr(self.settings, name)),
                origin=self.origins.get(name, _BUILT_IN),
                meaning=PLACES.get(name) or (field.description if field is not None else None) or "",
            )


@dataclass(frozen=True, slots=True)
class _Given:
    """A value before it is checked, and where it stands."""

    value: Any
    origin: str
    document: Document | None = None

    def fault(self, name: str, what: str, *, hint: str = "") -> InvalidSpec:
        if self.document is not None:
            return self.document.error(f"{name}: {what}", [name], hint=hint)
        return InvalidSpec(f"{self.origin}: {what}", hint=hint)


def configure(
    flags: Mapping[str, Any],
    environ: Mapping[str, str],
    default_data: Path,
    file: Path | None = None,
) -> Configuration:
    """The settings of a server.

    Args:
        flags: What the command line says, by name; None counts as not said.
        environ: The environment of the process.
        default_data: Where its data lies when nobody says otherwise.
        file: The file that the command line names; ``server.yaml`` in the data directory by default.

    Raises:
        NotFound: the file that was named is not there.
        InvalidSpec: something is wrong; the message says where it stands, and all that is.
    """
    said = {name: _Given(value, _flag(name)) for name, value in flags.items() if value is not None}
    for name in NAMES:
        variable = PREFIX + name.upper()
        if text := environ.get(variable):
            said.setdefault(name, _Given(_of_text(name, text, variable), variable))
    named = file or (Path(environ[f"{PREFIX}CONFIG"]) if environ.get(f"{PREFIX}CONFIG") else None)
    data = _data_of(said, default_data)
    found = named if named is not None else data / FILE
    if named is not None or found.exists():
        for name, given in _of_file(found).items():
            said.setdefault(name, given)
        if named is None and _data_of(said, data).resolve() != data.resolve():
            raise said["data"].fault("data", "a file in the data directory cannot name another one")
    else:
        found = None
    settings = _checked(said, _data_of(said, data))
    return Configuration(
        settings=settings,
        origins={name: given.origin for name, given in said.items()},
        file=found,
        odd=dict(_odd(environ)),
    )


def masked_url(url: str) -> str:
    """The URL of a catalog without its password."""
    try:
        return make_url(url).render_as_string(hide_password=True)
    except (ArgumentError, ValueError):
        return _MASK


def _data_of(said: Mapping[str, _Given], default: Path) -> Path:
    given = said.get("data")
    if given is None:
        return default
    if not isinstance(given.value, str) or not given.value.strip():
        raise given.fault("data", "names no directory")
    path = Path(given.value)
    if any(map(os.path.isfile, (path, *path.parents))):  # which says no of what is not to be looked at
        raise given.fault("data", f"{given.value!r} is or goes through a file, and no directory")
    return path


def _odd(environ: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    # Not refused: whatever starts programs sets variables of its own, such as SW_SERVER_SERVICE_HOST.
    for variable in environ:
        name = variable.removeprefix(PREFIX).lower()
        if variable.startswith(PREFIX) and name not in {*NAMES, "config"}:
            near = nearest(name, NAMES, likeness=_LIKENESS)
            if near:
                yield variable, PREFIX + near.upper()


def _flag(name: str) -> str:
    return f"--{name.replace('_', '-')}"


def _of_file(path: Path) -> dict[str, _Given]:
    document = read_document(path)
    if not isinstance(document.data, dict):
        raise document.error("settings are names and their values, as in port: 8082")
    found: dict[str, _Given] = {}
    for name, value in document.data.items():
        if name not in NAMES:
            near = nearest(name, NAMES)
            hint = f"did you mean {near!r}?" if near else "`swcli server config` lists all settings"
            raise document.error(f"there is no setting {name[:80]!r}", [name], hint=hint)
        if value is not None:
            line = f"{path}, line {document.line([name])}"
            found[name] = _Given(value, line, document)
    return found


def _of_text(name: str, text: str, variable: str) -> Any:
    field = ServerSettings.model_fields.get(name)
    kind = get_origin(field.annotation) if field is not None else None
    if kind is tuple:
        return tuple(each.strip() for each in text.split(",") if each.strip())
    if kind is dict:
        return pairs(text.split(","), variable)
    return text


def pairs(texts: Any, where: str) -> dict[str, str]:
    """``KEY=VALUE`` texts as a mapping.

    Raises:
        InvalidSpec: one of them is none.
    """
    found: dict[str, str] = {}
    for each in texts:
        key, equals, value = str(each).partition("=")
        if not equals or not key.strip():
            raise InvalidSpec(f"{where}: {key[:40]!r} must be written as NAME=VALUE")
        found[key.strip()] = value
    return found


def _checked(said: Mapping[str, _Given], data: Path) -> ServerSettings:
    store = Settings.at(data)
    catalog = str(said["catalog_url"].value) if "catalog_url" in said else store.catalog_url
    objects = str(said["objects_url"].value) if "objects_url" in said else store.objects_url
    faults = list(_wrong_places(said))
    own = {name: given.value for name, given in said.items() if name not in PLACES}
    settings: ServerSettings | None = None
    try:
        settings = ServerSettings(
            store=Settings(
                root=store.root,
                config_path=store.config_path,
                catalog_url=catalog,
                objects_url=objects if "://" in objects else str(Path(objects).expanduser().resolve()),
            ),
            **own,
        )
    except ValidationError as exc:
        faults += [_fault(said, each) for each in exc.errors(include_url=False, include_input=False)]
    if faults or settings is None:
        raise InvalidSpec("; ".join(each.message for each in faults), hint=faults[0].hint)
    store = replace(settings.store, lease_seconds=settings.lease)
    return settings.model_copy(update={"store": store})


def _fault(said: Mapping[str, _Given], error: Any) -> InvalidSpec:
    name = str(error["loc"][0])
    plain, kind = str(error["msg"]).removeprefix("Value error, "), str(error["type"])
    what = _WORDS.get(kind) or _WORDS.get(kind.partition("_")[0], plain)
    what = what[:1].lower() + what[1:].rstrip(".")
    rest = ".".join(str(each) for each in error["loc"][1:])
    return said[name].fault(name, f"{rest}: {what}" if rest else what)


def _wrong_places(said: Mapping[str, _Given]) -> Iterator[InvalidSpec]:
    if "catalog_url" in said:
        yield from _wrong_catalog(said["catalog_url"])
    if "objects_url" in said:
        yield from _wrong_objects(said["objects_url"])


def _wrong_catalog(given: _Given) -> Iterator[InvalidSpec]:
    try:
        url = make_url(str(given.value))
    except (ArgumentError, ValueError):
        url = None
    if url is None or url.get_backend_name() not in {"sqlite", "postgresql"}:
        yield given.fault("catalog_url", "this is no address of a catalog", hint=PLACES["catalog_url"])
    elif any("password" in name.lower() for name in url.query):
        hint = "write USER:PASSWORD@HOST, which is masked, or set PGPASSWORD"
        yield given.fault("catalog_url", "a password behind the ? would be shown to others", hint=hint)


def _wrong_objects(given: _Given) -> Iterator[InvalidSpec]:
    from starwhale.storage.objects import open_objects

    scheme, _, rest = str(given.value).partition("://")
    if not isinstance(given.value, str) or not given.value.strip():
        yield given.fault("objects_url", "this is no address of a store", hint=PLACES["objects_url"])
    elif scheme in {"", "file", given.value}:
        try:
            open_objects(given.value)
        except UsageError as exc:
            yield given.fault("objects_url", exc.message, hint=exc.hint)
    elif scheme not in _STORES or not rest.strip("/"):
        yield given.fault("objects_url", "this is no address of a store", hint=PLACES["objects_url"])
    elif _may_hold_a_key(scheme, rest):
        hint = "keys stand in the environment, such as AWS_ACCESS_KEY_ID, or under `env`"
        yield given.fault("objects_url", "a key in an address would be shown to others", hint=hint)


def _may_hold_a_key(scheme: str, rest: str) -> bool:
    # In abfss://CONTAINER@ACCOUNT.dfs.core.windows.net what stands before the @ is no key.
    names = scheme in {"abfs", "abfss"}
    who = rest.partition("/")[0].rpartition("@")[0]
    return "?" in rest or ":" in who or bool(who and not names)


_STORES = {"s3", "s3a", "gs", "az", "azure", "abfs", "abfss"}


def _masked(value: Any) -> Any:
    if isinstance(value, SecretStr):
        return _MASK if value.get_secret_value() else ""
    if isinstance(value, dict):
        return {name: _masked(each) for name, each in value.items()}
    return list(value) if isinstance(value, tuple) else value


def apply_env(settings: ServerSettings) -> None:
    """Put the setting `env` into the environment of this process, for libraries that look there."""
    os.environ.update({name: value.get_secret_value() for name, value in settings.env.items()})
