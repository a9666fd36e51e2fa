"""The services of one server, each made when first used."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping
from functools import cached_property
from typing import TYPE_CHECKING

from starwhale.accounts.answers import AnswerService
from starwhale.accounts.audit import AuditService
from starwhale.accounts.doors import DoorService
from starwhale.accounts.invitations import InvitationService
from starwhale.accounts.keys import KeyService
from starwhale.accounts.members import MemberService
from starwhale.accounts.pending import PendingLoginService
from starwhale.accounts.tokens import TokenService
from starwhale.accounts.users import UserService
from starwhale.artifacts.browsing import PackageBrowser
from starwhale.artifacts.browsing_trash import TrashService
from starwhale.artifacts.service import ArtifactService
from starwhale.artifacts.sharing import SharingService
from starwhale.artifacts.uploads import UploadService
from starwhale.core.errors import Forbidden
from starwhale.core.instances import LOCAL
from starwhale.core.kinds import Kind
from starwhale.core.settings import Settings
from starwhale.core.types.link import Link, shown_uri
from starwhale.core.types.reader import Reader
from starwhale.datasets.browsing import RowBrowser
from starwhale.evaluations.documents import DocumentService
from starwhale.evaluations.overview import EvaluationOverview
from starwhale.evaluations.table_comparison import TableComparison
from starwhale.evaluations.table_intervals import TableIntervals
from starwhale.evaluations.table_sessions import TableSessions
from starwhale.evaluations.table_writing import TableWriting
from starwhale.evaluations.tables import TableService
from starwhale.experiments.writing import RunTables
from starwhale.instance.local import LocalInstance
from starwhale.jobs.entering import EntryService
from starwhale.jobs.kept_logs import FolderLogs, KeptLogs
from starwhale.jobs.lineage import LineageService
from starwhale.jobs.logs import LogArchive
from starwhale.jobs.orders import OrderService
from starwhale.jobs.pools import PoolService
from starwhale.jobs.queue import QueueService
from starwhale.jobs.service import JobService
from starwhale.jobs.usage_tracks import SUFFIX
from starwhale.jobs.veils import VeilService
from starwhale.models.browsing import FileBrowser
from starwhale.projects.browsing import ProjectBrowser
from starwhale.server.foreign import ForeignContent
from starwhale.server.job_addresses import JobAddresses
from starwhale.server.logbook import is_telling
from starwhale.server.media import MediaAddresses
from starwhale.server.media_renewal import MediaRenewal
from starwhale.server.rows import RowPages
from starwhale.server.runs import RunDesk
from starwhale.server.signing import LASTS, Signer
from starwhale.server.stores import open_store
from starwhale.server.work import WorkService
from starwhale.storage.blobs import Blobs
from starwhale.storage.tables.logs import DirectoryLogs, ObjectLogs
from starwhale.storage.tables.ports import Logs
from starwhale.storage.tables.store import TableStore
from starwhale.webhooks.service import WebhookService

if TYPE_CHECKING:
    from starwhale.runtimes.service import RuntimeService

#: Seconds that a program takes at most which a runtime has run while it is set up.
LONGEST_PROGRAM = 3600.0
_OF_INDEXES = ("UV_", "PIP_", "CONDA_", "MAMBA_", "SW_PYPI_")


def _is_for_making(name: str) -> bool:
    """Whether a variable of this process is for those who make environments: no setting, no secret."""
    if name.startswith(_OF_INDEXES):
        return True
    return not name.startswith("SW_") and not is_telling(name)


class Services(LocalInstance):
    """The services of a store, and those of its accounts.

    Args:
        settings: Where the store lies.
        media_lasts: Seconds for which addresses of media are good.
        trusts: Whether runtimes may run programs as the user of this process while they are set up.
    """

    def __init__(
        self, settings: Settings | None = None, *, media_lasts: float = LASTS, trusts: bool = True
    ) -> None:
        super().__init__(settings)
        self.media_lasts = media_lasts
        self.trusts = trusts

    def _open_link(self, link: Link) -> Reader:
        # Rows are written by users, and what they point to would be asked with the rights of the server.
        raise Forbidden(f"a server does not follow links such as {shown_uri(link.uri)[:200]!r}")

    def at(self, name: str) -> LocalInstance:
        """This instance; a server reaches no other, whatever an address that users wrote may say.

        Raises:
            Forbidden: another one is named.
        """
        if name != LOCAL:
            raise Forbidden(f"a server does not reach other instances such as {name[:200]!r}")
        return self

    @cached_property
    def runtimes(self) -> RuntimeService:
        """Runtimes; what their authors have run is told no secrets of this process, and comes to an end."""
        from starwhale.runtimes.making import Trust
        from starwhale.runtimes.service import RuntimeService

        env = {name: value for name, value in os.environ.items() if _is_for_making(name)}
        trust = Trust(programs=self.trusts, patience=LONGEST_PROGRAM)
        return RuntimeService(self.artifacts, self.blobs, self.settings, env, trust=trust)

    @cached_property
    def artifacts(self) -> ArtifactService:
        """Packages, with what is needed to know who may read which blob."""
        return ArtifactService(self.catalog, self._references)

    def _references(self, kind: Kind, manifest: str) -> Iterable[str]:
        return self.collection.references[kind.value](manifest)

    @cached_property
    def uploads(self) -> UploadService:
        """Packages that come over the network."""
        return UploadService(self.artifacts, self.blobs, ForeignContent(self.layers))

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
    def audit(self) -> AuditService:
        """What happened, and whether that was changed."""
        return AuditService(self.catalog)

    @cached_property
    def pending_logins(self) -> PendingLoginService:
        """Programs that wait to be let in by a browser."""
        return PendingLoginService(self.catalog)

    @cached_property
    def tokens(self) -> TokenService:
        """Tokens of users."""
        return TokenService(self.catalog)

    @cached_property
    def members(self) -> MemberService:
        """Members of projects."""
        return MemberService(self.catalog)

    @cached_property
    def shares(self) -> bool:
        """Whether other servers may have the same catalog and objects: then nothing lasts in `root` alone."""
        return self.settings.objects_url != str(self.settings.root / "objects")

    @cached_property
    def jobs(self) -> JobService:
        """Jobs, their steps and tasks."""
        return JobService(
            self.catalog,
            self.settings,
            archive=self._archive,
            forget=self._forget_results,
            begin_with=self._copy_results,
        )

    @cached_property
    def tables(self) -> TableStore:
        """Live tables."""
        return TableStore(self.layers, self.table_logs, self.revisions)

    @cached_property
    def table_logs(self) -> Logs:
        """Where rows lie that were written lately."""
        return ObjectLogs(self.blobs.objects) if self.shares else DirectoryLogs(self.settings.tables)

    @cached_property
    def _archive(self) -> LogArchive | None:
        return LogArchive(self.blobs.objects) if self.shares else None

    @cached_property
    def job_logs(self) -> Mapping[str, KeptLogs]:
        """What jobs have printed, as ``logs``, and what they used, as ``usage``: all that lasts of it."""
        if self._archive is not None:
            return {"logs": self._archive, "usage": self._archive.usage}
        run = self.settings.run
        return {"logs": FolderLogs(run, "logs"), "usage": FolderLogs(run, "usage", SUFFIX)}

    @cached_property
    def pools(self) -> PoolService:
        """Resource pools."""
        return PoolService(self.catalog)

    @cached_property
    def orders(self) -> OrderService:
        """Jobs that are ordered of the server."""
        return OrderService(jobs=self.jobs, models=self.models, datasets=self.datasets, pools=self.pools)

    @cached_property
    def veils(self) -> VeilService:
        """What of the packages that jobs name is hidden from whom."""
        return VeilService(self.catalog)

    @cached_property
    def lineage(self) -> LineageService:
        """What came of what."""
        return LineageService(
            artifacts=self.artifacts, packed=self.files.packed_runtime, patience=self.jobs.ledger.patience
        )

    @cached_property
    def job_queue(self) -> QueueService:
        """Jobs that wait."""
        return QueueService(self.jobs)

    @cached_property
    def job_entries(self) -> EntryService:
        """Ways into tasks that run."""
        return EntryService(self.jobs)

    @cached_property
    def job_addresses(self) -> JobAddresses:
        """Addresses of services that tasks offer."""
        return JobAddresses(self.job_entries, Signer(KeyService(self.catalog), "services"))

    @cached_property
    def work(self) -> WorkService:
        """The door for workers of jobs."""
        return WorkService(self)

    @cached_property
    def project_browser(self) -> ProjectBrowser:
        """Projects as people look at them."""
        return ProjectBrowser(self.projects)

    def _clear_logs(self, job: str) -> None:
        if self._archive is not None:
            self._archive.delete(job)
        super()._clear_logs(job)

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
        return FileBrowser(self.blobs)

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

    @cached_property
    def table_comparison(self) -> TableComparison:
        """Tables side by side."""
        return TableComparison(self.table_rows)

    @cached_property
    def table_intervals(self) -> TableIntervals:
        """How clearly tables differ."""
        return TableIntervals(self.table_rows)

    @cached_property
    def evaluations(self) -> EvaluationOverview:
        """Evaluations with their summaries."""
        return EvaluationOverview(self.jobs, self.table_rows)

    @cached_property
    def table_writing(self) -> TableWriting:
        """Tables that are written from elsewhere."""
        return TableWriting(self.table_rows)

    @cached_property
    def runs(self) -> RunDesk:
        """Tracked runs whose processes are elsewhere."""
        return RunDesk(self.experiments, TableSessions(self.projects, self.tables, RunTables()))

    @cached_property
    def rows(self) -> RowBrowser:
        """Rows of datasets as people look at them."""
        return RowBrowser(self.datasets)

    @cached_property
    def media(self) -> MediaAddresses:
        """Media of rows, by addresses that are good for a while."""
        signer = Signer(KeyService(self.catalog), "media")
        return MediaAddresses(self.rows, signer, self.media_lasts)

    @cached_property
    def report_signer(self) -> Signer:
        """Signs the addresses of media that published reports show."""
        return Signer(KeyService(self.catalog), "reports")

    @cached_property
    def media_renewal(self) -> MediaRenewal:
        """Addresses of media that have ended, made anew."""
        return MediaRenewal(self.artifacts, self.catalog, self.rows, self.media)

    @cached_property
    def row_pages(self) -> RowPages:
        """Rows for callers."""
        return RowPages(self.catalog, self.rows, self.media)

    @cached_property
    def documents(self) -> DocumentService:
        """Saved views, panels and reports."""
        return DocumentService(self.projects)

    @cached_property
    def blobs(self) -> Blobs:
        """The bytes, by digest."""
        return Blobs(open_store(self.settings.objects_url), self.settings.cache / "blobs")
