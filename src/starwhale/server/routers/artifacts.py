"""Datasets, models and runtimes: what all packages have in common."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from http import HTTPStatus
from typing import Annotated, Any

from fastapi import Query, Request
from pydantic import Base64Bytes, BaseModel, ConfigDict, Field

from starwhale.artifacts.offers import Offer
from starwhale.artifacts.schemas import ArtifactFilter, VersionRead
from starwhale.core.instances import LOCAL
from starwhale.core.kinds import Kind
from starwhale.core.permissions import reading, writing
from starwhale.core.uri import ArtifactUri
from starwhale.server.access import Routes
from starwhale.server.callers import Caller, services_of
from starwhale.server.forms import Form
from starwhale.server.paging import Listed, WantedPage, listed

DIGEST = r"^[0-9a-f]{64}$"


class Version(BaseModel):
    """One version of a package."""

    model_config = ConfigDict(frozen=True, from_attributes=True)

    project: str
    kind: Kind
    name: str = Field(examples=["digits"])
    version: str
    manifest: str
    parent: str | None
    message: str
    size: int
    meta: dict[str, Any]
    tags: list[str]
    created_at: datetime
    created_by: str
    seq: int
    removed_at: datetime | None
    is_new: bool


class NewBuild(Form):
    """A build that begins."""

    manifests: list[str] = Field(
        default_factory=list[str], max_length=1000, description="Those whose blobs it may use again."
    )


class Build(BaseModel):
    """A build under way: what is sent for it is kept until it expires."""

    model_config = ConfigDict(frozen=True, from_attributes=True)

    id: int
    opened_at: datetime
    expires_at: datetime


Name_ = Annotated[str, Query(max_length=80, description="Of the package; empty where `version` says enough.")]
#: Blobs that are sent within a request of JSON.
Parcel = Annotated[
    dict[Annotated[str, Field(pattern=DIGEST)], Base64Bytes],
    Field(max_length=1_000, description="Small blobs by digest, in Base64; 1 MiB of them at most."),
]


class NewVersion(Form):
    """A version to be published, out of a build or by itself."""

    build: int | None = Field(
        default=None,
        description="What its blobs were sent for; not needed where they come with it.",
    )
    blobs: Parcel = Field(default_factory=dict[str, bytes])
    version: str = Field(min_length=40, max_length=40)
    manifest: str = Field(pattern=DIGEST)
    parent: str | None = Field(default=None, max_length=40)
    message: str = Field(default="", max_length=10_000)
    size: int = Field(default=0, ge=0)
    meta: dict[str, Any] = Field(default_factory=dict[str, Any])
    tags: list[str] = Field(default_factory=list[str], max_length=100)
    force_tags: bool = False
    expected_head: str | None = Field(default=None, max_length=40)
    expects_head: bool = Field(default=False, description="Whether `expected_head` is to be looked at.")


class Tags(Form):
    """Tags to put on a version."""

    tags: list[str] = Field(min_length=1, max_length=100)
    force: bool = Field(default=False, description="Take them away from other versions.")


class Address(BaseModel):
    """What was removed or recovered, in full."""

    name: str
    version: str | None


def version_form(version: VersionRead) -> Version:
    """A version as it goes over the wire."""
    return Version.model_validate(version)


def routes_of(kind: Kind) -> Routes:
    """The routes of one kind of package."""
    routes = Routes(f"/projects/{{project}}/{kind}s", f"{kind}s")
    _reads(routes, kind)
    _changes(routes, kind)
    _uploads(routes, kind)
    return routes


def _uri(kind: Kind, project: str, name: str, version: str | None, *, bare: bool = False) -> ArtifactUri:
    return ArtifactUri(instance=LOCAL, project=project, kind=kind, name=name, version=version, bare=bare)


def _reads(routes: Routes, kind: Kind) -> None:
    @routes.get("", reading(kind), name=f"list_{kind}s", response_model=Listed[Version])
    def list_versions(
        request: Request,
        caller: Caller,
        project: str,
        page: WantedPage,
        name: Annotated[str, Query(max_length=80, description="Beginning of the name.")] = "",
        version: Annotated[str, Query(max_length=40, description="Beginning of the id.")] = "",
        owner: Annotated[str, Query(max_length=80, description="Who made it.")] = "",
        latest: Annotated[bool, Query(description="Only the newest of each.")] = False,
        removed: Annotated[bool, Query(description="Those in the trash as well.")] = False,
    ) -> Any:
        """The versions of a project, the newest first."""
        chosen = ArtifactFilter(name=name, version=version, owner=owner, latest=latest)
        found = services_of(request).artifacts.list(
            caller, project, kind, chosen, include_removed=removed, page=page
        )
        return listed(found, version_form)

    @routes.get("/resolve", reading(kind), name=f"resolve_{kind}")
    def resolve(
        request: Request,
        caller: Caller,
        project: str,
        name: Name_ = "",
        version: Annotated[
            str | None, Query(max_length=80, description="Version, beginning of one, or tag.")
        ] = None,
        bare: Annotated[bool, Query(description="The name may as well be a tag or a version.")] = False,
    ) -> Version:
        """The version that an address means."""
        uri = _uri(kind, project, name, version, bare=bare)
        return version_form(services_of(request).artifacts.resolve(caller, uri))

    @routes.get("/{name}/head", reading(kind), name=f"head_of_{kind}")
    def head(request: Request, caller: Caller, project: str, name: str) -> Version | None:
        """The latest version; null where there is none."""
        found = services_of(request).artifacts.head(caller, project, kind, name)
        return None if found is None else version_form(found)

    @routes.get("/{name}/versions", reading(kind), name=f"history_of_{kind}", response_model=Listed[Version])
    def history(
        request: Request,
        caller: Caller,
        project: str,
        name: str,
        page: WantedPage,
        removed: Annotated[bool, Query(description="Those in the trash as well.")] = False,
    ) -> Any:
        """The versions of one package, the newest first."""
        uri = _uri(kind, project, name, None)
        found = services_of(request).artifacts.history(caller, uri, include_removed=removed, page=page)
        return listed(found, version_form)

    @routes.get("/{name}/versions/{version}", reading(kind), name=f"get_{kind}")
    def get_version(request: Request, caller: Caller, project: str, name: str, version: str) -> Version:
        """One version, by its id, the beginning of that, or a tag."""
        uri = _uri(kind, project, name, version)
        return version_form(services_of(request).artifacts.resolve(caller, uri))


def _changes(routes: Routes, kind: Kind) -> None:
    @routes.post("/{name}/versions/{version}/tags", writing(kind), name=f"tag_{kind}")
    def add_tags(
        request: Request, caller: Caller, project: str, name: str, version: str, body: Tags
    ) -> Version:
        """Put tags on a version."""
        uri = _uri(kind, project, name, version)
        return version_form(services_of(request).artifacts.add_tags(caller, uri, body.tags, force=body.force))

    @routes.delete("/{name}/tags", writing(kind), name=f"untag_{kind}", status_code=HTTPStatus.NO_CONTENT)
    def remove_tags(
        request: Request,
        caller: Caller,
        project: str,
        name: str,
        tag: Annotated[list[str], Query(min_length=1, max_length=100, description="Which.")],
        version: Annotated[str | None, Query(max_length=80, description="Only from this one.")] = None,
    ) -> None:
        """Take tags away."""
        tags: Sequence[str] = tag
        services_of(request).artifacts.remove_tags(caller, _uri(kind, project, name, version), tags)

    @routes.delete("", writing(kind), name=f"remove_{kind}")
    def remove(
        request: Request,
        caller: Caller,
        project: str,
        name: Name_ = "",
        version: Annotated[str | None, Query(max_length=80, description="Only this one.")] = None,
        bare: Annotated[bool, Query(description="The name may as well be a tag or a version.")] = False,
        force: Annotated[bool, Query(description="Delete it for ever.")] = False,
    ) -> Address:
        """Put a package, or one version of it, into the trash."""
        uri = _uri(kind, project, name, version, bare=bare)
        gone = services_of(request).artifacts.remove(caller, uri, force=force)
        return Address(name=gone.name, version=gone.version)

    @routes.post("/recover", writing(kind), name=f"recover_{kind}")
    def recover(
        request: Request,
        caller: Caller,
        project: str,
        name: Name_ = "",
        version: Annotated[str | None, Query(max_length=80, description="Only this one.")] = None,
        bare: Annotated[bool, Query(description="The name may as well be a tag or a version.")] = False,
        force: Annotated[bool, Query(description="Change places with what has the name now.")] = False,
    ) -> Address:
        """Take a package, or one version of it, out of the trash."""
        uri = _uri(kind, project, name, version, bare=bare)
        back = services_of(request).artifacts.recover(caller, uri, force=force)
        return Address(name=back.name, version=back.version)


def _uploads(routes: Routes, kind: Kind) -> None:
    @routes.post("/{name}/builds", writing(kind), name=f"open_{kind}_build", status_code=HTTPStatus.CREATED)
    def open_build(request: Request, caller: Caller, project: str, name: str, body: NewBuild) -> Build:
        """Begin to send a version, blob by blob."""
        uploads = services_of(request).uploads
        opened = uploads.open(caller, project=project, kind=kind, name=name, manifests=body.manifests)
        return Build.model_validate(opened)

    @routes.post(
        "/{name}/versions",
        writing(kind),
        large=True,
        name=f"publish_{kind}",
        status_code=HTTPStatus.CREATED,
    )
    def publish(request: Request, caller: Caller, project: str, name: str, body: NewVersion) -> Version:
        """Publish what was sent, whole or not at all."""
        offer = Offer(**body.model_dump(exclude={"build", "blobs"}), blobs=body.blobs)
        uploads = services_of(request).uploads
        return version_form(uploads.publish(caller, project, kind, name, body.build, offer))


ROUTES = tuple(routes_of(kind) for kind in (Kind.DATASET, Kind.MODEL, Kind.RUNTIME))
