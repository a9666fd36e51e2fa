"""Requests to a server, and its problems as our errors."""

from __future__ import annotations

import random
import re
import time
import weakref
from collections.abc import Callable, Collection, Generator, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from functools import cached_property
from http import HTTPStatus
from typing import TYPE_CHECKING, Any, Self

import httpx2

from starwhale.client.trust import trusted
from starwhale.core.errors import NotFound, StarwhaleError, Unauthorized, Unavailable, error_of
from starwhale.core.release import __version__

if TYPE_CHECKING:
    from httpx2.websockets import WebSocketSession

    from starwhale.client.detours import Detours

API = "/api/v1"
_TIMEOUT = httpx2.Timeout(60.0, connect=10.0)
_ATTEMPTS = 5
PASSING = frozenset(
    {
        HTTPStatus.TOO_MANY_REQUESTS,
        HTTPStatus.BAD_GATEWAY,
        HTTPStatus.SERVICE_UNAVAILABLE,
        HTTPStatus.GATEWAY_TIMEOUT,
    }
)
#: What somebody in between says, who cannot know whether the server has done it.
_VAGUE = frozenset({HTTPStatus.BAD_GATEWAY, HTTPStatus.GATEWAY_TIMEOUT})
_COMMAND = re.compile(r"`swcli project (create|recover) ([^\s`/]+)`")
_REPEATABLE = frozenset({"GET", "HEAD", "PUT", "DELETE"})
_LONGEST_WAIT = 20.0
Form = Callable[[Any], Any]
"""Makes something of JSON; what it lacks may raise whatever it does."""


def _whole(told: Any) -> Any:
    return told


