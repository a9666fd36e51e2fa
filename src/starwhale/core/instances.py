"""How an address names the instance it lies on: ``local``, an alias, ``cloud://alias`` or a URL."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from starwhale.core.errors import InvalidUri, NotFound
from starwhale.core.names import is_name, quoted
from starwhale.kit.suggest import nearest

if TYPE_CHECKING:
    from collections.abc import Mapping

LOCAL = "local"
_LAST_PORT = 65535
_DEFAULT_PORT = {"http": ":80", "https": ":443"}
_URL = re.compile(r"(https?)://([^/?#]*)(.*)", re.IGNORECASE | re.DOTALL)
_HOST = r"(?:[a-z0-9](?:[a-z0-9_.-]{0,252}[a-z0-9])?|\[[0-9a-f:.]{2,45}\])"
_INSTANCE_URL = re.compile(rf"https?://{_HOST}(?::([1-9][0-9]{{0,4}}))?")


def is_instance(text: str) -> bool:
    """Whether `text` is an instance in its normal form: an alias, or ``http[s]://host[:port]``."""
    return is_name(text) or _is_url(text)


def normal_url(text: str) -> str:
    """The normal form of an instance's URL: lower case, no default port, nothing behind the host.

    Raises:
        InvalidUri: it is not ``http[s]://host[:port]``, or it holds a user or a path.
    """
    parts = _URL.fullmatch(text)
    if parts is None or parts.group(3) not in {"", "/"}:
        raise _not_an_instance(text)
    return _normal(parts.group(1), parts.group(2), text)


def find_alias(alias: str, aliases: Mapping[str, str]) -> str:
    """Return `alias` when it is configured.

    Raises:
        NotFound: it is not; the nearest one is suggested.
    """
    if alias in aliases:
        return alias
    near = nearest(alias, aliases)
    hint = f"did you mean {near!r}?" if near else "`swcli instance list` shows those there are"
    raise NotFound(f"no instance {quoted(alias)} is configured", hint=hint)


def split_instance(text: str, *, aliases: Mapping[str, str], current: str) -> tuple[str | None, list[str]]:
    """Part an address into its instance and the words behind it.

    Args:
        text: The whole address.
        aliases: URL of every configured instance by its alias.
        current: The alias that is preferred when several have the same URL.

    Returns:
        The instance, None where the address has none, and the words between slashes.

    Raises:
        InvalidUri: the address is empty, has an empty word, an unknown scheme, or a wrong host.
        NotFound: no such alias is configured.
    """
    url = _URL.fullmatch(text)
    if url is not None:
        scheme, authority, path = url.groups()
        if path.startswith("/projects/"):
            path = re.split(r"[?#]", path, maxsplit=1)[0]  # as copied from a browser
        words = _words(path.removeprefix("/"), text)
        return _preferred(_normal(scheme, authority, text), aliases, current), words
    scheme, has_scheme, path = text.partition("://")
    if has_scheme and scheme != "cloud":
        raise InvalidUri(f"{quoted(text)} has an unknown scheme", hint="http, https and cloud are known")
    words = _words(path if has_scheme else text, text)
    match words:
        case []:
            raise InvalidUri("an address is empty", hint="write a name")
        case [alias, *rest] if has_scheme:
            return find_alias(alias, aliases), rest
        case [alias, "project" | "projects", _, *_]:
            return find_alias(alias, aliases), words[1:]
        case _:
            return None, words


def _words(path: str, text: str) -> list[str]:
    words = path.removesuffix("/").split("/") if path else []
    if "" in words:
        raise InvalidUri(f"{quoted(text)} has nothing between two slashes, or before the first")
    return words


def _normal(scheme: str, authority: str, text: str) -> str:
    scheme, authority = scheme.lower(), authority.lower()
    if "@" in authority:
        raise InvalidUri("an address may not hold a user or a password", hint="use `swcli instance login`")
    url = f"{scheme}://{authority.removesuffix(_DEFAULT_PORT[scheme])}"
    if not _is_url(url):
        raise _not_an_instance(text)
    return url


def _is_url(text: str) -> bool:
    parts = _INSTANCE_URL.fullmatch(text)
    return parts is not None and int(parts.group(1) or 0) <= _LAST_PORT


def _preferred(url: str, aliases: Mapping[str, str], current: str) -> str:
    matching = [alias for alias, configured in aliases.items() if _same(url, configured)]
    if current in matching:
        return current
    return matching[0] if matching else url


def _same(url: str, configured: str) -> bool:
    try:
        return url == normal_url(configured)
    except InvalidUri:  # such as "local"
        return False


def _not_an_instance(text: str) -> InvalidUri:
    return InvalidUri(
        f"{quoted(text)} is not an instance", hint="write http(s)://host or http(s)://host:port"
    )
