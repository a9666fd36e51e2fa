"""Names of projects, packages and jobs in full; `core.addresses` reads what people write for them."""

from __future__ import annotations

from dataclasses import dataclass, field

from starwhale.core.errors import InvalidUri
from starwhale.core.instances import is_instance
from starwhale.core.kinds import Kind
from starwhale.core.names import check_name, check_reference, quoted

DEFAULT_PROJECT = "self"


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


def _check_place(instance: str, project: str) -> None:
    if not is_instance(instance):
        raise InvalidUri(f"{quoted(instance)} is not an instance", hint="an alias or http(s)://host:port")
    owner, colon, name = project.rpartition(":")
    if colon:
        check_name(owner, "owner")
    check_name(name, "project")
