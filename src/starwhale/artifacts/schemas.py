"""What the services of artifacts take and hand out."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import Enum
from typing import TYPE_CHECKING, Any, Final

from starwhale.core.errors import UsageError
from starwhale.core.instances import LOCAL
from starwhale.core.names import LATEST
from starwhale.core.uri import ArtifactUri
from starwhale.core.version import short
from starwhale.kit.suggest import nearest

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from datetime import datetime

    from starwhale.core.kinds import Kind


class Anything(Enum):
    """Says that no particular head is expected; None cannot, for it expects that there is none."""

    ANY = "any"


ANY: Final = Anything.ANY


@dataclass(frozen=True, slots=True, kw_only=True)
class VersionFacts:
    """What is said of a version, before it is published and after.

    Attributes:
        version: Its id, 40 characters.
        manifest: Digest of the manifest that names every byte of it.
        parent: Id of the version it was made from.
        message: What the user says about it.
        size: Bytes of content.
        meta: What the kind keeps beside the manifest to show without reading it.
        tags: The user's, and of a published version ``latest`` and ``v<seq>`` before them.
    """

    project: str
    kind: Kind
    name: str
    version: str
    manifest: str
    parent: str | None
    message: str
    size: int
    meta: Mapping[str, Any] = field(default_factory=dict[str, Any])
    tags: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class VersionRead(VersionFacts):
    """One version of an artifact.

    Attributes:
        seq: Counts the versions of the artifact from 0.
        removed_at: Since when it lies in the trash, itself or its artifact; None while in use.
        is_new: Set by `publish` only: False when this very version was there already.
        instance: What addresses call the instance that has it.
    """

    created_at: datetime
    created_by: str
    seq: int
    removed_at: datetime | None = None
    is_new: bool = False
    instance: str = LOCAL

    @property
    def uri(self) -> ArtifactUri:
        """Its full address on its own instance."""
        return ArtifactUri(
            instance=self.instance,
            project=self.project,
            kind=self.kind,
            name=self.name,
            version=self.version,
        )

    @property
    def is_latest(self) -> bool:
        """Whether the bare name means this version."""
        return LATEST in self.tags

    def __str__(self) -> str:
        return f"{self.name}/version/{short(self.version)}"


@dataclass(frozen=True, slots=True, kw_only=True)
class ArtifactFilter:
    """Which versions a list is to show; what is empty excludes nothing.

    Attributes:
        name: Beginning of the artifact's name.
        version: Beginning of the version's id.
        owner: Who made the version.
        latest: Only what a bare name means.
    """

    name: str = ""
    version: str = ""
    owner: str = ""
    latest: bool = False

    @classmethod
    def parse(cls, words: Iterable[str]) -> ArtifactFilter:
        """Read filters as the command line takes them: ``name=x``, ``version=x``, ``owner=x``, ``latest``.

        Raises:
            UsageError: there is no such filter.
        """
        chosen: dict[str, Any] = {}
        for word in words:
            key, equals, value = word.partition("=")
            if key == LATEST and (not equals or value.lower() in {"true", "false"}):
                chosen[key] = value.lower() != "false"
            elif key in {"name", "version", "owner"} and equals:
                chosen[key] = value
            else:
                near = nearest(key, ("name", "version", "owner", LATEST))
                raise UsageError(
                    f"unknown filter {word!r}",
                    hint=f"did you mean {near!r}?" if near else "use name=, version=, owner= or latest",
                )
        return cls(**chosen)


@dataclass(frozen=True, slots=True, kw_only=True)
class Build:
    """A build under way: while it is open, no blob written since `opened_at` is collected.

    Attributes:
        id: Number of its pin.
        expires_at: It counts no longer than this unless it is renewed.
    """

    id: int
    opened_at: datetime
    expires_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class CollectionReport:
    """What a garbage collection did, or would do.

    Attributes:
        purged: Versions and artifacts that left the trash for ever.
        blobs: Blobs deleted.
        logs: Logs of tables and jobs of which something was deleted.
        freed: Bytes of all that.
        builds: Builds under way, which hold younger blobs back.
    """

    purged: int
    blobs: int
    logs: int
    freed: int
    builds: int
