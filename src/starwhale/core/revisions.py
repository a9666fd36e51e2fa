"""Who changes something names what he has seen of it, so that he undoes nothing of somebody else's."""

from __future__ import annotations

import json
from hashlib import sha256

from starwhale.core.errors import Outdated


def revision_of(*facts: object) -> str:
    """A name for the present state of something: 32 hexadecimal digits.

    Args:
        facts: All that can be changed of it.
    """
    told = json.dumps(facts, default=str, sort_keys=True)
    return sha256(told.encode(errors="surrogatepass")).hexdigest()[:32]


def check_revision(expected: str | None, present: str, what: str) -> None:
    """Refuse a change to what somebody else has changed.

    Args:
        expected: The revision that the caller has seen; None to change whatever is there.
        present: That of now.
        what: What it is, for the message.

    Raises:
        Outdated: they differ.
    """
    if expected is not None and expected != present:
        raise Outdated(f"{what} was changed meanwhile", hint="look at it again and repeat the change")