class Http:
    """A connection to one server. Safe to share among threads.

    Args:
        url: ``http[s]://host[:port]``.
        token: What to show at the door; empty for nothing.
        alias: What the user calls the server, for messages.
        renew: Tells which token is to be shown when the one that was counts no more; empty for none.
    """

    def __init__(
        self, url: str, token: str = "", *, alias: str = "", renew: Callable[[], str] | None = None
    ) -> None:
        self.url = url.rstrip("/")
        self._token, self._renew = token, renew
        self.alias = alias or self.url
        self.attempts = _ATTEMPTS
        self._reached = False
        headers = {"User-Agent": f"starwhale/{__version__}", "Accept": "application/json"}
        if token:
            headers["Authorization"] = f"Bearer {token}"
        self._client = httpx2.Client(
            base_url=self.url,
            headers=headers,
            timeout=_TIMEOUT,
            verify=trusted(),
            follow_redirects=False,
            event_hooks={"response": [_keep_refusal]},
        )
        # Whoever lets go of an instance without closing it leaves no connections behind.
        self._end = weakref.finalize(self, self._client.close)

    @cached_property
    def detours(self) -> Detours:
        """Connections to where the server points to."""
        from starwhale.client.detours import Detours

        made = Detours()
        weakref.finalize(self, made.close)
        return made

    def get(self, path: str, params: Mapping[str, Any] | None = None, *, form: Form = _whole) -> Any:
        """The JSON that lies at a path, in the form that `read` gives it."""
        return self.read(self.send("GET", path, params=params), form)

    def post(
        self,
        path: str,
        body: Mapping[str, Any] | None = None,
        *,
        once: str = "",
        again: bool = False,
        form: Form = _whole,
    ) -> Any:
        """The answer to a JSON body.

        Args:
            path: Where to.
            body: What to send.
            once: A key by which the server knows the request again, so that it may be sent twice.
            again: Whether it may be sent twice without a key.
            form: See `read`.
        """
        headers = {"Idempotency-Key": once} if once else None
        answer = self.send("POST", path, json=body or {}, headers=headers, again=again or bool(once))
        return self.read(answer, form)

    def put(self, path: str, body: Mapping[str, Any] | None = None, *, form: Form = _whole) -> Any:
        """The answer to a JSON body that sets something, in the form that `read` gives it."""
        return self.read(self.send("PUT", path, json=body or {}), form)

    def patch(self, path: str, body: Mapping[str, Any], *, form: Form = _whole) -> Any:
        """The answer to a JSON body that changes something, in the form that `read` gives it."""
        return self.read(self.send("PATCH", path, json=body), form)

    def delete(self, path: str, params: Mapping[str, Any] | None = None) -> None:
        """Remove what lies at a path."""
        self.send("DELETE", path, params=params)

    def send(
        self,
        method: str,
        path: str,
        *,
        again: bool | None = None,
        content: Callable[[], Iterator[bytes]] | None = None,
        accepted: Collection[int] = (),
        **options: Any,
    ) -> httpx2.Response:
        """Send one request; what may be sent twice is, when the network or the server falters.

        Args:
            method: Of HTTP.
            path: Behind ``/api/v1``.
            again: Whether it may be sent twice; as the method says, by default.
            content: Gives the body, from its beginning at each call.
            accepted: Statuses that tell of no problem here.
            options: What `httpx2.Client.request` takes.

        Raises:
            Unavailable: the server does not answer.
            StarwhaleError: of the kind that the server told of.
        """
        repeatable = method in _REPEATABLE if again is None else again
        lost = False
        for attempt in range(self.attempts):
            last = attempt == self.attempts - 1 or not repeatable
            try:
                answer = self._answer(method, path, content, options)
            except httpx2.TransportError as exc:
                # Whoever has never answered is hardly about to; who has may only be starting again.
                if last or (not self._reached and attempt > 0):
                    raise self._silent(exc) from exc
                lost = lost or not isinstance(exc, httpx2.ConnectError | httpx2.ConnectTimeout)
            else:
                self._reached = True
                if answer.status_code in accepted or (lost and _is_gone(method, answer)):
                    return answer
                lost = lost or answer.status_code in _VAGUE
                if answer.status_code not in PASSING or last:
                    return self.checked(answer)
            time.sleep(min(_LONGEST_WAIT, 0.2 * 2**attempt) * (0.5 + random.random()))  # noqa: S311 - no secret
        raise AssertionError("unreachable")

    def _answer(
        self,
        method: str,
        path: str,
        content: Callable[[], Iterator[bytes]] | None,
        options: Mapping[str, Any],
    ) -> httpx2.Response:
        shown = self._token
        body = content() if content is not None else None
        answer = self._client.request(method, API + path, content=body, **options)
        if answer.status_code != HTTPStatus.UNAUTHORIZED or self._renew is None:
            return answer
        # Somebody has logged in anew on this machine, whose earlier token went with that.
        token = self._renew()
        if token in {"", shown}:
            return answer
        self._token = token
        self._client.headers["Authorization"] = f"Bearer {token}"
        body = content() if content is not None else None
        return self._client.request(method, API + path, content=body, **options)

    @contextmanager
    def socket(self, path: str) -> Generator[WebSocketSession]:
        """A web socket, for as long as the block lasts.

        Raises:
            Unavailable: the server does not answer.
            StarwhaleError: of the kind that the server told of.
        """
        from httpx2.websockets import WebSocketUpgradeError

        # A receiver that takes its time is slow, not dead: the server looks whether the line is.
        bounds: Any = {"queue_size": 16, "max_message_size_bytes": 1 << 20}
        with ExitStack() as stack:
            try:
                opened = self._client.websocket(API + path, keepalive_ping_interval_seconds=None, **bounds)
                session = stack.enter_context(opened)
            except WebSocketUpgradeError as exc:
                self.checked(exc.response)
                raise Unavailable(f"{self.alias} does not speak of terminals") from exc
            except httpx2.TransportError as exc:
                raise self._silent(exc) from exc
            yield session

    def checked(self, answer: httpx2.Response) -> httpx2.Response:
        """An answer, unless it tells of a problem.

        Raises:
            StarwhaleError: of the kind that the server told of.
        """
        if answer.status_code < HTTPStatus.BAD_REQUEST:
            return answer
        answer.read()
        raise self._problem(answer)

    def close(self) -> None:
        """Give the connections back."""
        self._end()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def read(self, answer: httpx2.Response, form: Form = _whole) -> Any:
        """What an answer tells.

        Args:
            answer: It.
            form: Makes of the JSON what the caller wants; the JSON itself by default.

        Raises:
            Unavailable: no Starwhale server answers so.
        """
        with self.reading(answer):
            return form(answer.json() if answer.content else None)

    @contextmanager
    def reading(self, answer: httpx2.Response) -> Generator[None]:
        """A block that reads an answer, and does nothing else.

        Raises:
            Unavailable: it lacks what the block looks for: somebody else listens there.
        """
        try:
            yield
        except (ValueError, LookupError, TypeError, AttributeError) as exc:
            raise self._foreign(answer) from exc

    def _foreign(self, answer: httpx2.Response) -> Unavailable:
        return Unavailable(
            f"{self.alias} answers with status {answer.status_code}, and not as a Starwhale server",
            hint="is the address right, and does nothing stand in between?",
        )

    def _silent(self, error: httpx2.TransportError) -> Unavailable:
        why = str(error) or type(error).__name__
        return Unavailable(
            f"{self.alias} does not answer: {why}", hint="is the address right, and the server up?"
        )

    def _problem(self, answer: httpx2.Response) -> StarwhaleError:
        try:
            told = answer.json()
            code, detail, hint = str(told["code"]), str(told["detail"]), str(told.get("hint", ""))
        except (ValueError, KeyError, TypeError):
            return self._foreign(answer)
        if code == Unauthorized.code:
            alias = self.alias if self.alias != self.url else "ALIAS"
            hint = f"log in: `swcli instance login {self.url} --alias {alias}`"
        # Where a value stood in the request is nothing to whoever typed a command.
        detail = detail.removeprefix("body.")
        # Commands that the server names are typed here, where a bare name may mean another instance.
        hint = _COMMAND.sub(rf"`swcli project \1 {self.alias}/project/\2`", hint)
        return error_of(code, detail, hint)


def _is_gone(method: str, answer: httpx2.Response) -> bool:
    """Whether what was to be removed is not there: as somebody finds it whose first try did it, unheard."""
    if method != "DELETE" or answer.status_code != HTTPStatus.NOT_FOUND:
        return False
    answer.read()
    try:
        return answer.json()["code"] == NotFound.code
    except (ValueError, KeyError, TypeError):
        return False


def _keep_refusal(answer: httpx2.Response) -> None:
    """Read why a web socket is refused, as long as that can be read."""
    if "upgrade" in answer.request.headers and answer.status_code >= HTTPStatus.BAD_REQUEST:
        answer.read()
