"""What the addresses in a plan mean to an instance that reads it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from starwhale.core.addresses import Defaults, parse_uri
from starwhale.core.errors import InvalidUri, NotFound
from starwhale.core.uri import DEFAULT_PROJECT

if TYPE_CHECKING:
    from starwhale.core.kinds import Kind
    from starwhale.core.uri import ArtifactUri


def meant_here(kind: Kind, text: str, project: str = DEFAULT_PROJECT) -> ArtifactUri | None:
    """What an address in a plan means; None where it means nothing that can be known here.

    So it is for a runtime that is packed, which has none, and for an alias, which only the configuration of
    whoever typed it knows.

    Args:
        kind: Of what.
        text: The address, as the plan has it.
        project: What is named without a project lies there.
    """
    if "/" not in text:
        return None
    try:
        return parse_uri(text, kind=kind, defaults=Defaults(project=project))
    except (InvalidUri, NotFound):
        return None
