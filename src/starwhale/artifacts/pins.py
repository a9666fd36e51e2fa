"""What garbage collection leaves alone: builds under way, and manifests that readers may still hold.

A blob is written before anything names it, so a build opens a pin first: from then on no younger blob is
collected. A build whose pin is gone may have lost blobs; publishing it is refused. Since collection drops
dead pins in the transaction in which it reads what is alive, a build is either seen by it or refused.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from sqlalchemy import delete, func, insert, select, update

from starwhale.artifacts.schemas import Build
from starwhale.catalog.tables.artifacts import ArtifactRow, PinRow, VersionRow
from starwhale.core.errors import Conflict
from starwhale.kit.times import utc_now

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from sqlalchemy.orm import Session

    from starwhale.core.actor import Actor
    from starwhale.core.kinds import Kind

#: So long a build counts without being renewed.
BUILD_LASTS = timedelta(hours=24)
#: So long readers may go on with a manifest that was replaced.
READERS_LAST = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class PinRepository:
    """Pins as rows of the transaction `session`."""

    session: Session

    def open_build(
        self, actor: Actor, project: int, kind: Kind, purpose: str, manifests: Sequence[str]
    ) -> Build:
        """Open a build for a project that may re-use what `manifests` name.

        Raises:
            Conflict: one of the manifests is no longer that of any version.
        """
        query = select(func.count(VersionRow.manifest.distinct())).where(VersionRow.manifest.in_(manifests))
        if manifests and self.session.scalar(query) != len(set(manifests)):
            raise Conflict(f"what {purpose} is based on was removed meanwhile", hint="open it again")
        now = utc_now()
        until = now + BUILD_LASTS
        pin_id = self._add(actor, kind, purpose, manifests, since=now, expires_at=until, project=project)
        return Build(id=pin_id, opened_at=now, expires_at=until)

    def renew(self, build: Build) -> Build:
        """Let a build count for another while.

        Raises:
            Conflict: it has been given up.
        """
        until = utc_now() + BUILD_LASTS
        pin_id = self.session.scalar(
            update(PinRow).where(PinRow.id == build.id).values(expires_at=until).returning(PinRow.id)
        )
        if pin_id is None:
            raise _given_up()
        return Build(id=build.id, opened_at=build.opened_at, expires_at=until)

    def close_build(self, build: Build, *, finished: bool) -> None:
        """Take the pin of a build away.

        Raises:
            Conflict: it is `finished`, but its pin was gone already.
        """
        pin_id = self.session.scalar(delete(PinRow).where(PinRow.id == build.id).returning(PinRow.id))
        if finished and pin_id is None:
            raise _given_up()

    def retire(self, actor: Actor, kind: Kind, purpose: str, manifest: str) -> None:
        """Keep the bytes of a replaced manifest for those who are reading by it."""
        self._add(actor, kind, purpose, [manifest], since=None, expires_at=utc_now() + READERS_LAST)

    def drop_expired(self, now: datetime) -> None:
        """Take away the pins whose time is over."""
        self.session.execute(delete(PinRow).where(PinRow.expires_at <= now))

    def build_starts(self) -> list[datetime]:
        """When the builds under way were opened."""
        return [moment for moment in self.session.scalars(select(PinRow.since)) if moment is not None]

    def live_manifests(self) -> Iterator[tuple[str, str]]:
        """Kind and digest of every manifest whose bytes must stay, those in the trash included."""
        versions = (
            select(ArtifactRow.kind, VersionRow.manifest)
            .distinct()
            .join(VersionRow, VersionRow.artifact_id == ArtifactRow.id)
        )
        for kind, manifest in self.session.execute(versions):
            yield kind, manifest
        for kind, manifests in self.session.execute(select(PinRow.kind, PinRow.manifests)):
            for manifest in manifests:
                yield kind, manifest

    def _add(
        self,
        actor: Actor,
        kind: Kind,
        purpose: str,
        manifests: Sequence[str],
        *,
        since: datetime | None,
        expires_at: datetime,
        project: int | None = None,
    ) -> int:
        values = {
            "kind": kind.value,
            "manifests": list(manifests),
            "since": since,
            "expires_at": expires_at,
            "purpose": purpose,
            "created_by": actor.name,
            "user_id": actor.user,
            "project_id": project,
        }
        return self.session.scalars(insert(PinRow).values(values).returning(PinRow.id)).one()


def _given_up() -> Conflict:
    lasted = int(BUILD_LASTS.total_seconds() // 3600)
    return Conflict(f"the build was idle for more than {lasted} hours and was given up", hint="build again")
