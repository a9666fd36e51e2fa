"""The services of one server, each made when first used."""

from __future__ import annotations

from collections.abc import Iterable
from functools import cached_property

from starwhale.accounts.answers import AnswerService
from starwhale.accounts.doors import DoorService
from starwhale.accounts.invitations import InvitationService
from starwhale.accounts.members import MemberService
from starwhale.accounts.tokens import TokenService
from starwhale.accounts.users import UserService
from starwhale.artifacts.browsing import PackageBrowser
from starwhale.artifacts.browsing_trash import TrashService
from starwhale.artifacts.service import ArtifactService
from starwhale.artifacts.sharing import SharingService
from starwhale.artifacts.uploads import UploadService
from starwhale.core.kinds import Kind
from starwhale.evaluations.tables import TableService
from starwhale.instance.local import LocalInstance
from starwhale.jobs.orders import OrderService
from starwhale.jobs.pools import PoolService
from starwhale.jobs.queue import QueueService
from starwhale.models.browsing import FileBrowser
from starwhale.projects.browsing import ProjectBrowser
from starwhale.server.work import WorkService
from starwhale.webhooks.service import WebhookService


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
    def answers(self) -> AnswerService:
        """Requests that are sent twice and carried out once."""
        return AnswerService(self.catalog)

    @cached_property
    def invitations(self) -> InvitationService:
        """Links by which somebody makes himself an account, or becomes a member."""
        return InvitationService(self.catalog)

    @cached_property
    def tokens(self) -> TokenService:
        """Tokens of users."""
        return TokenService(self.catalog)

    @cached_property
    def members(self) -> MemberService:
        """Members of projects."""
        return MemberService(self.catalog)

    @cached_property
    def pools(self) -> PoolService:
        """Resource pools."""
        return PoolService(self.catalog)

    @cached_property
    def orders(self) -> OrderService:
        """Jobs that are ordered of the server."""
        return OrderService(jobs=self.jobs, models=self.models, datasets=self.datasets, pools=self.pools)

    @cached_property
    def job_queue(self) -> QueueService:
        """Jobs that wait."""
        return QueueService(self.jobs)

    @cached_property
    def work(self) -> WorkService:
        """The door for workers of jobs."""
        return WorkService(self)

    @cached_property
    def project_browser(self) -> ProjectBrowser:
        """Projects as people look at them."""
        return ProjectBrowser(self.projects)

    @cached_property
    def packages(self) -> PackageBrowser:
        """Packages as people look at them."""
        return PackageBrowser(self.artifacts)

    @cached_property
    def sharing(self) -> SharingService:
        """Versions in several places."""
        return SharingService(self.artifacts)

    @cached_property
    def trash(self) -> TrashService:
        """What lies in the trash of projects."""
        return TrashService(self.artifacts, self.jobs)

    @cached_property
    def files(self) -> FileBrowser:
        """Files of models and runtimes."""
        return FileBrowser(self.models)

    def webhooks(self, *, private: bool) -> WebhookService:
        """Webhooks of projects.

        Args:
            private: Whether they may point to addresses that are not public.
        """
        return WebhookService(self.catalog, private)

    @cached_property
    def table_rows(self) -> TableService:
        """Tables of evaluations and of tracking."""
        return TableService(self.projects, self.tables, self.revisions)
