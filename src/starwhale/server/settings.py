"""Settings of a server process."""

from __future__ import annotations

from ipaddress import ip_address
from urllib.parse import urlsplit

from pydantic import BaseModel, ConfigDict, Field

from starwhale.core.settings import Settings


class ServerSettings(BaseModel):
    """What a server is started with.

    Attributes:
        store: Where its data lies.
        host: Address to listen on.
        port: Port to listen on, 0 for a free one.
        public_url: Address under which people reach it, where that is not the one it listens on.
        hosts: Further names under which it may be asked.
        proxies: Addresses of proxies in front, whose word about the caller's address counts.
        largest_body: Bytes of a request that is no upload.
        secure_cookies: Send cookies over HTTPS only; as `public_url` says, by default.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", arbitrary_types_allowed=True)

    store: Settings
    host: str = "127.0.0.1"
    port: int = Field(default=8082, ge=0, le=65535)
    public_url: str = ""
    hosts: tuple[str, ...] = ()
    proxies: tuple[str, ...] = ()
    largest_body: int = Field(default=16 << 20, gt=0)
    secure_cookies: bool | None = None

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
        name = (urlsplit(f"//{host}").hostname or "").lower()
        if name in {"localhost", *(each.lower() for each in self.hosts)}:
            return True
        if name and name == (urlsplit(self.public_url).hostname or ""):
            return True
        try:
            ip_address(name)
        except ValueError:
            return False
        return True
