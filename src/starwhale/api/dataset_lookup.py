"""Which dataset a word means, and whether it may be made."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from starwhale.api.place import Resource, ResourceType, defaults
from starwhale.api.session import at
from starwhale.core.addresses import parse_uri
from starwhale.core.errors import Conflict, NotFound, UsageError
from starwhale.core.kinds import Kind
from starwhale.core.uri import ArtifactUri

if TYPE_CHECKING:
    from starwhale.artifacts.schemas import VersionRead

CREATE_MODES = ("auto", "empty", "forbid")


def change_mode(mode: Any) -> str:
    """``patch`` or ``overwrite``.

    Raises:
        UsageError: it is neither.
    """
    text = str(getattr(mode, "value", mode))
    if text not in ("patch", "overwrite"):
        raise UsageError(f"mode {text!r} is unknown", hint="use 'patch' or 'overwrite'")
    return text


def locate(
    uri: str | Resource, create: str = "auto", *, readonly: bool = False
) -> tuple[ArtifactUri, VersionRead | None]:
    """Address of a dataset, and its version, or None where it is to be made.

    Raises:
        NotFound: it is not there and may not be made; the hint names the nearest.
        Conflict: it is there, and `create` is ``empty``.
        UsageError: the arguments contradict each other.
    """
    if create not in CREATE_MODES:
        raise UsageError(f"create={create!r} is unknown", hint=f"use one of {', '.join(CREATE_MODES)}")
    if readonly and create == "empty":
        raise UsageError("a read-only dataset cannot be created", hint="leave readonly=True out")
    text = uri.full_uri if isinstance(uri, Resource) else uri
    if isinstance(uri, Resource) and uri.typ is not ResourceType.dataset:
        raise UsageError(f"{uri} is no dataset")
    address = parse_uri(text, kind=Kind.DATASET, defaults=defaults())
    here = at(address.instance)
    try:
        base = here.datasets.resolve(here.actor, address)
    except NotFound:
        # Only a plain name can be created: a version or tag that is not there is an error.
        if readonly or create == "forbid" or not address.name or address.version is not None:
            raise
        base = None
    else:
        address = ArtifactUri(
            instance=address.instance, project=base.project, kind=Kind.DATASET, name=base.name
        )
        if create == "empty":
            raise Conflict(f"dataset {base.name!r} exists already", hint="use create='auto', or another name")
    return address, base
