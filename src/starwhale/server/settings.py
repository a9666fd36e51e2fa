"""Settings of a server process."""

from __future__ import annotations

import re
from ipaddress import ip_address
from typing import TYPE_CHECKING, Literal
from urllib.parse import urlsplit

from pydantic import BaseModel, ConfigDict, Field, SecretStr, field_validator

from starwhale.core.errors import InvalidSpec
from starwhale.core.resources import of_texts
from starwhale.core.settings import DEFAULT_LEASE_SECONDS, Settings
from starwhale.server.machine import room_for_tables
from starwhale.server.rates import BURST, Rate, Rates
from starwhale.server.signing import LASTS

if TYPE_CHECKING:
    from starwhale.accounts.providers import Provider

_HOST = re.compile(r"[A-Za-z0-9]([A-Za-z0-9.-]{0,251}[A-Za-z0-9])?")


class ServerSettings(BaseModel):
    """What a server is started with. `Field.description` is what `swcli server config` says of each."""

    model_config = ConfigDict(frozen=True, extra="forbid", arbitrary_types_allowed=True)

    store: Settings
    host: str = Field(default="127.0.0.1", min_length=1, description="Address to listen on; 0.0.0.0 for all.")
    port: int = Field(default=8082, ge=0, le=65535, description="Port to listen on; 0 takes a free one.")
    public_url: str = Field(default="", description="Address under which people reach it, behind proxies.")
    hosts: tuple[str, ...] = Field(default=(), description="Further names under which it may be asked.")
    proxies: tuple[str, ...] = Field(
        default=(), description="Proxies whose word about the caller's address counts."
    )
    workers: int = Field(default=1, ge=1, le=64, description="Processes that answer requests.")
    largest_body: int = Field(default=16 << 20, gt=0, description="Bytes of a request that is no upload.")
    largest_upload: int = Field(
        default=16 << 30, gt=0, description="Bytes of files that are sent at once to be made a dataset."
    )
    upload_memory: int = Field(
        default=2 << 30,
        ge=512 << 20,
        description="Bytes of memory that a build of files that were sent may have; two are made at a time.",
    )
    upload_seconds: int = Field(
        default=3600,
        ge=10,
        le=10**6,
        description="Seconds of a processor that one build of files that were sent may take.",
    )
    table_cache: int = Field(
        default_factory=room_for_tables,
        ge=0,
        description="Bytes of tables and lists of files kept decoded for the next question, per process; "
        "by default a 32nd of the memory, from 128 MiB to 1 GiB.",
    )
    secure_cookies: bool | None = Field(
        default=None, description="Send cookies over HTTPS only; as `public_url` says, by default."
    )
    anonymous_rate: float = Field(
        default=100.0,
        ge=0,
        description="Requests a second of one address that nobody logged in from; 0 for no limit.",
    )
    user_rate: float = Field(
        default=2000.0, ge=0, description="Requests a second of one account; 0 for no limit."
    )
    executor: Literal["local", "none"] = Field(
        default="local",
        description="Where jobs run: `local`, beside the server; `none`: other servers run them.",
    )
    most_jobs: int = Field(
        default=4, ge=1, le=1000, description="Jobs that run beside this server at a time."
    )
    labels: dict[str, str] = Field(
        default_factory=dict[str, str],
        description="Labels of this server, such as {gpu: a100}; it runs jobs of pools whose labels are all"
        " among them.",
    )
    capacity: dict[str, int | float] = Field(
        default_factory=dict[str, "int | float"],
        description="What tasks may have of this machine, such as {cpu: 8, memory: 32Gi, gpu: 2}; what is not"
        " named is found.",
    )
    shell_idle: float = Field(
        default=1800.0,
        gt=0,
        le=10**6,
        description="Seconds without a byte after which a terminal in a task is closed.",
    )
    direct_reads: str = Field(
        default="",
        description="Where clients reach the object store themselves, such as https://s3.example.com; large"
        " blobs are then read there. Empty: all bytes pass through this server.",
    )
    media_lasts: float = Field(
        default=LASTS,
        ge=1,
        le=3000,
        description="Seconds for which addresses of media in rows are good; pages that stay open ask anew.",
    )
    lease: float = Field(
        default=DEFAULT_LEASE_SECONDS,
        ge=0.5,
        le=3600,
        description="Seconds that a worker may stay silent; a server, three times as many.",
    )
    worker_user: str = Field(
        default="",
        max_length=64,
        description="User of this machine that workers of jobs run as, or numbers of users who have no name,"
        " such as 20000-20999, of which each job that runs has one to itself.",
    )
    collect_every: float = Field(
        default=24.0,
        ge=0,
        le=10**5,
        description="Hours from one collection of garbage to the next; 0: only `swcli server gc` collects.",
    )
    oidc_issuer: str = Field(
        default="", description="Another provider to log in with, such as https://id.example.com."
    )
    oidc_client_id: str = Field(default="", description="What that provider calls this server.")
    oidc_client_secret: SecretStr = Field(
        default=SecretStr(""), description="What this server shows that provider."
    )
    oidc_domains: tuple[str, ...] = Field(
        default=(), description="Domains of mail of those who may come in so; all where none is named."
    )
    oidc_create: bool = Field(
        default=True, description="Give an account to whoever comes in so for the first time."
    )
    grace: float = Field(
        default=20.0, ge=0, le=3600, description="Seconds that requests get to end when it stops."
    )
    drain: float = Field(
        default=0.0,
        ge=0,
        le=3600,
        description="Seconds for which it says that it stops, and still takes requests.",
    )
    log_format: Literal["text", "json"] = Field(
        default="text", description="Log lines for people, or as JSON."
    )
    log_level: Literal["debug", "info", "warning", "error"] = Field(
        default="info", description="Least level logged."
    )
    metrics_token: SecretStr = Field(
        default=SecretStr(""), description="What Prometheus shows as bearer token; administrators need none."
    )
    webhooks_to_private: bool = Field(
        default=False, description="Let webhooks reach private addresses, such as of this network."
    )
    telemetry: str = Field(
        default="", description="OTLP endpoint that traces go to, such as http://collector:4318."
    )
    env: dict[str, SecretStr] = Field(
        default_factory=dict[str, SecretStr],
        description="Variables of its environment, such as AWS_ACCESS_KEY_ID.",
    )

    @field_validator(
        "port",
        "workers",
        "largest_body",
        "largest_upload",
        "upload_memory",
        "upload_seconds",
        "table_cache",
        "anonymous_rate",
        "user_rate",
        "most_jobs",
        "shell_idle",
        "media_lasts",
        "collect_every",
        "grace",
        "drain",
        mode="before",
    )
    @classmethod
    def _is_no_flag(cls, value: object) -> object:
        if isinstance(value, bool):  # else `port: yes` were port 1
            raise ValueError("must be a number")  # noqa: TRY004  (pydantic would take that for our fault)
        return value

    @field_validator("capacity", mode="before")
    @classmethod
    def _is_capacity(cls, given: object) -> object:
        if not isinstance(given, dict):
            return given
        try:
            return {name: each["limit"] for name, each in of_texts(given).items()}
        except InvalidSpec as exc:
            raise ValueError(exc.message) from exc

    @field_validator("oidc_issuer")
    @classmethod
    def _is_issuer(cls, text: str) -> str:
        cls._is_url(text)
        return text  # compared letter by letter with what the provider calls itself

    @field_validator("public_url", "telemetry")
    @classmethod
    def _is_url(cls, text: str) -> str:
        parts = urlsplit(text)
        if text and (parts.scheme not in {"http", "https"} or not parts.hostname):
            raise ValueError("must be an address such as https://sw.example.com")
        if parts.username or parts.password:
            raise ValueError("must hold no password")
        return text.rstrip("/")

    @field_validator("hosts")
    @classmethod
    def _are_names(cls, names: tuple[str, ...]) -> tuple[str, ...]:
        for name in names:
            if not _HOST.fullmatch(name):
                raise ValueError(f"{name[:80]!r} is no name of a host")
        return names

    @field_validator("proxies")
    @classmethod
    def _are_addresses(cls, addresses: tuple[str, ...]) -> tuple[str, ...]:
        for address in addresses:
            try:
                ip_address(address)
            except ValueError as exc:
                raise ValueError(f"{address[:80]!r} is no address, such as 10.0.0.2") from exc
        return addresses

    @property
    def rates(self) -> Rates:
        """Buckets that count the requests of one process, until they are shared."""
        return Rates(
            Rate(self.anonymous_rate, self.anonymous_rate * BURST),
            Rate(self.user_rate, self.user_rate * BURST),
        )

    @property
    def provider(self) -> Provider | None:
        """The other provider to log in with; None where there is none."""
        if not self.oidc_issuer:
            return None
        from starwhale.accounts.providers import Provider, ProviderSettings

        return Provider(
            ProviderSettings(
                issuer=self.oidc_issuer,
                client_id=self.oidc_client_id,
                client_secret=self.oidc_client_secret.get_secret_value(),
                domains=self.oidc_domains,
                create=self.oidc_create,
            )
        )

    @property
    def secure(self) -> bool:
        """Whether cookies go over HTTPS only."""
        if self.secure_cookies is not None:
            return self.secure_cookies
        return self.public_url.startswith("https://")

    def may_be_called(self, host: str) -> bool:
        """Whether a request may name this host.

        Names that a stranger can point here are refused, since a browser takes them for his own site: only
        bare addresses, this machine's own name, and what is configured are answered.

        Args:
            host: What stood in the header ``Host``.
        """
        try:
            name = (urlsplit(f"//{host}").hostname or "").lower()
        except ValueError:
            return False
        if name in {"localhost", *(each.lower() for each in self.hosts)}:
            return True
        if name and name == (urlsplit(self.public_url).hostname or ""):
            return True
        try:
            ip_address(name)
        except ValueError:
            return False
        return True
