"""Log lines of a server: for people or as JSON, with the request they belong to, and without secrets."""

from __future__ import annotations

import logging
import os
import re
import sys
from collections.abc import Iterable, Mapping
from contextlib import suppress
from contextvars import ContextVar
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import orjson
from pydantic import SecretStr
from sqlalchemy.engine import make_url
from sqlalchemy.exc import ArgumentError

if TYPE_CHECKING:
    from starlette.types import Scope

    from starwhale.server.settings import ServerSettings

#: The request that is being answered, for every line that is logged meanwhile.
SCOPE: ContextVar[Scope | None] = ContextVar("starwhale_request", default=None)
HIDDEN = "[hidden]"
_FACTS = ("status", "milliseconds", "request", "user", "address")
_QUIET = frozenset({"/healthz", "/readyz", "/metrics"})
_SHORTEST = 6
_TELLING = re.compile(r"secret|token|passw|credential|api_?key|access_?key|private", re.IGNORECASE)
_HEADERS = (b"authorization", b"cookie", b"proxy-authorization", b"x-api-key")
# Each takes time in proportion to the text: callers write much of what is logged. Before each
# stand the words of which one is in every text that it finds something in: looking for those is quicker.
_PATTERNS = (
    (("sw_",), re.compile(r"\bsw_[0-9A-Za-z]{20,}"), HIDDEN),
    (("bearer", "basic"), re.compile(r"(?i)\b(bearer|basic)\s+[\w.~+/=-]{6,}"), rf"\1 {HIDDEN}"),
    (("://",), re.compile(r"(\w://[^\s:/@]{0,200}):[^\s@]{1,400}@"), rf"\1:{HIDDEN}@"),
    (
        ("passw", "secret", "token", "api_key"),
        re.compile(r"(?i)((?:password|passwd|secret|token|api_key)[\"']?\s*[=:]\s*)[\"']?[^\s\"',&)]+"),
        rf"\1{HIDDEN}",
    ),
)
# Where the values end that a database was given, which its errors tell.
_PARAMETERS, _END_OF_PARAMETERS = "[parameters: ", re.compile(r"\](?=\n|\s*$|\s*\()")
# What stands for a secret in a path, by its name in the route; and where such stand, where no route answers.
_SECRET_PARTS = frozenset({"secret", "word", "address", "code"})
_SECRET_PATHS = re.compile(r"((?:/api/v1)?/(?:(?:shared/)?reports|services|media|logins/codes)/)[^/]+")
_LONGEST_PATH = 500
# Ends of lines, what drives a terminal, and what shows text in another order than it was written in.
_CONTROL = re.compile(r"[\x00-\x08\x0a-\x1f\x7f-\x9f\u200e\u200f\u2028-\u202e\u2066-\u2069]")
_INDENT = "  "


def is_telling(name: str) -> bool:
    """Whether a variable is called as secrets are."""
    return _TELLING.search(name) is not None


def template(scope: Scope) -> str:
    """The route that answers a request, without what the caller filled in; empty where there is none."""
    return getattr(scope.get("route"), "path", "")


def path_of(scope: Scope) -> str:
    """The path of a request for a line of a log: as it was sent, but for what nobody may use after him."""
    if _SECRET_PARTS & scope.get("path_params", {}).keys():
        return template(scope)
    # Decoded, it could hold line ends and write lines of its own.
    path = scope.get("raw_path", b"").decode("latin-1") or repr(scope["path"])
    if not template(scope):
        path = _SECRET_PATHS.sub(rf"\1{HIDDEN}", path)
    return path if len(path) <= _LONGEST_PATH else f"{path[:_LONGEST_PATH]}…"


class Redaction:
    """Takes secrets out of texts: those that are known, those of the present request, and what looks so.

    Args:
        known: The secrets; those of fewer than 6 characters are left, for they stand in any text.
    """

    def __init__(self, known: Iterable[str]) -> None:
        long = sorted({each for each in known if len(each) >= _SHORTEST}, key=len, reverse=True)
        self._known = re.compile("|".join(map(re.escape, long))) if long else None

    def __call__(self, text: str) -> str:
        """The text without them."""
        if self._known is not None:
            text = self._known.sub(HIDDEN, text)
        for each in _shown_by_caller(SCOPE.get()):
            text = text.replace(each, HIDDEN)
        small = text.casefold()
        for marks, pattern, instead in _PATTERNS:
            if any(mark in small for mark in marks):
                text = pattern.sub(instead, text)
        return _without_parameters(text)


