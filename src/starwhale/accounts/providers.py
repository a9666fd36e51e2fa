"""Other providers of identities, spoken to by OpenID Connect: code flow with PKCE."""

from __future__ import annotations

import hmac
import ipaddress
import time
from dataclasses import dataclass, field
from http import HTTPStatus
from threading import Lock
from typing import Any
from urllib.parse import urlencode, urlsplit

import httpx2
from authlib.oauth2.rfc7636 import create_s256_code_challenge
from authlib.oidc.core import CodeIDToken
from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import KeySet

from starwhale.core.errors import Unauthorized, Unavailable, UsageError

#: Ways to sign that count: with a key of the provider alone, never with a shared secret or with none.
ALGORITHMS = ("RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512")
_DISCOVERY = "/.well-known/openid-configuration"
_REMEMBERED = 3600.0
_KEYS_EVERY = 60.0
_LARGEST = 1 << 20
_TIMEOUT = httpx2.Timeout(10.0, connect=5.0)
_LEEWAY = 60


@dataclass(frozen=True, slots=True, kw_only=True)
class ProviderSettings:
    """How a provider knows this server.

    Attributes:
        issuer: The provider, as its tokens name it.
        client_id: What it calls this server.
        client_secret: What this server shows it.
        domains: Domains of mail of those who may come in; empty for all.
        create: Whether whoever comes for the first time is given an account.
    """

    issuer: str
    client_id: str
    client_secret: str = field(repr=False)
    domains: tuple[str, ...] = ()
    create: bool = True


