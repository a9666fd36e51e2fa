"""Logging in to servers: what config.yaml keeps of it."""

from __future__ import annotations

import hashlib
import logging
import re
import secrets
import socket
import time
from base64 import urlsafe_b64encode
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any

from starwhale.core.config import Config, InstanceEntry, update_config
from starwhale.core.errors import Forbidden, StarwhaleError, Unauthorized, UsageError
from starwhale.core.instances import LOCAL, find_alias, normal_url

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from starwhale.client.http import Http

_log = logging.getLogger("starwhale.instance")
SERVER = "server"
#: Origin of a token that was made for this machine alone, and goes when another takes its place.
BY_LOGIN = "login"
_LONGEST_PAUSE = 10.0
# Seconds within which a server that is called for the first time must have said something.
FIRST_CONNECTION = 5.0
FIRST_ANSWER = 10.0
_TOKEN = re.compile(r"[!-~]+")


@dataclass(frozen=True, slots=True)
class Logins:
    """Servers that the user of this machine is logged in to.

    Args:
        config_path: His config.yaml.
        say: Told what else he should know.
    """

    config_path: Path
    say: Callable[[str], object] = _log.warning

    def by_password(self, url: str, alias: str, user: str, password: str) -> InstanceEntry:
        """Log in with a password; a token is made for this machine, and the password is kept nowhere.

        Raises:
            Unauthorized: name or password is wrong.
            Unavailable: the server does not answer.
            InvalidUri: the address is none.
        """
        from starwhale.client.http import Http

        check_alias(alias)
        url = normal_url(url)
        with Http(url, alias=alias) as http:
            _reach(http)
            try:
                http.post("/login", {"name": user, "password": password})
            except Unauthorized as exc:
                hint = "write them as they were given to you; an administrator gives you another password"
                raise Unauthorized(exc.message, hint=hint) from exc
            try:
                token = http.post("/me/tokens", {"name": _machine()}, form=partial(_text, "token"))
            finally:
                with suppress(StarwhaleError):  # it ends by itself
                    http.post("/logout")
        return self._keep_made(url, alias, token)

    def by_browser(
        self,
        url: str,
        alias: str,
        tell: Callable[[str, str], None],
        *,
        open_page: Callable[[str], object],
        pause: Callable[[float], object] = time.sleep,
    ) -> InstanceEntry:
        """Log in with a page of the server, which asks whoever is logged in there.

        Args:
            url: Address of the server.
            alias: What to call it.
            tell: Given the address of the page, and the code that it shows.
            open_page: Opens the page in a browser; it need not succeed.
            pause: Waits for some seconds.

        Raises:
            Forbidden: it was refused on the page.
            Unauthorized: nobody let it in for ten minutes.
            Unavailable: the server does not answer.
            InvalidUri: the address is none.
        """
        from starwhale.client.http import Http

        check_alias(alias)
        url, verifier = normal_url(url), secrets.token_urlsafe(32)
        asked = {"challenge": _challenge(verifier), "machine": _machine()}
        with Http(url, alias=alias) as http:
            _reach(http)
            path, code, number, every = http.post("/logins", asked, form=_waiting)
            page = f"{url}/{path.lstrip('/')}"
            tell(page, code)
            open_page(page)
            while True:
                progress, token = http.post(
                    f"/logins/{number}/token",
                    {"verifier": verifier},
                    form=lambda told: (_text("progress", told), told["token"]),
                )
                if progress != "waiting":
                    break
                pause(min(every, _LONGEST_PAUSE))
        if progress == "refused":
            raise Forbidden("the login was refused on the page")
        if not token:
            raise Unauthorized("nobody let this login in", hint="begin again")
        return self._keep_made(url, alias, token)

    def by_token(self, url: str, alias: str, token: str) -> InstanceEntry:
        """Log in with a token that was made on the server.

        Raises:
            Unauthorized: the token is wrong.
            Unavailable: the server does not answer, or is no server of ours.
            InvalidUri: the address is none.
            UsageError: the alias is not to be had, or the token cannot be one.
        """
        check_alias(alias)
        if not _TOKEN.fullmatch(token):
            raise UsageError(
                "the token holds characters that no token has", hint="copy it again, all of it and no more"
            )
        return self._keep(normal_url(url), alias, token, "")

    def _keep_made(self, url: str, alias: str, token: str) -> InstanceEntry:
        try:
            return self._keep(url, alias, token, BY_LOGIN)
        except StarwhaleError:
            _is_forgotten(InstanceEntry(alias=alias, uri=url, sw_token=token))  # nobody would ever show it
            raise

    def _keep(self, url: str, alias: str, token: str, origin: str) -> InstanceEntry:
        from starwhale.client.http import Http

        with Http(url, token, alias=alias) as http:
            _reach(http)
            user, admin = http.get("/me", form=lambda told: (_text("name", told), bool(told["admin"])))
            mine = http.get("/projects", {"size": 1, "mine": True}, form=lambda told: told["items"])
            projects = [_text("name", each) for each in mine]
        entry = InstanceEntry(
            alias=alias,
            uri=url,
            type=SERVER,
            user_name=user,
            user_role="admin" if admin else "",
            sw_token=token,
            token_origin=origin,
            current_project=projects[0] if projects else "",
        )
        replaced: list[InstanceEntry | None] = []

        def put(config: Config) -> Config:
            replaced.append(config.instances.get(alias))
            return _with(config, entry)

        config = update_config(self.config_path, put)
        self._end(replaced[-1], config)
        return entry

    def _end(self, replaced: InstanceEntry | None, config: Config) -> None:
        """Have a token that was made by an earlier login count no more, unless it is still kept elsewhere."""
        if replaced is None or replaced.token_origin != BY_LOGIN:
            return  # one that the user brought may be in use on other machines
        if any(each.sw_token == replaced.sw_token for each in config.instances.values()):
            return
        if not _is_forgotten(replaced):
            self.say(
                f"{replaced.uri} does not answer: the token of the earlier login counts there "
                "until somebody revokes it"
            )

    def logout(self, alias: str) -> tuple[InstanceEntry, bool]:
        """Forget a server, and have it forget the token; it need not answer for that.

        Returns:
            What is forgotten, and whether the token counts there no more.

        Raises:
            NotFound: there is none of this alias.
            UsageError: it is this machine.
        """
        gone: list[InstanceEntry] = []

        def without(config: Config) -> Config:
            gone.append(config.instances[find_alias(alias, dict.fromkeys(config.instances, ""))])
            return config.without_instance(alias)

        update_config(self.config_path, without)
        return gone[-1], _is_forgotten(gone[-1])