def _without_parameters(text: str) -> str:
    parts, at = list[str](), 0
    while (start := text.find(_PARAMETERS, at)) >= 0 and (end := _END_OF_PARAMETERS.search(text, start)):
        parts += [text[at:start], _PARAMETERS, HIDDEN, "]"]
        at = end.end()
    return "".join([*parts, text[at:]])


def _shown_by_caller(scope: Scope | None) -> Iterable[str]:
    for name, value in scope["headers"] if scope is not None else ():
        if name.lower() in _HEADERS:
            text = value.decode("latin-1")
            yield from (part for part in re.split(r"[;=,\s]+", text) if len(part) >= 2 * _SHORTEST)


def secrets_of(settings: ServerSettings, environ: Mapping[str, str]) -> list[str]:
    """All that must not be read in a log."""
    found = [each.get_secret_value() for each in settings.env.values()]
    own = (getattr(settings, name) for name in type(settings).model_fields)
    found += [each.get_secret_value() for each in own if isinstance(each, SecretStr)]
    found += [value for name, value in environ.items() if is_telling(name)]
    with suppress(ArgumentError, ValueError):
        found.append(make_url(settings.store.catalog_url).password or "")
    return found


class _Lines(logging.Formatter):
    def __init__(self, redaction: Redaction) -> None:
        super().__init__()
        self._redaction = redaction

    def facts(self, record: logging.LogRecord) -> dict[str, Any]:
        """What is known of a line besides its text."""
        facts = {
            name: getattr(record, name) for name in _FACTS if getattr(record, name, "") not in {"", None}
        }
        scope = SCOPE.get()
        if scope is not None:
            facts.setdefault("request", scope.get("state", {}).get("request_id", ""))
            if found := template(scope):
                facts["route"] = found
        return facts

    def text(self, record: logging.LogRecord) -> str:
        return self._redaction(record.getMessage())

    def trace(self, record: logging.LogRecord) -> str:
        return self._redaction(self.formatException(record.exc_info)) if record.exc_info else ""


class TextLines(_Lines):
    """A line for people; a trace stands below it, indented."""

    def format(self, record: logging.LogRecord) -> str:
        moment = datetime.fromtimestamp(record.created, UTC).isoformat(" ", "milliseconds")[:-6]
        facts = " ".join(f"{name}={value}" for name, value in self.facts(record).items())
        line = f"{moment} {record.levelname:<7} {record.name} {self.text(record)} {facts}".rstrip()
        # What a caller sent must not look like another line, and the text of an error is often his.
        below = (_INDENT + each for each in self.trace(record).split("\n") if each)
        return "\n".join(_CONTROL.sub(_escaped, each) for each in (line, *below))


class JsonLines(_Lines):
    """One JSON object a line."""

    def format(self, record: logging.LogRecord) -> str:
        line: dict[str, Any] = {
            "at": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": self.text(record),
            **self.facts(record),
        }
        if trace := self.trace(record):
            line["trace"] = trace
        return orjson.dumps(line, default=str).decode()


class _Spared(logging.Filter):
    """Leaves out that somebody has asked how the server does."""

    def filter(self, record: logging.LogRecord) -> bool:
        scope = SCOPE.get()
        if record.name != "starwhale.access" or scope is None:
            return True
        return scope["path"] not in _QUIET or getattr(record, "status", 0) >= 500


def install(settings: ServerSettings) -> None:
    """Write all lines of this process to stderr, in the form that the settings say."""
    kind = JsonLines if settings.log_format == "json" else TextLines
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(kind(Redaction(secrets_of(settings, os.environ))))
    handler.addFilter(_Spared())
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(logging.WARNING)
    for name in ("starwhale", "uvicorn.error"):
        logging.getLogger(name).setLevel(settings.log_level.upper())
    logging.getLogger("uvicorn.error").addFilter(_is_worth_a_line)


def _is_worth_a_line(record: logging.LogRecord) -> bool:
    return record.levelno > logging.INFO


def _escaped(found: re.Match[str]) -> str:
    return found[0].encode("unicode_escape").decode()
