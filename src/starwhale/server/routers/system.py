"""The server itself, for administrators: its settings, whether it has what it needs, and its figures."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from fastapi import Request
from pydantic import BaseModel, ConfigDict, Field

from starwhale.accounts.audit import READ_SYSTEM
from starwhale.kit.times import utc_now
from starwhale.server.access import Routes
from starwhale.server.callers import services_of
from starwhale.server.configuration import Configuration
from starwhale.server.doctor import CHECKS, examine
from starwhale.server.figures import take
from starwhale.server.life import life_of

routes = Routes("/system", "operations")
# It asks the address of the server, which is asked just now: one of a single process would wait for itself.
_FROM_WITHIN = tuple(name for name in CHECKS if name != "address")


class Setting(BaseModel):
    """One setting; secrets are masked."""

    model_config = ConfigDict(frozen=True, from_attributes=True)

    name: str = Field(examples=["port"])
    value: Any = Field(examples=[8082])
    origin: str = Field(examples=["SW_SERVER_PORT"], description="Where it was said, or `built in`.")
    meaning: str


class Settings(BaseModel):
    """All settings."""

    file: str | None = Field(examples=["/etc/starwhale/server.yaml"], description="The file that was read.")
    items: list[Setting]


class Finding(BaseModel):
    """What one look found."""

    model_config = ConfigDict(frozen=True, from_attributes=True)

    name: str = Field(examples=["catalog"])
    state: str = Field(examples=["ok"], description="`ok`, `warning` or `failed`.")
    detail: str
    hint: str = Field(description="What to do about it; empty when all is well.")


class Findings(BaseModel):
    """Whether the server has what it needs."""

    at: datetime
    items: list[Finding]


class SpeedBucket(BaseModel):
    """Requests that took at most so many seconds; null for however many."""

    model_config = ConfigDict(frozen=True, from_attributes=True)

    most: float | None
    count: int


class RequestFigures(BaseModel):
    """Requests since the server was started."""

    model_config = ConfigDict(frozen=True, from_attributes=True)

    answered: int
    refused: int = Field(description="Answered with 4xx.")
    failed: int = Field(description="Answered with 5xx.")
    in_flight: int = Field(description="That the process which answers is answering.")
    buckets: list[SpeedBucket] = Field(description="Each counts those of the smaller ones too.")


class ServerFigures(BaseModel):
    """A server at one moment."""

    model_config = ConfigDict(frozen=True, from_attributes=True)

    at: datetime
    since: datetime
    version: str = Field(examples=["1.0.0"])
    python: str = Field(examples=["3.13.1"])
    system: str = Field(examples=["Linux x86_64"])
    workers: int
    memory: int | None = Field(description="Bytes that its processes hold; null where nobody can tell.")
    requests: RequestFigures
    catalog: str = Field(examples=["sqlite"])
    catalog_size: int | None
    disk_free: int
    disk_total: int
    executor: str = Field(examples=["local"])
    most_jobs: int
    jobs: dict[str, int] = Field(examples=[{"RUNNING": 1, "SUCCESS": 12}], description="By their state.")
    deliveries: int = Field(description="To webhooks, that wait.")
    counts: dict[str, int] = Field(
        examples=[{"users": 7, "projects": 3, "datasets": 12, "models": 4, "runtimes": 2}]
    )


@routes.get("/settings", READ_SYSTEM)
def list_settings(request: Request) -> Settings:
    """What the server was started with, and where each setting was said."""
    found: Configuration = request.app.state.configuration
    items = [Setting.model_validate(each) for each in found.shown()]
    return Settings(file=str(found.file) if found.file is not None else None, items=items)


@routes.get("/findings", READ_SYSTEM)
def examine_server(request: Request) -> Findings:
    """Look whether the server has what it needs: catalog, objects, disk, clock.

    A probe of 64 bytes is put into the store, and removed again.
    """
    found = examine(request.app.state.settings, _FROM_WITHIN)
    return Findings(at=utc_now(), items=[Finding.model_validate(each) for each in found])


@routes.get("/figures", READ_SYSTEM)
def read_figures(request: Request) -> ServerFigures:
    """The figures of now: requests, memory, jobs, and what there is."""
    state = request.app.state
    found = take(state.settings, life_of(request), services_of(request).catalog, state.metrics.counted())
    return ServerFigures.model_validate(found)
