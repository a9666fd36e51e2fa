"""Where versions came from, and what became of them."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from fastapi import Request
from pydantic import BaseModel, ConfigDict, Field

from starwhale.core.instances import LOCAL
from starwhale.core.kinds import Kind
from starwhale.core.permissions import reading
from starwhale.core.uri import ArtifactUri
from starwhale.jobs.lineage_schemas import LinkRole
from starwhale.server.access import Routes
from starwhale.server.callers import Caller, services_of
from starwhale.server.paging import Listed, WantedPage, listed


class LinkedVersion(BaseModel):
    """A version of a dataset, a model or a runtime."""

    model_config = ConfigDict(frozen=True, from_attributes=True)

    kind: Kind
    hidden: bool = Field(description="It lies where one may not look; then nothing but its kind is told.")
    project: str
    name: str
    version: str
    seq: int | None = Field(description="Null where it is hidden, or gone for ever.")
    removed: bool = Field(description="It lies in the trash, or is gone for ever.")


class Use(BaseModel):
    """What a version is to a job."""

    model_config = ConfigDict(frozen=True, from_attributes=True)

    role: LinkRole = Field(description="`made` is what the job has made; all others it was made of.")
    link: LinkedVersion


class LineageJob(BaseModel):
    """A job, and the versions that it has to do with."""

    model_config = ConfigDict(frozen=True, from_attributes=True)

    id: str
    project: str
    handler: str = Field(examples=["digits.evaluation:evaluate"])
    state: str = Field(examples=["SUCCESS"])
    created_at: datetime
    created_by: str
    uses: list[Use]
    more: int = Field(examples=[0], description="How many versions more it has to do with.")


class Lineage(BaseModel):
    """Where a version came from, and the jobs that used it."""

    model_config = ConfigDict(frozen=True)

    version: LinkedVersion
    parent: LinkedVersion | None = Field(description="What it was made from.")
    runtime: LinkedVersion | None = Field(description="The runtime that is packed in a model.")
    maker: LineageJob | None = Field(description="The job that made it, as far as that is known.")
    jobs: Listed[LineageJob] = Field(description="Jobs that used it, the newest first.")


def _link(link: Any) -> LinkedVersion | None:
    return None if link is None else LinkedVersion.model_validate(link)


def _job(job: Any) -> LineageJob | None:
    return None if job is None else LineageJob.model_validate(job)


def routes_of(kind: Kind) -> Routes:
    """The route of one kind of package."""
    routes = Routes(f"/projects/{{project}}/{kind}s/{{name}}/versions/{{version}}", f"{kind}s")

    @routes.get("/lineage", reading(kind), name=f"{kind}_lineage")
    def read_lineage(
        request: Request, caller: Caller, project: str, name: str, version: str, page: WantedPage
    ) -> Lineage:
        """Where a version came from, and which jobs used it; what one may not see is not named."""
        uri = ArtifactUri(instance=LOCAL, project=project, kind=kind, name=name, version=version)
        found = services_of(request).lineage.of(caller, uri, page)
        return Lineage(
            version=LinkedVersion.model_validate(found.version),
            parent=_link(found.parent),
            runtime=_link(found.runtime),
            maker=_job(found.maker),
            jobs=listed(found.jobs, _job),
        )

    return routes


ROUTES = tuple(routes_of(kind) for kind in (Kind.DATASET, Kind.MODEL, Kind.RUNTIME))