def check_alias(alias: str) -> None:
    """Refuse what no server can be called.

    Raises:
        UsageError: it is that.
    """
    if not alias.strip():
        raise UsageError("the alias is empty", hint="--alias says what to call the server from now on")
    if alias == LOCAL:
        raise UsageError("the alias 'local' means this machine", hint="choose another one")


def _is_forgotten(entry: InstanceEntry) -> bool:
    """Have a server forget the token of a login; whether it counts there no more."""
    from starwhale.client.http import Http

    if not entry.sw_token:
        return True
    try:
        with Http(entry.uri, entry.sw_token, alias=entry.alias) as http:
            _reach(http)
            http.delete("/me/token")
    except Unauthorized:
        return True  # it has forgotten it before
    except StarwhaleError:
        return False
    return True


def _reach(http: Http) -> None:
    """See soon whether anybody answers at all; a busy server may take its time with what comes then.

    Raises:
        Unavailable: nobody does.
    """
    from httpx2 import Timeout

    from starwhale.client.http import PASSING

    seconds = Timeout(FIRST_ANSWER, connect=FIRST_CONNECTION)
    http.send("GET", "/version", again=False, accepted=PASSING, timeout=seconds)


def _text(name: str, told: dict[str, Any]) -> str:
    """A text of an answer, which whoever else listens there would not give."""
    found = told[name]
    if not isinstance(found, str):
        raise TypeError(name)
    return found


def _waiting(told: dict[str, Any]) -> tuple[str, str, str, float]:
    """Page and code of a login, its number, and after how many seconds to ask again."""
    return _text("page", told), _text("code", told), str(told["number"]), float(told["every"])


def _machine() -> str:
    return f"swcli on {socket.gethostname()}"[:80]


def _challenge(verifier: str) -> str:
    return urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).decode().rstrip("=")


def _with(config: Config, entry: InstanceEntry) -> Config:
    known = config.instances.get(entry.alias)
    if known is not None and known.uri == entry.uri and known.current_project:
        from dataclasses import replace

        entry = replace(entry, current_project=known.current_project, extra=known.extra)
    return config.with_instance(entry)
