"""Where the parts of a run lie: names of tables, keys of rows, the directory of its journals."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

EXPERIMENTS = "experiments"
METRICS = "metrics"
SYSTEM = "system"
PROCESSES = "processes"


def runs_path(project: str) -> str:
    """Path of the table with one row per run of a project."""
    return f"{project}/{EXPERIMENTS}"


@dataclass(frozen=True, slots=True)
class RunPlace:
    """Where one run lies.

    Attributes:
        root: Root of the store.
        project: Its project.
        run: Its id.
    """

    root: Path
    project: str
    run: str

    @property
    def prefix(self) -> str:
        """Beginning of the paths of all its tables."""
        return f"{self.project}/experiment/{self.run}/"

    @property
    def journals(self) -> Path:
        """Directory of the journals of its processes."""
        return self.root / EXPERIMENTS / self.project / self.run

    @property
    def runs(self) -> str:
        """Table with the row of this run."""
        return runs_path(self.project)

    @property
    def processes(self) -> str:
        """Table with a row per process."""
        return f"{self.prefix}{PROCESSES}"

    @property
    def params(self) -> str:
        """Table with a row per parameter."""
        return f"{self.prefix}params"

    @property
    def artifacts(self) -> str:
        """Table with a row per artifact."""
        return f"{self.prefix}artifacts"

    @property
    def parts(self) -> str:
        """Table with the pieces of large files."""
        return f"{self.prefix}parts"

    @property
    def facts(self) -> str:
        """Table with a row per thing that was collected."""
        return f"{self.prefix}facts"

    @property
    def console(self) -> str:
        """Table with what was printed."""
        return f"{self.prefix}console"

    def points(self, kind: str) -> str:
        """Table with the points of the series of a kind, many in a row."""
        return f"{self.prefix}{kind}"

    def summary(self, kind: str) -> str:
        """Table with a row per series of a kind and process."""
        return f"{self.prefix}{kind}_summary"


def series_key(name: str, process: str, sequence: int | None = None) -> str:
    """Key of a row of points; without `sequence` that of a summary."""
    return f"{name}//{process}" if sequence is None else f"{name}//{process}/{sequence:010d}"


def series_range(name: str) -> tuple[str, str]:
    """First key of the rows of a series, and the key to stop before; the odd other row may lie between."""
    return f"{name}//", f"{name}/0"
