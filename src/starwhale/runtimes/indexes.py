"""Where packages come from: never from the code, always from what somebody has configured.

runtime.yaml, the environment (``UV_*``, ``PIP_*``, ``SW_PYPI_*``) and config.yaml may name a package index,
further ones, directories of wheels and hosts that are trusted without a certificate. As with pip, the
environment goes before files; a runtime's own file goes before the user's. All further ones hold together.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from starwhale.core.errors import InvalidSpec

_USER = re.compile(r"(?<=://)[^/@\s]*@")
_VARIABLE = re.compile(r"\$\{([A-Z0-9_]+)\}")
_TRUE = {"1", "true", "yes", "on"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Indexes:
    """Sources of packages.

    Attributes:
        default: URL of the index that is asked last; empty for what uv takes by itself.
        extra: URLs of indexes that are asked before it, in this order.
        links: Directories or pages of wheels.
        trusted: Hosts whose certificates are not checked.
        alone: Ask no index at all, only `links`; uv is told so by an option of its own.
    """

    default: str = ""
    extra: tuple[str, ...] = ()
    links: tuple[str, ...] = ()
    trusted: tuple[str, ...] = ()
    alone: bool = False

    def over(self, other: Indexes) -> Indexes:
        """These, and `other` where these say nothing."""
        return Indexes(
            default=self.default or other.default,
            extra=_once(self.extra, other.extra),
            links=_once(self.links, other.links),
            trusted=_once(self.trusted, other.trusted),
            alone=self.alone or other.alone,
        )

    def to_env(self, env: Mapping[str, str]) -> dict[str, str]:
        """The variables that make uv use exactly these.

        They go through the environment, since a command line can be read by others and addresses may hold
        passwords. ``${NAME}`` in an address stands for a variable of `env`.
        """
        default, extra = ("", ()) if self.alone else (self.default, self.extra)
        values = {
            "UV_DEFAULT_INDEX": _filled(default, env),
            "UV_INDEX": " ".join(_filled(url, env) for url in extra),
            "UV_FIND_LINKS": ",".join(_filled(url, env) for url in self.links),
            "UV_INSECURE_HOST": " ".join(self.trusted),
        }
        return {name: value for name, value in values.items() if value}

    def to_lines(self) -> tuple[str, ...]:
        """Lines of a file of requirements that name these indexes, without passwords."""
        default = [f"--index-url={without_password(self.default)}"] if self.default else []
        extra = [f"--extra-index-url={without_password(url)}" for url in self.extra]
        return (*default, *extra, *(f"--trusted-host={host}" for host in self.trusted))

    def to_plain(self) -> dict[str, Any]:
        """JSON, without what is empty."""
        found = {name: getattr(self, name) for name in ("default", "extra", "links", "trusted", "alone")}
        return {
            name: list(value) if isinstance(value, tuple) else value for name, value in found.items() if value
        }

    @classmethod
    def from_plain(cls, plain: Mapping[str, Any]) -> Indexes:
        """Read what `to_plain` gave."""
        return cls(
            default=plain.get("default", ""),
            extra=tuple(plain.get("extra", ())),
            links=tuple(plain.get("links", ())),
            trusted=tuple(plain.get("trusted", ())),
            alone=plain.get("alone", False),
        )


def of_environment(env: Mapping[str, str]) -> Indexes:
    """What the environment says: ``UV_*`` before ``PIP_*`` before ``SW_PYPI_*``."""
    return (
        Indexes(
            default=env.get("UV_DEFAULT_INDEX") or env.get("UV_INDEX_URL", ""),
            extra=_once(env.get("UV_INDEX", "").split(), env.get("UV_EXTRA_INDEX_URL", "").split()),
            links=tuple(each.strip() for each in env.get("UV_FIND_LINKS", "").split(",") if each.strip()),
            trusted=tuple(env.get("UV_INSECURE_HOST", "").split()),
            alone=env.get("UV_NO_INDEX", "").lower() in _TRUE,
        )
        .over(
            Indexes(
                default=env.get("PIP_INDEX_URL", ""),
                extra=tuple(env.get("PIP_EXTRA_INDEX_URL", "").split()),
                links=tuple(env.get("PIP_FIND_LINKS", "").split()),
                trusted=tuple(env.get("PIP_TRUSTED_HOST", "").split()),
                alone=env.get("PIP_NO_INDEX", "").lower() in _TRUE,
            )
        )
        .over(
            Indexes(
                default=env.get("SW_PYPI_INDEX_URL", ""),
                extra=tuple(env.get("SW_PYPI_EXTRA_INDEX_URL", "").split()),
                trusted=tuple(env.get("SW_PYPI_TRUSTED_HOST", "").split()),
            )
        )
    )


def of_config(section: object) -> Indexes:
    """What ``pypi`` of config.yaml says: index_url, extra_index_url, trusted_host, find_links.

    Raises:
        InvalidSpec: it is no mapping of texts and lists of texts.
    """
    if section is None:
        return Indexes()
    if not isinstance(section, Mapping):
        raise InvalidSpec("pypi in config.yaml must be fields and their values")
    return Indexes(
        default=" ".join(_texts(section, "index_url")),
        extra=_texts(section, "extra_index_url"),
        links=_texts(section, "find_links"),
        trusted=_texts(section, "trusted_host"),
    )


def without_password(url: str) -> str:
    """An address without the user and the password in it, unless these are ``${NAME}``."""
    return _USER.sub(lambda found: found.group() if "${" in found.group() else "", url)


def _texts(section: Mapping[Any, Any], name: str) -> tuple[str, ...]:
    value = section.get(name) or ()
    listed = value.split() if isinstance(value, str) else value
    if not isinstance(listed, (list, tuple)) or not all(isinstance(each, str) for each in listed):
        raise InvalidSpec(f"pypi.{name} in config.yaml must be text or a list of texts")
    return tuple(listed)


def _filled(url: str, env: Mapping[str, str]) -> str:
    return _VARIABLE.sub(lambda found: env.get(found[1], found[0]), url)


def _once(*many: Iterable[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(each for some in many for each in some))
