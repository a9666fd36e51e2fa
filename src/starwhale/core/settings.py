"""Where things lie on this machine, read once from the environment.

Plain dataclasses, no pydantic: the CLI and every worker load this.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from starwhale.core.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Mapping

DEFAULT_LEASE_SECONDS = 30.0
_DAY = 86_400.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """Places and limits of one process, passed to whatever needs them.

    Attributes:
        root: Directory that holds everything of a standalone store; made when first written to.
        config_path: The user's config.yaml.
        catalog_url: SQLAlchemy URL of the catalog.
        objects_url: Where blobs lie: a directory as absolute path, or ``s3://…``, ``gs://…``, ``az://…``.
        lease_seconds: How long a worker may stay silent before its range goes to another one.
    """

    root: Path
    config_path: Path
    catalog_url: str
    objects_url: str
    lease_seconds: float = DEFAULT_LEASE_SECONDS

    @classmethod
    def from_env(cls, env: Mapping[str, str]) -> Settings:
        """Read ``SW_LOCAL_STORAGE``, ``SW_CLI_CONFIG`` and their like; an empty value counts as absent.

        Raises:
            UsageError: a number is not one.
        """
        home = Path(env.get("HOME") or Path.home())
        config = _place(env.get("SW_CLI_CONFIG"), home) or home / ".config" / "starwhale" / "config.yaml"
        root = _place(env.get("SW_LOCAL_STORAGE"), home) or home / ".local" / "share" / "starwhale"
        return cls(
            root=root,
            config_path=config,
            catalog_url=env.get("SW_CATALOG_URL") or _catalog_in(root),
            objects_url=env.get("SW_OBJECTS_URL") or str(root / "objects"),
            lease_seconds=_seconds(env, "SW_LEASE_SECONDS", DEFAULT_LEASE_SECONDS),
        )

    @classmethod
    def at(cls, root: Path) -> Settings:
        """Settings of a store that lies wholly below `root`, its config.yaml as well."""
        root = root.resolve()
        return cls(
            root=root,
            config_path=root / "config.yaml",
            catalog_url=_catalog_in(root),
            objects_url=str(root / "objects"),
        )

    def to_env(self) -> dict[str, str]:
        """The variables that make `from_env` of another process read the same settings."""
        return {
            "SW_LOCAL_STORAGE": str(self.root),
            "SW_CLI_CONFIG": str(self.config_path),
            "SW_CATALOG_URL": self.catalog_url,
            "SW_OBJECTS_URL": self.objects_url,
            "SW_LEASE_SECONDS": repr(self.lease_seconds),
        }

    @property
    def tables(self) -> Path:
        """Logs of tables that are being written."""
        return self.root / "tables"

    @property
    def run(self) -> Path:
        """Work directories of jobs, one each."""
        return self.root / "run"

    @property
    def cache(self) -> Path:
        """Copies of what lies elsewhere; may be deleted at any time when nothing runs."""
        return self.root / "cache"


def _catalog_in(root: Path) -> str:
    return f"sqlite:///{root / 'catalog.sqlite'}"


def _place(text: str | None, home: Path) -> Path | None:
    # Made absolute, since workers run in directories of their own.
    if not text:
        return None
    if text == "~" or text.startswith("~/"):
        return (home / text[2:]).resolve()
    return Path(text).resolve()


def _seconds(env: Mapping[str, str], name: str, default: float) -> float:
    text = env.get(name)
    if not text:
        return default
    try:
        value = float(text)
    except ValueError:
        value = 0.0
    if not 0.0 < value <= _DAY:
        raise UsageError(f"{name} is {text!r}, expected seconds above 0, at most {_DAY:.0f}")
    return value
