"""Instances, projects and addresses as user code holds them in hand: `Project`, `Resource`."""

from __future__ import annotations

import os
from enum import Enum
from functools import lru_cache
from pathlib import Path
from typing import Any

from starwhale.core.addresses import Defaults, parse_job, parse_project, parse_uri
from starwhale.core.errors import InvalidUri
from starwhale.core.instances import LOCAL
from starwhale.core.kinds import Kind
from starwhale.core.uri import ArtifactUri, JobUri, ProjectUri


def defaults() -> Defaults:
    """What an address may leave out, as the user's configuration says."""
    from starwhale.core.settings import Settings
    from starwhale.instance.home import defaults_at_home

    path = Settings.from_env(os.environ).config_path
    try:
        found = path.stat()
    except OSError:
        return defaults_at_home(_defaults(path, ()))
    facts = (found.st_ino, found.st_size, found.st_mtime_ns, found.st_ctime_ns)
    return defaults_at_home(_defaults(path, facts))


@lru_cache(maxsize=4)
def _defaults(path: Path, _facts: tuple[int, ...]) -> Defaults:
    """Reading YAML takes milliseconds, and addresses are made in loops."""
    from starwhale.core.config import load_config

    return load_config(path).defaults()


class Instance:
    """Where a project lies: ``local``, an alias, or a URL."""

    __slots__ = ("alias",)

    def __init__(self, alias: str = LOCAL) -> None:
        self.alias = alias

    @property
    def url(self) -> str:
        """``local``, or the address of the server."""
        return self.alias

    @property
    def is_local(self) -> bool:
        """Whether it is the store of this user on this machine; within a job of a server nothing is."""
        from starwhale.instance.home import home_of

        return self.alias == LOCAL and home_of() is None

    @property
    def is_cloud(self) -> bool:
        """Whether it is a server."""
        return not self.is_local

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Instance) and other.alias == self.alias

    def __hash__(self) -> int:
        return hash(self.alias)

    def __str__(self) -> str:
        return self.alias

    def __repr__(self) -> str:
        return f"<Instance {self}>"


class Project:
    """A project, by its name or its address.

    Args:
        name: ``NAME`` or ``INSTANCE/project/NAME``; empty means the current project.
        uri: The same under its older name.

    Raises:
        InvalidUri: it is no address of a project.
    """

    __slots__ = ("instance", "name")

    def __init__(self, name: str = "", uri: str | None = None) -> None:
        place = parse_project(uri or name, defaults())
        self.instance = Instance(place.instance)
        self.name = place.project

    @classmethod
    def at(cls, place: ProjectUri) -> Project:
        """The project that an address names, looking nothing up."""
        project = cls.__new__(cls)
        project.instance = Instance(place.instance)
        project.name = place.project
        return project

    @property
    def id(self) -> str:
        """What it is called inside its instance."""
        return self.name

    @property
    def place(self) -> ProjectUri:
        """Its address as a value."""
        return ProjectUri(instance=self.instance.alias, project=self.name)

    @property
    def full_uri(self) -> str:
        """``INSTANCE/project/NAME``."""
        return str(self.place)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Project) and other.place == self.place

    def __hash__(self) -> int:
        return hash(self.place)

    def __str__(self) -> str:
        return self.full_uri

    def __repr__(self) -> str:
        return f"<Project {self}>"


class ResourceType(Enum):
    """What a `Resource` may be."""

    runtime = "runtime"
    model = "model"
    dataset = "dataset"
    evaluation = "evaluation"
    job = "job"


class Resource:
    """The address of a model, dataset, runtime or job.

    Args:
        uri: A name, ``NAME/version/VERSION``, ``KIND/NAME/…`` or a full address.
        typ: What it names; may be left out when the address says so.
        project: Where it lies, when the address does not say.

    Raises:
        InvalidUri: it has no form of an address, or does not say what it names.
    """

    __slots__ = ("name", "project", "typ", "version")

    def __init__(
        self, uri: str, typ: ResourceType | str | None = None, project: Project | str | None = None
    ) -> None:
        base = defaults()
        if project is not None:
            base = base.within(Project(project).place if isinstance(project, str) else project.place)
        kind = Kind.of(typ.value if isinstance(typ, ResourceType) else typ) if typ else _kind_in(uri)
        if kind is None:
            raise InvalidUri(
                f"{uri!r} does not say what it names", hint="give typ=ResourceType.dataset, or another"
            )
        address = parse_job(uri, base) if kind is Kind.JOB else parse_uri(uri, kind=kind, defaults=base)
        self.typ, self.project, self.name, self.version = _parts(address)

    @classmethod
    def of(cls, address: ArtifactUri | JobUri) -> Resource:
        """The same address as an object of the SDK."""
        resource = cls.__new__(cls)
        resource.typ, resource.project, resource.name, resource.version = _parts(address)
        return resource

    @property
    def instance(self) -> Instance:
        """Where its project lies."""
        return self.project.instance

    @property
    def full_uri(self) -> str:
        """The whole address; a version that was not given reads ``latest``."""
        if self.typ in {ResourceType.job, ResourceType.evaluation}:
            return f"{self.project}/{self.typ.value}/{self.version}"
        name = f"/{self.name}" if self.name else ""
        return f"{self.project}/{self.typ.value}{name}/version/{self.version or 'latest'}"

    def asdict(self) -> dict[str, Any]:
        """Project, name, version and type as text."""
        return {"project": self.project.id, "name": self.name, "version": self.version, "type": self.typ.name}

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Resource) and other.full_uri == self.full_uri

    def __hash__(self) -> int:
        return hash(self.full_uri)

    def __str__(self) -> str:
        return self.full_uri

    def __repr__(self) -> str:
        return f"<Resource {self}>"


def _parts(address: ArtifactUri | JobUri) -> tuple[ResourceType, Project, str, str]:
    project = Project.at(address.project_uri)
    if isinstance(address, JobUri):
        return ResourceType.job, project, "", address.job
    return ResourceType(address.kind.value), project, address.name, address.version or ""


def _kind_in(uri: str) -> Kind | None:
    words = uri.split("/")
    if len(words) > 1 and Kind.of(words[0]) is not None:
        return Kind.of(words[0])
    for before, word in zip(words[1:], words[3:], strict=False):
        if before in {"project", "projects"} and Kind.of(word) is not None:
            return Kind.of(word)
    return None
