"""A service with the project `self`, and short ways to publish and to name things."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import Any

import pytest

from starwhale.artifacts.schemas import VersionRead
from starwhale.artifacts.service import ArtifactService
from starwhale.catalog.engine import Catalog
from starwhale.core.actor import Actor
from starwhale.core.addresses import Defaults, parse_uri
from starwhale.core.kinds import Kind
from starwhale.core.uri import ArtifactUri
from starwhale.core.version import version_of
from starwhale.projects.service import ProjectService

ME = Actor(name="me", admin=True)


def version(content: object) -> str:
    """The id that `content` would have."""
    return version_of(hashlib.sha256(repr(content).encode()).digest())


def digest(content: object) -> str:
    """The digest of a manifest of `content`."""
    return hashlib.sha256(f"manifest {content!r}".encode()).hexdigest()


def uri(text: str, kind: Kind = Kind.DATASET, project: str = "self") -> ArtifactUri:
    """Read an address as a person writes it."""
    return parse_uri(text, kind=kind, defaults=Defaults(project=project))


@dataclass(frozen=True)
class Shelf:
    """Artifacts of the project `self`, under short names."""

    service: ArtifactService

    def publish(self, name: str, content: object, **more: Any) -> VersionRead:
        facts: dict[str, Any] = {
            "project": "self",
            "kind": Kind.DATASET,
            "version": version(content),
            "manifest": digest(content),
            **more,
        }
        return self.service.publish(ME, name=name, **facts)

    def resolve(self, text: str, **where: Any) -> VersionRead:
        return self.service.resolve(ME, uri(text, **where))

    def tags(self, text: str) -> tuple[str, ...]:
        return self.service.tags(ME, uri(text))


@pytest.fixture
def shelf(catalog: Catalog) -> Shelf:
    ProjectService(catalog).ensure_default(ME)
    return Shelf(ArtifactService(catalog))