@dataclass(slots=True)
class Provider:
    """One provider; what it says of itself is remembered for an hour."""

    settings: ProviderSettings
    _known: dict[str, Any] = field(default_factory=dict[str, Any])
    _asked_at: float = 0.0
    _keys: KeySet | None = None
    _keys_at: float = 0.0
    _lock: Lock = field(default_factory=Lock)

    def page(self, *, redirect: str, state: str, nonce: str, verifier: str) -> str:
        """Address of the page on which somebody logs in there.

        Raises:
            Unavailable: the provider does not answer, or not as one.
        """
        asked = {
            "response_type": "code",
            "client_id": self.settings.client_id,
            "redirect_uri": redirect,
            "scope": "openid profile email",
            "state": state,
            "nonce": nonce,
            "code_challenge": create_s256_code_challenge(verifier),
            "code_challenge_method": "S256",
        }
        page = self._endpoint("authorization_endpoint")
        return f"{page}{'&' if urlsplit(page).query else '?'}{urlencode(asked)}"

    def redeem(self, code: str, *, redirect: str, nonce: str, verifier: str) -> dict[str, Any]:
        """What the provider says about whoever came back with a code.

        Raises:
            Unauthorized: the code or the token is not good.
            Unavailable: the provider does not answer, or not as one.
        """
        asked = {
            "grant_type": "authorization_code",
            "code": code,
            "redirect_uri": redirect,
            "code_verifier": verifier,
        }
        told = self._ask("POST", self._endpoint("token_endpoint"), asked)
        token = told.get("id_token")
        if not isinstance(token, str):
            raise Unauthorized("the provider gave no token", hint="log in again")
        claims = self._claims(token, nonce)
        if "email" not in claims and isinstance(told.get("access_token"), str):
            claims |= self._more(told["access_token"], claims["sub"])
        return claims

    def check_sender(self, issuer: str) -> None:
        """Refuse an answer that another provider sent (RFC 9207).

        Raises:
            Unauthorized: it did.
        """
        required = self._described().get("authorization_response_iss_parameter_supported") is True
        if (issuer or required) and issuer != self.settings.issuer:
            raise Unauthorized("the answer comes from another provider", hint="log in again")

    def _claims(self, token: str, nonce: str) -> dict[str, Any]:
        try:
            try:
                found = jwt.decode(token, self._key_set(), algorithms=list(ALGORITHMS))
            except (JoseError, ValueError):
                # The provider may have changed its keys since they were read.
                found = jwt.decode(token, self._key_set(anew=True), algorithms=list(ALGORITHMS))
            claims = found.claims
            mine = self.settings.client_id
            options = {"iss": {"value": self.settings.issuer}, "aud": {"value": mine}}
            checked = CodeIDToken(claims, found.header, options, {"client_id": mine, "nonce": nonce})
            checked.validate(leeway=_LEEWAY)
        except (JoseError, ValueError, TypeError, KeyError) as exc:
            raise Unauthorized("the provider's token is not good", hint="log in again") from exc
        audience = claims["aud"] if isinstance(claims["aud"], list) else [claims["aud"]]
        right = (
            claims["iss"] == self.settings.issuer
            and mine in audience
            and claims.get("azp", mine) == mine
            and (len(audience) == 1 or claims.get("azp") == mine)
            and hmac.compare_digest(str(claims.get("nonce", "")).encode(), nonce.encode())
            and isinstance(claims["sub"], str)
            and 0 < len(claims["sub"]) <= 255
        )
        if not right:
            raise Unauthorized("the provider's token is for somebody else", hint="log in again")
        return dict(claims)

    def _more(self, access: str, subject: str) -> dict[str, Any]:
        """Name and address for mail, which some providers give only here."""
        if "userinfo_endpoint" not in self._described():
            return {}
        told = self._ask("GET", self._endpoint("userinfo_endpoint"), bearer=access)
        if told.get("sub") != subject:
            return {}
        return {
            name: told[name] for name in ("email", "email_verified", "preferred_username") if name in told
        }

    def _described(self) -> dict[str, Any]:
        with self._lock:
            if self._known and time.monotonic() < self._asked_at + _REMEMBERED:
                return self._known
            issuer = self.settings.issuer
            known = self._ask("GET", issuer.rstrip("/") + _DISCOVERY)
            if known.get("issuer") != issuer:
                raise Unavailable("the provider calls itself otherwise", hint=f"{issuer!r} is configured")
            self._known, self._asked_at = known, time.monotonic()
            return known

    def _endpoint(self, name: str) -> str:
        url = self._described().get(name)
        if not isinstance(url, str):
            raise Unavailable(f"the provider names no {name}")
        check_place(url, self.settings.issuer)
        return url

    def _key_set(self, *, anew: bool = False) -> KeySet:
        place = self._endpoint("jwks_uri")
        with self._lock:
            now = time.monotonic()
            old = now > self._keys_at + (_KEYS_EVERY if anew else _REMEMBERED)
            if self._keys is None or old:
                self._keys = KeySet.import_key_set(self._ask("GET", place))
                self._keys_at = now
            return self._keys

    def _ask(self, method: str, url: str, form: dict[str, str] | None = None, bearer: str = "") -> Any:
        check_place(url, self.settings.issuer)
        mine = (self.settings.client_id, self.settings.client_secret)
        headers = {"Accept": "application/json"} | ({"Authorization": f"Bearer {bearer}"} if bearer else {})
        try:
            with (
                httpx2.Client(timeout=_TIMEOUT, follow_redirects=False) as client,
                client.stream(method, url, data=form, headers=headers, auth=mine if form else None) as answer,
            ):
                body = b""
                for piece in answer.iter_bytes():
                    body += piece
                    if len(body) > _LARGEST:
                        raise Unavailable("the provider's answer is too large")
        except httpx2.HTTPError as exc:
            raise Unavailable("the provider does not answer", hint="try again later") from exc
        if form and answer.status_code in {HTTPStatus.BAD_REQUEST, HTTPStatus.UNAUTHORIZED}:
            raise Unauthorized("the provider does not take the code", hint="log in again")
        try:
            told = httpx2.Response(answer.status_code, content=body).json()
        except ValueError:
            told = None
        if answer.status_code != HTTPStatus.OK or not isinstance(told, dict):
            raise Unavailable(f"the provider answers with status {answer.status_code}, and not as one")
        return told


def check_place(url: str, issuer: str) -> None:
    """Refuse a place where secrets would go in the clear.

    Raises:
        UsageError: it has no HTTPS, and is not on this machine together with the issuer.
    """
    try:
        place, home = urlsplit(url), urlsplit(issuer)
        here = _is_here(place.hostname or "") and _is_here(home.hostname or "")
    except ValueError:
        here, place = False, urlsplit("")
    if place.scheme == "https" and place.hostname:
        return
    if not (place.scheme == "http" and here):
        raise UsageError("a provider is asked over HTTPS only", hint="see the setting `oidc_issuer`")


def _is_here(host: str) -> bool:
    try:
        return host == "localhost" or ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
