"""Resource pools: everybody sees those that he may use, administrators make them."""

from __future__ import annotations

from datetime import datetime
from http import HTTPStatus
from typing import Annotated, Any

from fastapi import Request, Response
from pydantic import BaseModel, ConfigDict, Field

from starwhale.jobs.pools import MANAGE_POOLS, PoolRead, PoolWish, place_of
from starwhale.server.access import ACCOUNT, Routes
from starwhale.server.callers import Caller, services_of
from starwhale.server.etags import Expected, set_etag
from starwhale.server.forms import Form
from starwhale.server.paging import Listed, WantedPage, listed_whole

routes = Routes("/pools", "pools")
_Label = Annotated[str, Field(max_length=317)]


class Bound(Form):
    """How much of a resource one task may ask for."""

    most: int | float | str | None = Field(default=None, examples=["8Gi"])
    default: int | float | str | None = Field(
        default=None, examples=["1Gi"], description="What it gets unasked."
    )


class PoolForm(Form):
    """What a pool is to be like."""

    description: str = Field(default="", max_length=10_000)
    private: bool = Field(default=False, description="Only those named in `users` see it.")
    labels: dict[_Label, _Label] = Field(default_factory=dict[str, str], max_length=64)
    bounds: dict[_Label, Bound] = Field(
        default_factory=dict[str, Bound], max_length=16, examples=[{"memory": {"most": "8Gi"}}]
    )
    users: list[_Label] = Field(default_factory=list[str], max_length=10_000)


class NewPool(PoolForm):
    """A pool to be made."""

    name: str = Field(max_length=80, examples=["gpus"])


class Pool(BaseModel):
    """One pool."""

    model_config = ConfigDict(frozen=True, from_attributes=True)

    name: str = Field(examples=["gpus"])
    description: str
    private: bool
    labels: dict[str, str]
    bounds: dict[str, dict[str, float]]
    users: list[str] = Field(description="Told to administrators only.")
    created_at: datetime | None
    created_by: str


@routes.get("", ACCOUNT, response_model=Listed[Pool])
def list_pools(request: Request, caller: Caller, page: WantedPage) -> Any:
    """The pools that one may use, by name; `default` comes first."""
    return listed_whole(services_of(request).pools.list(caller), page, _form, place_of, of=(bool, str))


@routes.post("", MANAGE_POOLS, status_code=HTTPStatus.CREATED, large=True)
def create_pool(request: Request, caller: Caller, body: NewPool) -> Pool:
    """Make a pool."""
    return _form(services_of(request).pools.create(caller, body.name, _wish(body)))


@routes.get("/{name}", ACCOUNT)
def get_pool(request: Request, response: Response, caller: Caller, name: str) -> Pool:
    """One pool."""
    return _shown(response, services_of(request).pools.get(caller, name))


@routes.put("/{name}", MANAGE_POOLS, large=True)
def change_pool(
    request: Request, response: Response, caller: Caller, name: str, body: PoolForm, expected: Expected
) -> Pool:
    """Make a pool like this; jobs that were made before keep what they were given."""
    changed = services_of(request).pools.change(caller, name, _wish(body), expected=expected)
    return _shown(response, changed)


@routes.delete("/{name}", MANAGE_POOLS, status_code=HTTPStatus.NO_CONTENT)
def remove_pool(request: Request, caller: Caller, name: str) -> None:
    """Forget a pool; jobs that were made before run on."""
    services_of(request).pools.remove(caller, name)


def _shown(response: Response, pool: PoolRead) -> Pool:
    set_etag(response, pool.revision)
    return _form(pool)


def _form(pool: PoolRead) -> Pool:
    return Pool.model_validate(pool)


def _wish(body: PoolForm) -> PoolWish:
    told = body.model_dump(exclude={"name", "bounds"})
    return PoolWish(
        **told, bounds={name: each.model_dump(exclude_none=True) for name, each in body.bounds.items()}
    )
