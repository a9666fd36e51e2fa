"""`swcli check`: is everything here that Starwhale needs, and what would make it better."""

from __future__ import annotations

import os
import sys
from dataclasses import asdict, dataclass
from importlib import metadata
from typing import TYPE_CHECKING

import rich_click as click
from click.exceptions import Exit

from starwhale.cli import units
from starwhale.cli.frame import Leaf
from starwhale.core.errors import StarwhaleError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from starwhale.cli.session import Session

LEAST_FREE = 64 * 2**20
GOOD_FREE = 2 * 2**30
PRIVATE = 0o077
# module, what it is for, how to get it
EXTRAS = (
    ("pillow", "images as PIL", "pip install 'starwhale[media]'"),
    ("soundfile", "audio as arrays", "pip install 'starwhale[media]'"),
    ("scikit-learn", "metrics of classification and regression", "pip install 'starwhale[metrics]'"),
    ("pycocotools", "metrics of detection", "pip install 'starwhale[metrics]'"),
    ("sacrebleu", "BLEU and chrF", "pip install 'starwhale[metrics]'"),
    ("rouge-score", "ROUGE", "pip install 'starwhale[metrics]'"),
    ("jiwer", "word and character error rates", "pip install 'starwhale[metrics]'"),
    ("uvicorn", "serving models over HTTP", "pip install 'starwhale[serve]'"),
    ("fastapi", "running a server", "pip install 'starwhale[server]'"),
    ("psycopg", "a catalog in PostgreSQL", "pip install 'starwhale[postgresql]'"),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """What one check found.

    Attributes:
        name: What was looked at.
        state: `ok`, `warning` or `failed`.
        detail: What is there.
        hint: What to do about it; empty when all is well.
    """

    name: str
    state: str
    detail: str
    hint: str = ""


@click.command("check", cls=Leaf, examples=["check", "check -o json"])
@click.pass_obj
def check(session: Session) -> None:
    """Check that this machine has what Starwhale needs.

    Exits with 1 when something that is needed is missing. Optional packages are only mentioned.
    """
    from starwhale.cli.output import Column

    findings = list(_findings(session))
    columns = (
        Column(key="state", show=_mark, title=" "),
        Column(key="name", title="CHECK"),
        Column(key="detail"),
        Column(key="hint"),
    )
    session.out.table([asdict(finding) for finding in findings], columns)
    failed = [finding.name for finding in findings if finding.state == "failed"]
    if failed:
        session.out.say(f"not ready: {', '.join(failed)}")
        raise Exit(1)


def _mark(state: str) -> str:
    return {"ok": "✓", "warning": "!", "failed": "✗"}[state]


def _findings(session: Session) -> Iterator[Finding]:
    yield _program()
    yield _machine()
    yield _storage(session.settings.root)
    yield _catalog(session)
    yield _config(session)
    for package, purpose, remedy in EXTRAS:
        yield _extra(package, purpose, remedy)


def _program() -> Finding:
    versions = f"starwhale {metadata.version('starwhale')}, Python {sys.version.split()[0]}"
    return Finding(name="program", state="ok", detail=versions)


def _machine() -> Finding:
    uname = os.uname()
    pages = os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
    cpus = os.cpu_count() or 1
    detail = f"{uname.sysname} {uname.machine}, {cpus} CPUs, {units.size(pages)} memory"
    return Finding(name="machine", state="ok", detail=detail)


def _storage(root: Path) -> Finding:
    """Whether the store can be written, in itself or in the nearest directory above it that exists."""
    import shutil

    there = root
    while not there.exists():
        there = there.parent
    if not there.is_dir() or not os.access(there, os.W_OK | os.X_OK):
        hint = "make it writable, or set SW_LOCAL_STORAGE to another directory"
        return Finding(name="storage", state="failed", detail=f"{there} cannot be written", hint=hint)
    free = shutil.disk_usage(there).free
    detail = f"{root}, {units.size(free)} free"
    if free < LEAST_FREE:
        hint = "free some space, or set SW_LOCAL_STORAGE to another disk"
        return Finding(name="storage", state="failed", detail=detail, hint=hint)
    if free < GOOD_FREE:
        return Finding(name="storage", state="warning", detail=detail, hint="`swcli gc` frees some space")
    return Finding(name="storage", state="ok", detail=detail)


def _catalog(session: Session) -> Finding:
    """Whether the catalog opens; one that does not exist yet is not made for the sake of looking."""
    settings = session.settings
    if settings.catalog_url.startswith("sqlite:") and not settings.root.exists():
        return Finding(name="catalog", state="ok", detail="not there yet; the first build makes it")
    try:
        with session.here.catalog.read():
            return Finding(name="catalog", state="ok", detail=session.here.catalog.place)
    except StarwhaleError as error:
        return Finding(name="catalog", state="failed", detail=error.message, hint=error.hint)


def _config(session: Session) -> Finding:
    path = session.settings.config_path
    try:
        _ = session.config
    except StarwhaleError as error:
        return Finding(name="config", state="failed", detail=error.message, hint=error.hint)
    if not path.exists():
        return Finding(name="config", state="ok", detail="not there; everything is at its default")
    if path.stat().st_mode & PRIVATE:
        hint = f"chmod 600 {path}"
        return Finding(name="config", state="warning", detail=f"others can read {path}", hint=hint)
    return Finding(name="config", state="ok", detail=str(path))


def _extra(package: str, purpose: str, remedy: str) -> Finding:
    try:
        return Finding(name=package, state="ok", detail=f"{metadata.version(package)}, for {purpose}")
    except metadata.PackageNotFoundError:
        return Finding(name=package, state="warning", detail=f"missing, for {purpose}", hint=remedy)
