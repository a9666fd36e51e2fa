"""Webhooks of a project, and what was delivered to them."""

from __future__ import annotations

from datetime import datetime
from http import HTTPStatus
from typing import Annotated, Any, Literal

from fastapi import Path, Query, Request, Response
from pydantic import BaseModel, ConfigDict, Field

from starwhale.server.access import Routes
from starwhale.server.callers import Caller, services_of
from starwhale.server.etags import Expected, set_etag
from starwhale.server.forms import Form
from starwhale.server.paging import Listed, WantedPage, listed
from starwhale.webhooks.schemas import DeliveryRead, WebhookRead
from starwhale.webhooks.service import MANAGE, SEE, WebhookService

routes = Routes("/projects/{project}/webhooks", "webhooks")
Number = Annotated[int, Path(ge=1, le=(1 << 63) - 1)]
_EVENTS = Field(min_length=1, max_length=50, examples=[["dataset.*", "job.created"]])


class NewWebhook(Form):
    """A webhook to be made."""

    url: str = Field(max_length=2000, examples=["https://ci.example.com/starwhale"])
    events: list[Annotated[str, Field(max_length=81)]] = Field(
        default=["*"],
        min_length=1,
        max_length=50,
        description="Names, dataset.* or *.",
    )
    description: str = Field(default="", max_length=1000)


class WebhookChange(Form):
    """What is to change; what is left out stays."""

    url: str | None = Field(default=None, max_length=2000)
    events: list[Annotated[str, Field(max_length=81)]] | None = Field(
        default=None, min_length=1, max_length=50
    )
    description: str | None = Field(default=None, max_length=1000)
    active: bool | None = None


class Webhook(BaseModel):
    """One webhook, without its secret."""

    model_config = ConfigDict(frozen=True, from_attributes=True)

    id: int
    url: str
    events: list[str] = _EVENTS
    description: str
    active: bool
    failures: int = Field(description="Attempts that have failed since the last one that did not.")
    delivered_at: datetime | None
    created_at: datetime
    created_by: str


class MadeWebhook(Webhook):
    """A webhook with the secret that deliveries are signed with, which is shown this once."""

    secret: str


class WebhookSecret(BaseModel):
    """A secret that deliveries are signed with from now on; it is shown this once."""

    secret: str


class Delivery(BaseModel):
    """One event on its way to a webhook, or there."""

    model_config = ConfigDict(frozen=True, from_attributes=True)

    id: int
    event_id: int
    event: str = Field(examples=["dataset.published"])
    replay: int
    state: str = Field(examples=["delivered"])
    attempts: int
    created_at: datetime
    due_at: datetime
    status: int | None
    error: str | None
    ended_at: datetime | None


def _hooks(request: Request) -> WebhookService:
    return services_of(request).webhooks(private=request.app.state.settings.webhooks_to_private)


def _shown(response: Response, hook: WebhookRead) -> Webhook:
    set_etag(response, hook.revision)
    return _form(hook)


def _form(hook: WebhookRead) -> Webhook:
    return Webhook.model_validate(hook)


def _delivery(delivery: DeliveryRead) -> Delivery:
    return Delivery.model_validate(delivery)


@routes.get("", SEE, response_model=Listed[Webhook])
def list_webhooks(request: Request, caller: Caller, project: str, page: WantedPage) -> Any:
    """The webhooks of a project."""
    return listed(_hooks(request).list(caller, project, page), _form)


@routes.post("", MANAGE, status_code=HTTPStatus.CREATED, once="secret")
def create_webhook(request: Request, caller: Caller, project: str, body: NewWebhook) -> MadeWebhook:
    """Have an address told of the events of a project."""
    made, secret = _hooks(request).create(
        caller, project, body.url, events=body.events, description=body.description
    )
    return MadeWebhook(**_form(made).model_dump(), secret=secret)


@routes.get("/{webhook}", SEE)
def get_webhook(
    request: Request, response: Response, caller: Caller, project: str, webhook: Number
) -> Webhook:
    """One webhook."""
    return _shown(response, _hooks(request).get(caller, project, webhook))


@routes.patch("/{webhook}", MANAGE)
def change_webhook(
    request: Request,
    response: Response,
    caller: Caller,
    project: str,
    webhook: Number,
    body: WebhookChange,
    expected: Expected,
) -> Webhook:
    """Change a webhook, or stop it for a while."""
    changed = _hooks(request).change(
        caller,
        project,
        webhook,
        url=body.url,
        events=body.events,
        description=body.description,
        active=body.active,
        expected=expected,
    )
    return _shown(response, changed)


@routes.delete("/{webhook}", MANAGE, status_code=HTTPStatus.NO_CONTENT)
def remove_webhook(request: Request, caller: Caller, project: str, webhook: Number) -> None:
    """Remove a webhook, with what was still to be told."""
    _hooks(request).remove(caller, project, webhook)


@routes.post("/{webhook}/secret", MANAGE, once="secret")
def renew_webhook_secret(request: Request, caller: Caller, project: str, webhook: Number) -> WebhookSecret:
    """Give a webhook another secret; the old one counts no more."""
    return WebhookSecret(secret=_hooks(request).renew_secret(caller, project, webhook))


@routes.get("/{webhook}/deliveries", SEE, response_model=Listed[Delivery])
def list_deliveries(
    request: Request,
    caller: Caller,
    project: str,
    webhook: Number,
    page: WantedPage,
    state: Annotated[
        Literal["", "waiting", "delivered", "dead"], Query(description="Only those in this state.")
    ] = "",
) -> Any:
    """What was delivered to a webhook, what waits, and what was given up; the newest first."""
    found = _hooks(request).deliveries(caller, project, webhook, page, state=state)
    return listed(found, _delivery)


@routes.post("/{webhook}/deliveries/{delivery}/replay", MANAGE, status_code=HTTPStatus.CREATED)
def replay_delivery(
    request: Request, caller: Caller, project: str, webhook: Number, delivery: Number
) -> Delivery:
    """Deliver an event once more."""
    return _delivery(_hooks(request).replay(caller, project, webhook, delivery))
