"""Rules of coming in by way of another provider.

An account belongs to an identity by issuer and subject, which never change: not by name or address for mail,
which whoever runs the provider, or has moved in after somebody, could choose.
"""

from __future__ import annotations

import hmac
import re
import secrets
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from sqlalchemy import delete, insert, select

from starwhale.accounts.repository import UserRepository
from starwhale.accounts.secrets import digest_of, mint_secret
from starwhale.accounts.users import check_email
from starwhale.catalog.outbox import emit
from starwhale.catalog.tables.accounts import IdentityRow
from starwhale.catalog.tables.doorways import ProviderVisitRow
from starwhale.core.actor import Actor
from starwhale.core.errors import Conflict, Forbidden, InvalidName, Unauthorized
from starwhale.core.names import is_name
from starwhale.kit.times import utc_now

if TYPE_CHECKING:
    from starwhale.accounts.providers import Provider
    from starwhale.accounts.schemas import UserRead
    from starwhale.catalog.engine import Catalog, Session

LASTS = timedelta(minutes=10)
_STRANGE = re.compile(r"[^a-z0-9_.-]+")
_LONGEST = 60
_ATTEMPTS = 20


@dataclass(frozen=True, slots=True)
class OidcService:
    """The way into one instance by one provider."""

    catalog: Catalog
    provider: Provider

    def begin(self, redirect: str, after: str = "") -> tuple[str, str]:
        """Send somebody to the provider.

        Args:
            redirect: Where it sends him back to.
            after: What he wanted to see.

        Returns:
            The address of the provider's page, and a secret that his browser keeps until he is back: so
            that nobody can bring him back as somebody else.

        Raises:
            Unavailable: the provider does not answer.
        """
        state, browser, nonce, verifier = (mint_secret() for _ in range(4))
        page = self.provider.page(redirect=redirect, state=state, nonce=nonce, verifier=verifier)
        now = utc_now()
        row = {"state": digest_of(state), "browser": digest_of(browser), "nonce": nonce, "verifier": verifier}
        with self.catalog.begin() as session:
            session.execute(delete(ProviderVisitRow).where(ProviderVisitRow.expires_at < now))
            session.execute(insert(ProviderVisitRow).values(**row, after=after, expires_at=now + LASTS))
        return page, browser

    def finish(
        self, actor: Actor, *, state: str, code: str, issuer: str, browser: str, redirect: str
    ) -> tuple[UserRead, str]:
        """Take somebody who comes back.

        Args:
            actor: Where he comes from, for the audit.
            state: What the provider gave back of ours.
            code: What it gave of its own.
            issuer: What it calls itself in the answer; empty where it does not say.
            browser: The secret that his browser kept.
            redirect: Where it has sent him to.

        Returns:
            His account, and what he wanted to see.

        Raises:
            Unauthorized: he was not sent from here, or the provider does not know him.
            Forbidden: he has no account and is not given one, or it is disabled.
            Unavailable: the provider does not answer.
        """
        visit = self._visit(state, browser)
        self.provider.check_sender(issuer)
        claims = self.provider.redeem(code, redirect=redirect, nonce=visit.nonce, verifier=visit.verifier)
        for _ in range(_ATTEMPTS):
            try:
                with self.catalog.begin() as session:
                    return self._account(session, actor, claims), visit.after
            except Conflict:
                continue  # the name, or the identity, was taken at this very moment
        raise Conflict("no name could be found for a new account", hint="ask an administrator")

    def _visit(self, state: str, browser: str) -> ProviderVisitRow:
        with self.catalog.begin() as session:
            there = ProviderVisitRow.state == digest_of(state)
            row = session.execute(select(ProviderVisitRow).where(there)).scalar_one_or_none()
            if (
                row is not None
                and session.connection().execute(delete(ProviderVisitRow).where(there)).rowcount
            ):
                kept = hmac.compare_digest(row.browser, digest_of(browser))
                if kept and row.expires_at > utc_now():
                    return row
        raise Unauthorized("this login was not begun in this browser, or too long ago", hint="log in again")

    def _account(self, session: Session, actor: Actor, claims: dict[str, Any]) -> UserRead:
        settings, users = self.provider.settings, UserRepository(session)
        there = (IdentityRow.issuer == settings.issuer, IdentityRow.subject == claims["sub"])
        known = session.scalar(select(IdentityRow.user_id).where(*there))
        self._check_domain(claims)
        if known is not None:
            found = users.by_id(known)
            if found is None or found[0].disabled_at is not None:
                raise Forbidden("the account is disabled", hint="ask an administrator")
            return found[0]
        if not settings.create:
            raise Forbidden("there is no account for you here", hint="ask an administrator for one")
        name = _free_name(users, claims)
        made = users.add(name, email=_email(claims), password=None, admin=False, by="")
        identity = {"issuer": settings.issuer, "subject": claims["sub"], "user_id": made.id}
        session.execute(insert(IdentityRow).values(**identity, created_at=utc_now()))
        session.flush()
        himself = Actor(name=name, user=made.id, address=actor.address, request=actor.request)
        emit(session, himself, "user.created", {"user": name, "admin": False, "issuer": settings.issuer})
        return made

    def _check_domain(self, claims: dict[str, Any]) -> None:
        domains = {each.lower() for each in self.provider.settings.domains}
        domain = _email(claims).rpartition("@")[2].lower()
        if domains and (claims.get("email_verified") is not True or domain not in domains):
            raise Forbidden(
                "people of your address for mail may not come in here", hint="ask an administrator"
            )


def _email(claims: dict[str, Any]) -> str:
    try:
        return check_email(str(claims.get("email") or ""))
    except InvalidName:
        return ""


def _free_name(users: UserRepository, claims: dict[str, Any]) -> str:
    """A name that nobody has: an account that is there is never given to somebody because of his name."""
    wanted = str(claims.get("preferred_username") or _email(claims).partition("@")[0] or "user").lower()
    plain = _STRANGE.sub("-", wanted.partition("@")[0]).strip("-.")[:_LONGEST]
    plain = plain if is_name(plain) else "user"
    if users.by_name(plain) is None:
        return plain
    return f"{plain}-{secrets.token_hex(3)}"
