"""What obstore raises, in our words."""

from __future__ import annotations

from collections.abc import Generator
from contextlib import contextmanager

import obstore.exceptions

from starwhale.core.errors import Conflict, Forbidden, NotFound, StarwhaleError, Unavailable, UsageError

# By name, since some of the classes are deprecated and may go. A test holds this against the library.
MEANING: dict[str, type[StarwhaleError]] = {
    "FileNotFoundError": NotFound,
    "NotFoundError": NotFound,
    "PermissionDeniedError": Forbidden,
    "UnauthenticatedError": Forbidden,
    "InvalidPathError": UsageError,
    "UnknownConfigurationKeyError": UsageError,
    "ValueError": UsageError,
    "AlreadyExistsError": Conflict,
    "PreconditionError": Conflict,
    "NotModifiedError": Conflict,
    "NotSupportedError": Unavailable,
    "JoinError": Unavailable,
    "GenericError": Unavailable,
    "BaseError": Unavailable,
}
_HINT: dict[type[StarwhaleError], str] = {
    Forbidden: "check the keys of the object store and what they may do",
    Unavailable: "check the address and the network, and try again",
}


@contextmanager
def remote_errors(place: str) -> Generator[None]:
    """Turn what the client of an object store raises into our errors.

    Raises:
        NotFound: no such object or bucket.
        Forbidden: the keys are wrong or may not do this.
        Unavailable: the store did not answer as it should, also after several attempts.
    """
    try:
        yield
    except (obstore.exceptions.BaseError, OSError, ValueError) as exc:
        raise translated(exc, place) from exc


def translated(exc: Exception, place: str) -> StarwhaleError:
    """Our error for `exc`, which the client raised for the store at `place`."""
    kind = MEANING.get(type(exc).__name__, Unavailable)
    # The rest of what obstore says is a dump of its own structures.
    reason = str(exc).partition("\n")[0].strip()
    return kind(f"object store {place}: {reason}", hint=_HINT.get(kind, ""))
