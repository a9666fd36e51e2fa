"""The tree of errors a user can meet.

    StarwhaleError
    ├── UsageError          exit 2   400  the request itself is wrong
    │   ├── InvalidUri
    │   ├── InvalidName
    │   ├── InvalidSpec              a YAML file or a handler declaration
    │   ├── UnsupportedValue         a value no column can hold
    │   └── KeyReused           422  one idempotency key, two different requests
    ├── NotFound            exit 3   404
    ├── Ambiguous           exit 3   409  one prefix, several candidates
    ├── Conflict            exit 4   409  somebody else was first, or it exists already
    │   └── Outdated                 412  it is not what the caller has seen
    ├── Unauthorized        exit 5   401  the caller has not shown who he is
    ├── Forbidden           exit 5   403
    ├── TooMany             exit 11  429  too many requests of late
    ├── UserCodeError       exit 6   422  code of the user failed, with his own line
    ├── JobFailed           exit 7   422
    ├── Canceled            exit 130 409
    ├── MissingDependency   exit 8   501  an optional package is not installed; an ImportError as well
    ├── StorageFull         exit 9   507
    ├── Corrupted           exit 10  500  stored bytes are not what was written
    └── Unavailable         exit 11  503  try again later

`code` is part of the API and never changes; the message may. `hint` says what to do next.
"""

from __future__ import annotations

from typing import ClassVar


class StarwhaleError(Exception):
    """Base of all deliberate errors: one sentence, and what to do about it.

    Args:
        message: What is wrong and where, one sentence without a final stop.
        hint: What to do next; empty where there is nothing to advise.
    """

    code: ClassVar[str] = "error"
    exit_status: ClassVar[int] = 1
    http_status: ClassVar[int] = 500

    def __init__(self, message: str, *, hint: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint

    def __str__(self) -> str:
        return f"{self.message} ({self.hint})" if self.hint else self.message

    def __reduce__(self) -> tuple[object, ...]:
        return (_restore, (type(self), self.message, self.hint))


def _restore(kind: type[StarwhaleError], message: str, hint: str) -> StarwhaleError:
    return kind(message, hint=hint)


def error_of(code: str, message: str, hint: str = "") -> StarwhaleError:
    """The error that another process or instance told of by its code."""
    waiting = [StarwhaleError]
    while waiting:
        kind = waiting.pop()
        if kind.code == code:
            return kind(message, hint=hint)
        waiting.extend(kind.__subclasses__())
    return StarwhaleError(message, hint=hint)


class UsageError(StarwhaleError):
    """The request cannot be understood or is not allowed as written."""

    code = "usage"
    exit_status = 2
    http_status = 400


class InvalidUri(UsageError):
    """A text that is not an address of anything."""

    code = "invalid_uri"


class InvalidName(UsageError):
    """A name or tag with characters or a length that is not allowed."""

    code = "invalid_name"


class InvalidSpec(UsageError):
    """A YAML file or a handler declaration that contradicts itself or its schema."""

    code = "invalid_spec"


class UnsupportedValue(UsageError):
    """A value that no column can hold; the message names column and value."""

    code = "unsupported_value"


class KeyReused(UsageError):
    """An idempotency key that was sent with another request before."""

    code = "key_reused"
    http_status = 422


class NotFound(StarwhaleError):
    """Nothing of that name is there."""

    code = "not_found"
    exit_status = 3
    http_status = 404


class Ambiguous(StarwhaleError):
    """One word, several candidates; the message lists them."""

    code = "ambiguous"
    exit_status = 3
    http_status = 409


class Conflict(StarwhaleError):
    """It exists already, or somebody changed it in the meantime."""

    code = "conflict"
    exit_status = 4
    http_status = 409


class Outdated(Conflict):
    """What is to be changed is not what the caller has seen."""

    code = "outdated"
    http_status = 412


class Unauthorized(StarwhaleError):
    """The caller has not shown who he is."""

    code = "unauthorized"
    exit_status = 5
    http_status = 401


class TooMany(StarwhaleError):
    """The caller has asked too often of late; the hint says how long to wait."""

    code = "too_many"
    exit_status = 11
    http_status = 429


class Forbidden(StarwhaleError):
    """The caller may not do this."""

    code = "forbidden"
    exit_status = 5
    http_status = 403


class UserCodeError(StarwhaleError):
    """Code of the user failed; the message carries his own file and line."""

    code = "user_code"
    exit_status = 6
    http_status = 422


class JobFailed(StarwhaleError):
    """A job ended in FAIL; the message carries the cause."""

    code = "job_failed"
    exit_status = 7
    http_status = 422


class Canceled(StarwhaleError):
    """The work was canceled, by Ctrl-C or from elsewhere."""

    code = "canceled"
    exit_status = 130
    http_status = 409


class MissingDependency(StarwhaleError, ImportError):
    """An optional package is needed; the hint is the command that installs it.

    It is an `ImportError` too: programs that were written for 0.6 catch that.
    """

    code = "missing_dependency"
    exit_status = 8
    http_status = 501


class StorageFull(StarwhaleError):
    """No space, inodes or quota left; nothing of the write is visible."""

    code = "storage_full"
    exit_status = 9
    http_status = 507


class Corrupted(StarwhaleError):
    """Stored bytes are not those that were written."""

    code = "corrupted"
    exit_status = 10
    http_status = 500


class Unavailable(StarwhaleError):
    """Something needed does not answer now; trying again may help."""

    code = "unavailable"
    exit_status = 11
    http_status = 503
