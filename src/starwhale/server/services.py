"""The services of one server, each made when first used."""

from __future__ import annotations

from collections.abc import Iterable
from functools import cached_property

from starwhale.accounts.doors import DoorService
from starwhale.accounts.members import MemberService
from starwhale.accounts.tokens import TokenService
from starwhale.accounts.users import UserService
from starwhale.artifacts.service import ArtifactService
from starwhale.artifacts.uploads import UploadService
from starwhale.core.kinds import Kind
from starwhale.instance.local import LocalInstance


class Services(LocalInstance):
    """The services of a store, and those of its accounts.

    Args:
        settings: Where the store lies.
    """

    @cached_property
    def artifacts(self) -> ArtifactService:
        """Packages, with what is needed to know who may read which blob."""
        return ArtifactService(self.catalog, self._references)

    def _references(self, kind: Kind, manifest: str) -> Iterable[str]:
        return self.collection.references[kind.value](manifest)

    @cached_property
    def uploads(self) -> UploadService:
        """Packages that come over the network."""
        return UploadService(self.artifacts, self.blobs)

    @cached_property
    def doors(self) -> DoorService:
        """Coming in."""
        return DoorService(self.catalog)

    @cached_property
    def users(self) -> UserService:
        """Accounts."""
        return UserService(self.catalog)

    @cached_property
    def tokens(self) -> TokenService:
        """Tokens of users."""
        return TokenService(self.catalog)

    @cached_property
    def members(self) -> MemberService:
        """Members of projects."""
        return MemberService(self.catalog)
