"""Packages as people look at them: one line for each, tags, going back, sharing."""

from __future__ import annotations

from datetime import datetime
from http import HTTPStatus
from typing import Annotated, Any

from fastapi import Query, Request
from pydantic import BaseModel, ConfigDict, Field

from starwhale.artifacts.browsing import PackageFilter, PackageSort
from starwhale.core.instances import LOCAL
from starwhale.core.kinds import Kind
from starwhale.core.permissions import reading, writing
from starwhale.core.uri import ArtifactUri
from starwhale.server.access import Routes
from starwhale.server.callers import Caller, services_of
from starwhale.server.forms import Form
from starwhale.server.paging import Listed, WantedPage, listed
from starwhale.server.routers.artifacts import Version, version_form


class Package(BaseModel):
    """One package with its latest version."""

    model_config = ConfigDict(frozen=True, from_attributes=True)

    name: str = Field(examples=["digits"])
    created_at: datetime
    created_by: str = Field(examples=["ada"])
    latest: Version | None = Field(description="What the bare name means; null where no version is left.")
    versions: int = Field(examples=[3])
    size: int = Field(description="Bytes of all versions, as if each were alone.")
    changed_at: datetime = Field(description="When its newest version was made.")
    changed_by: str


class Tag(BaseModel):
    """A tag and the version that it is on."""

    model_config = ConfigDict(frozen=True, from_attributes=True)

    name: str = Field(examples=["production"])
    version: str
    seq: int


class Destination(Form):
    """Where a version is to be shared to."""

    project: str = Field(max_length=80, examples=["vision"])
    name: str = Field(default="", max_length=80, description="That of the source by default.")
    tags: list[str] | None = Field(
        default=None, max_length=100, description="Those tags that go with it; null for all."
    )
    force: bool = Field(default=False, description="Take the tags away from other versions there.")


def _package(package: Any) -> Package:
    return Package.model_validate(package)


def _tag(tag: Any) -> Tag:
    return Tag.model_validate(tag)


def _uri(kind: Kind, project: str, name: str, version: str) -> ArtifactUri:
    return ArtifactUri(instance=LOCAL, project=project, kind=kind, name=name, version=version)


def routes_of(kind: Kind) -> Routes:
    """The routes of one kind of package."""
    routes = Routes(f"/projects/{{project}}/{kind}s", f"{kind}s")

    @routes.get("/packages", reading(kind), name=f"list_{kind}_packages", response_model=Listed[Package])
    def list_packages(
        request: Request,
        caller: Caller,
        project: str,
        page: WantedPage,
        search: Annotated[str, Query(max_length=80, description="Part of the name.")] = "",
        owner: Annotated[str, Query(max_length=80, description="Who made one of its versions.")] = "",
        sort: Annotated[PackageSort, Query(description="By what.")] = PackageSort.CHANGED,
        descending: Annotated[bool, Query(description="Highest or newest first.")] = True,
    ) -> Any:
        """The packages of a project, one line for each name."""
        chosen = PackageFilter(search=search, owner=owner, sort=sort, descending=descending)
        return listed(services_of(request).packages.list(caller, project, kind, chosen, page), _package)

    @routes.get("/{name}/tags", reading(kind), name=f"list_{kind}_tags", response_model=Listed[Tag])
    def list_tags(request: Request, caller: Caller, project: str, name: str, page: WantedPage) -> Any:
        """The tags of a package, by name."""
        return listed(services_of(request).packages.tags(caller, project, kind, name, page), _tag)

    @routes.post("/{name}/versions/{version}/revert", writing(kind), name=f"revert_{kind}")
    def revert(request: Request, caller: Caller, project: str, name: str, version: str) -> Version:
        """Make an older version the latest again."""
        uri = _uri(kind, project, name, version)
        return version_form(services_of(request).sharing.revert(caller, uri))

    @routes.post(
        "/{name}/versions/{version}/share",
        reading(kind),
        name=f"share_{kind}",
        status_code=HTTPStatus.CREATED,
    )
    def share(
        request: Request, caller: Caller, project: str, name: str, version: str, body: Destination
    ) -> Version:
        """Have another project hold this very version; one must be allowed to write there."""
        uri = _uri(kind, project, name, version)
        shared = services_of(request).sharing.share(
            caller, uri, body.project, body.name, tags=body.tags, force=body.force
        )
        return version_form(shared)

    return routes


ROUTES = tuple(routes_of(kind) for kind in (Kind.DATASET, Kind.MODEL, Kind.RUNTIME))
