"""The programs and the wheel that environments are made with, as this machine is configured."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from starwhale.core.config import load_config
from starwhale.runtimes.indexes import Indexes, of_config, of_environment
from starwhale.runtimes.making import EVERYTHING, Maker, Trust
from starwhale.runtimes.own import OwnWheel
from starwhale.runtimes.uv import Uv, find_uv

if TYPE_CHECKING:
    from starwhale.core.settings import Settings


@dataclass(frozen=True, slots=True)
class Tools:
    """What is needed to resolve and to install.

    Args:
        settings: Where the user's config.yaml and caches lie.
        env: Environment variables of the process; they may name package indexes.
        pack: Gives Starwhale itself as a wheel, kept in the directory it is called with.
        trust: What runtimes may have run.
    """

    settings: Settings
    env: Mapping[str, str]
    pack: Callable[[Path], OwnWheel]
    trust: Trust = EVERYTHING

    def uv(self, indexes: Indexes | None = None, *, cache: bool = True) -> Uv:
        """The resolver, with the indexes of the environment, of a runtime and of config.yaml, in this order.

        Raises:
            MissingDependency: it is not installed.
        """
        configured = of_config(load_config(self.settings.config_path).extra.get("pypi"))
        sources = of_environment(self.env).over(indexes or Indexes()).over(configured)
        env = self.env if self.trust.programs else {**self.env, "UV_NO_BUILD": "1"}
        return Uv(program=find_uv(self.env), env=env, indexes=sources, cache=cache)

    def own(self) -> OwnWheel:
        """Starwhale itself."""
        return self.pack(self.settings.cache)

    def maker(self, indexes: Indexes) -> Maker:
        """Makes environments of packages from these indexes."""
        return Maker(uv=self.uv(indexes), own=self.own(), env=self.env, trust=self.trust)
