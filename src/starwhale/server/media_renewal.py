"""Addresses of media whose time is over, made anew for whoever may still read the rows."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from starwhale.artifacts.uses import BlobUses
from starwhale.core.errors import NotFound, StarwhaleError, UsageError
from starwhale.core.instances import LOCAL
from starwhale.core.kinds import Kind
from starwhale.core.uri import ArtifactUri
from starwhale.datasets.cells_shown import MediaPlace
from starwhale.server.media import ADDRESS
from starwhale.server.signing import facts_of

if TYPE_CHECKING:
    from starwhale.artifacts.schemas import VersionRead
    from starwhale.artifacts.service import ArtifactService
    from starwhale.catalog.engine import Catalog
    from starwhale.core.actor import Actor
    from starwhale.datasets.browsing import RowBrowser
    from starwhale.server.media import MediaAddresses

Whose = tuple[str, str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Renewed:
    """An address, and the blob behind it; None where the bytes lie in the row itself."""

    url: str
    ref: str | None


@dataclass(frozen=True, slots=True)
class MediaRenewal:
    """Renews addresses of media.

    Nothing that an old address says is trusted, its signature neither asked for: whoever shows it must be
    allowed to read the version as if he asked for the row.

    Args:
        artifacts: Finds versions.
        catalog: Knows who may read which blob.
        rows: The rows.
        media: Makes addresses.
    """

    artifacts: ArtifactService
    catalog: Catalog
    rows: RowBrowser
    media: MediaAddresses

    def renew(self, actor: Actor, urls: Sequence[str]) -> list[str | None]:
        """A good address for each; None where there is none for the caller any more."""
        versions: dict[Whose, VersionRead | None] = {}
        found = [self._renewed(actor, url, versions) for url in urls]
        refs = {each.ref for each in found if each is not None and each.ref is not None}
        readable: set[str] = set()
        if refs:
            with self.catalog.read() as session:
                readable = BlobUses(session, self.catalog.dialect).readable(actor, refs)
        return [
            each.url if each is not None and (each.ref is None or each.ref in readable) else None
            for each in found
        ]

    def _renewed(self, actor: Actor, url: str, versions: dict[Whose, VersionRead | None]) -> _Renewed | None:
        try:
            whose, place = _read(url)
            version = versions[whose] if whose in versions else self._version(actor, whose)
            versions[whose] = version
            if version is None:
                return None
            cell = self.rows.media(version.manifest, place)
        except StarwhaleError:
            return None
        if cell.ref is None and cell.data is None:
            return None
        return _Renewed(url=self.media.address(version, place), ref=cell.ref)

    def _version(self, actor: Actor, whose: Whose) -> VersionRead | None:
        project, name, version = whose
        uri = ArtifactUri(instance=LOCAL, project=project, kind=Kind.DATASET, name=name, version=version)
        try:
            return self.artifacts.resolve(actor, uri)
        except NotFound:
            return None


def _read(url: str) -> tuple[Whose, MediaPlace]:
    """Of which version an address is, and where in it.

    Raises:
        UsageError: it is none of ours.
    """
    facts = facts_of(url.removeprefix(ADDRESS)) if url.startswith(ADDRESS) else None
    match facts:
        case [str(), (int() | str()) as key, [str(), *_] as path, [str(project), str(name), str(version)]]:
            if not isinstance(key, bool) and all(type(step) in {int, str} for step in path):
                return (project, name, version), MediaPlace(key=key, path=tuple(path))
        case _:
            pass
    raise UsageError("this is no address of media in a row", hint="ask for the row again")
