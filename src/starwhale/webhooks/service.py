"""Rules of webhooks."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from ipaddress import ip_address
from typing import TYPE_CHECKING, Any

from starwhale.accounts.secrets import mint_secret
from starwhale.catalog.outbox import NOUNS, emit
from starwhale.core.errors import Conflict, NotFound, UsageError
from starwhale.core.page import Page, PageRequest
from starwhale.core.permissions import Action, Permission, Resource
from starwhale.core.revisions import check_revision
from starwhale.kit.suggest import nearest
from starwhale.projects.service import ProjectService
from starwhale.webhooks.repository import WebhookRepository
from starwhale.webhooks.states import STATES, WAITING
from starwhale.webhooks.targets import is_public, read_target

if TYPE_CHECKING:
    from starwhale.catalog.engine import Catalog, Session
    from starwhale.core.actor import Actor
    from starwhale.webhooks.schemas import DeliveryRead, WebhookRead

SEE = Permission(Resource.WEBHOOK, Action.READ)
MANAGE = Permission(Resource.WEBHOOK, Action.MANAGE)
MOST = 50
_MOST_EVENTS = 50
_EVENT = re.compile(r"\*|[a-z_]{1,40}\.(\*|[a-z_]{1,40})")


@dataclass(frozen=True, slots=True)
class WebhookService:
    """Webhooks of one instance.

    Args:
        catalog: Where they are written down.
        private: Whether they may point to addresses that are not public.
    """

    catalog: Catalog
    private: bool = False

    def create(
        self, actor: Actor, project: str, url: str, *, events: Sequence[str] = ("*",), description: str = ""
    ) -> tuple[WebhookRead, str]:
        """Have an address told of the events of a project from now on.

        Args:
            actor: Who wants it.
            project: Name of the project.
            url: ``https://HOST/PATH``.
            events: Names of events, ``dataset.*`` or ``*``.
            description: What it is for.

        Returns:
            The webhook, and the secret that deliveries are signed with, which is shown this once.

        Raises:
            NotFound: there is no such project.
            Forbidden: he may not.
            UsageError: nothing can be told there, or there are no such events.
            Conflict: the project has as many as it may have.
        """
        secret = mint_secret()
        values = {"url": url, "host": self._host(url), "events": _checked(events), "secret": secret}
        with self.catalog.begin() as session:
            number = self._project(session, actor, project, MANAGE)
            hooks = WebhookRepository(session, number)
            if hooks.count() >= MOST:
                raise Conflict(f"a project has at most {MOST} webhooks", hint="remove one that is not needed")
            made = hooks.add(**values, description=description, created_by=actor.name)
            emit(
                session,
                actor,
                "webhook.created",
                {"webhook": made.id, "host": values["host"]},
                project=number,
            )
        return made, secret

    def list(self, actor: Actor, project: str, page: PageRequest | None = None) -> Page[WebhookRead]:
        """One page of the webhooks of a project."""
        with self.catalog.read() as session:
            number = self._project(session, actor, project, SEE)
            return WebhookRepository(session, number).page(page or PageRequest())

    def get(self, actor: Actor, project: str, webhook: int) -> WebhookRead:
        """One webhook.

        Raises:
            NotFound: the project has no such webhook.
        """
        with self.catalog.read() as session:
            hooks = WebhookRepository(session, self._project(session, actor, project, SEE))
            return _known(hooks, webhook)

    def change(
        self,
        actor: Actor,
        project: str,
        webhook: int,
        *,
        url: str | None = None,
        events: Sequence[str] | None = None,
        description: str | None = None,
        active: bool | None = None,
        expected: str | None = None,
    ) -> WebhookRead:
        """Change a webhook; what is None stays.

        Args:
            actor: Who changes it.
            project: Where.
            webhook: Which.
            url: Where it points to.
            events: Which events it is told of.
            description: What it is for.
            active: Whether it is told of anything.
            expected: The `revision` that he has seen; None to change whatever is there.

        Raises:
            NotFound: the project has no such webhook.
            Outdated: somebody else has changed it since.
            UsageError: nothing can be told there, or there are no such events.
        """
        values: dict[str, Any] = {}
        if url is not None:
            values |= {"url": url, "host": self._host(url), "failures": 0}
        if description is not None:
            values["description"] = description
        if active is not None:
            values["active"] = active
        with self.catalog.begin() as session:
            number = self._project(session, actor, project, MANAGE)
            hooks = WebhookRepository(session, number)
            hooks.lock(webhook)
            known = _known(hooks, webhook)
            check_revision(expected, known.revision, f"webhook {webhook}")
            if events is not None:
                values["events"] = _checked(events, known.events)
            if values:
                hooks.change(webhook, **values)
            emit(session, actor, "webhook.changed", {"webhook": webhook, "fields": [*values]}, project=number)
            return _known(hooks, webhook)

    def renew_secret(self, actor: Actor, project: str, webhook: int) -> str:
        """Give a webhook another secret, which is shown this once; the old one counts no more.

        Raises:
            NotFound: the project has no such webhook.
        """
        secret = mint_secret()
        with self.catalog.begin() as session:
            number = self._project(session, actor, project, MANAGE)
            hooks = WebhookRepository(session, number)
            _known(hooks, webhook)
            hooks.change(webhook, secret=secret)
            emit(session, actor, "webhook.secret_renewed", {"webhook": webhook}, project=number)
        return secret

    def remove(self, actor: Actor, project: str, webhook: int) -> None:
        """Remove a webhook, with what was still to be told.

        Raises:
            NotFound: the project has no such webhook.
        """
        with self.catalog.begin() as session:
            number = self._project(session, actor, project, MANAGE)
            hooks = WebhookRepository(session, number)
            _known(hooks, webhook)
            hooks.remove(webhook)
            emit(session, actor, "webhook.removed", {"webhook": webhook}, project=number)

    def deliveries(
        self, actor: Actor, project: str, webhook: int, page: PageRequest | None = None, *, state: str = ""
    ) -> Page[DeliveryRead]:
        """One page of the deliveries to a webhook, the newest first.

        Args:
            actor: Who asks.
            project: Name of the project.
            webhook: Number of the webhook.
            page: Which page.
            state: Only those in this state; ``dead`` are those that were given up.

        Raises:
            NotFound: the project has no such webhook.
            UsageError: there is no such state.
        """
        if state and state not in STATES:
            raise UsageError(f"a delivery is never {state[:40]!r}", hint=", ".join(STATES))
        with self.catalog.read() as session:
            hooks = WebhookRepository(session, self._project(session, actor, project, SEE))
            _known(hooks, webhook)
            return hooks.deliveries(webhook, page or PageRequest(), state)

    def replay(self, actor: Actor, project: str, webhook: int, delivery: int) -> DeliveryRead:
        """Have an event delivered once more, under another id.

        Raises:
            NotFound: there is no such delivery.
            Conflict: it is still being tried.
        """
        with self.catalog.begin() as session:
            number = self._project(session, actor, project, MANAGE)
            hooks = WebhookRepository(session, number)
            _known(hooks, webhook)
            known = hooks.delivery(webhook, delivery)
            if known is None:
                raise NotFound(f"no delivery {delivery} to webhook {webhook}")
            if known.state == WAITING:
                raise Conflict(f"delivery {delivery} is still being tried", hint="wait for its end")
            made = hooks.delivery(webhook, hooks.again(webhook, known.event_id))
            facts = {"webhook": webhook, "delivery": delivery}
            emit(session, actor, "webhook.replayed", facts, project=number)
        assert made is not None
        return made

    def _project(self, session: Session, actor: Actor, name: str, permission: Permission) -> int:
        return ProjectService(self.catalog).id_in(session, actor, name, permission)

    def _host(self, url: str) -> str:
        host = read_target(url).host
        try:
            literal = str(ip_address(host))
        except ValueError:
            literal = ""
        # Names are looked at when something is sent to them; what they mean changes.
        if not self.private and (host == "localhost" or (literal and not is_public(literal))):
            raise UsageError(f"{host[:100]!r} is no public address", hint="webhooks go to public addresses")
        return host


def matches(pattern: str, event: str) -> bool:
    """Whether an event is meant by one of the names that a webhook was made with."""
    if pattern == "*":
        return True
    noun, _, verb = pattern.partition(".")
    return event == pattern or (verb == "*" and event.startswith(f"{noun}."))


def _checked(events: Sequence[str], had: Sequence[str] = ()) -> list[str]:
    """Names of events in order; those that a webhook `had` already stay good."""
    if not events or len(events) > _MOST_EVENTS:
        raise UsageError(f"name 1 to {_MOST_EVENTS} events", hint="* stands for all, dataset.* for some")
    for each in (event for event in events if event not in had):
        if not _EVENT.fullmatch(each):
            raise UsageError(f"{each[:80]!r} is no name of an event", hint="such as dataset.published, or *")
        noun = each.partition(".")[0]
        if noun not in {*NOUNS, "*"}:
            near = nearest(noun, sorted(NOUNS))
            hint = f"did you mean {near!r}?" if near else "such as dataset.published, or *"
            raise UsageError(f"nothing happens to any {noun!r}, as the event {each!r} says", hint=hint)
    return sorted(set(events))


def _known(hooks: WebhookRepository, number: int) -> WebhookRead:
    found = hooks.find(number)
    if found is None:
        raise NotFound(f"no webhook {number}")
    return found
