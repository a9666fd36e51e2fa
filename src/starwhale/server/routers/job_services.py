"""Services that tasks of jobs offer, each behind an address of the server."""

from __future__ import annotations

from functools import partial
from typing import Annotated

from fastapi import Path, Request, Response, WebSocket
from pydantic import BaseModel, ConfigDict, Field

from starwhale.core.instances import LOCAL
from starwhale.core.permissions import WRITE_RUN
from starwhale.core.uri import JobUri
from starwhale.server.access import ANYBODY, Routes
from starwhale.server.callers import Caller, services_of
from starwhale.server.forwarding import forward, forward_address, wish_of
from starwhale.server.job_addresses import ADDRESSES, Address
from starwhale.server.routers.jobs import Job_
from starwhale.server.streams import again
from starwhale.server.tunnels import tunnel, tunnel_address

routes = Routes("/projects/{project}/jobs", "jobs")
by_address = Routes("/services", "jobs")
Port_ = Annotated[int, Path(ge=1, le=65535, description="What the handler names in `expose`.")]
Address_ = Annotated[str, Path(max_length=2000, description="From `POST …/addresses/{port}`.")]
_METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS")


class ServiceAddress(BaseModel):
    """An address of a service for a browser."""

    model_config = ConfigDict(frozen=True)

    path: str = Field(examples=["/api/v1/services/1.WzIs…/"])
    seconds: int = Field(description="For how long it is good.")


@routes.post("/{job}/addresses/{port}", WRITE_RUN, status_code=200)
def address_service(request: Request, caller: Caller, project: str, job: Job_, port: Port_) -> ServiceAddress:
    """An address under which a browser can use a service of a job, with all that its pages load.

    Whoever has the address may use the service in the name of whoever asked for it, until it is no longer
    good, or he may not use it himself any more.
    """
    services = services_of(request)
    asked = JobUri(instance=LOCAL, project=project, job=job)
    word, seconds = services.job_addresses.make(caller, Address(uri=asked, port=port))
    return ServiceAddress(path=f"{ADDRESSES}/{word}/", seconds=seconds)


async def use_service(request: Request, caller: Caller, project: str, job: Job_, port: Port_) -> Response:
    """Use a service that a task of a job offers; everything below this address is its own.

    The service gets neither cookies nor tokens. Pages have no origin, so that what they load must be asked
    for with a token, or under the address that `POST …/addresses/{port}` gives.
    """
    uri = JobUri(instance=LOCAL, project=project, job=job)
    return await forward(
        request, caller, wish_of(request, uri, port, whose=partial(again, request, caller), depth=9)
    )


async def use_address(request: Request, address: Address_) -> Response:
    """Use a service under an address that was made for it."""
    return await forward_address(request, address)


@routes.websocket("/{job}/services/{port}/{path:path}", WRITE_RUN)
async def use_service_socket(socket: WebSocket, caller: Caller, project: str, job: Job_, port: Port_) -> None:
    """A web socket of a service."""
    uri = JobUri(instance=LOCAL, project=project, job=job)
    await tunnel(socket, caller, wish_of(socket, uri, port, whose=partial(again, socket, caller), depth=9))


@by_address.websocket("/{address}/{path:path}", ANYBODY)
async def use_address_socket(socket: WebSocket, address: Address_) -> None:
    """A web socket of a service, under an address that was made for it."""
    await tunnel_address(socket, address)


for _method in _METHODS:
    _name = f"_{_method.lower()}" if _method != "GET" else ""
    _shown = {"include_in_schema": _method == "GET", "response_class": Response}
    routes.add(
        _method, "/{job}/services/{port}/{path:path}", WRITE_RUN, name=f"use_service{_name}", **_shown
    )(use_service)
    by_address.add(_method, "/{address}/{path:path}", ANYBODY, name=f"use_address{_name}", **_shown)(
        use_address
    )
