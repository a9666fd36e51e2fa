"""`swcli dataset info` and `summary`."""

from __future__ import annotations

import os
from datetime import date
from itertools import islice
from typing import TYPE_CHECKING, Any

import rich_click as click

from starwhale.cli import packages

if TYPE_CHECKING:
    from starwhale.artifacts.schemas import VersionRead
    from starwhale.cli.frame import Noun
    from starwhale.cli.session import Session
    from starwhale.storage.rows.snapshot import Snapshot
    from starwhale.storage.rows.statistics import ColumnStatistics

BARS = 20
WIDTH = 72
PICTURES = 6
PICTURED = (("media", "image"), ("media", "grayscale_image"))
LABELS = ("label", "labels", "class", "target", "category", "cls")


def add_summary(noun: Noun) -> None:
    """Register the commands."""

    @noun.leaf("info", examples=["dataset info digits", "dataset info digits/version/v1 -o json"])
    @packages.uri_argument("dataset")
    @click.pass_obj
    def info(session: Session, dataset: str) -> None:
        """Show a version of a dataset: who made it when, its rows, what its columns hold."""
        _tell_info(session, dataset)

    @noun.leaf("summary", examples=["dataset summary digits"])
    @packages.uri_argument("dataset")
    @click.pass_obj
    def summary(session: Session, dataset: str) -> None:
        """Show what a version holds: rows, bytes, each column in figures, its labels, its first images."""
        _tell_summary(session, dataset)


def _tell_info(session: Session, dataset: str) -> None:
    from starwhale.cli import units

    found = session.package(dataset, "dataset")
    told = session.instance.datasets.summary(found)
    columns = "\n".join(f"{name}: {kind}" for name, kind in told["columns"].items())
    fields = [
        *packages.described(session, found),
        ("rows", units.number(told["rows"])),
        ("columns", columns),
        *((f"info.{name}", str(value)) for name, value in told["info"].items()),
    ]
    value = {**packages.facts(found), **{key: told[key] for key in ("rows", "columns", "info")}}
    session.out.record(fields, value)


def _tell_summary(session: Session, dataset: str) -> None:
    from dataclasses import asdict

    found = session.package(dataset, "dataset")
    datasets = session.instance.datasets
    told = datasets.summary(found)
    columns = datasets.statistics(found)
    value = {**told, "statistics": [{**asdict(each), "values": list(each.values)} for each in columns]}
    session.out.record(_fields(session, found, told), value)
    if session.json:
        return
    session.out.blank()
    _draw_columns(session, columns)
    _draw_labels(session, columns, told["info"])
    _draw_pictures(session, datasets.open(found))


def _fields(session: Session, found: VersionRead, told: dict[str, Any]) -> list[tuple[str, str]]:
    from starwhale.cli import units

    return [
        ("dataset", str(found)),
        ("rows", units.number(told["rows"])),
        ("columns", units.number(len(told["columns"]))),
        ("size", units.size(told["bytes"])),
        ("files", units.number(told["files"])),
        ("created", session.out.when(told["created_at"])),
    ]


def _draw_columns(session: Session, columns: list[ColumnStatistics]) -> None:
    from starwhale.cli import units
    from starwhale.cli.output import Column
    from starwhale.cli.rows import cell

    def figure(value: Any, kind: str) -> str:
        if value is None:
            return ""
        shown = str(value) if isinstance(value, date) else cell(value)
        return f"{shown} {_unit(kind)}".rstrip()

    rows = [
        {
            "name": each.name,
            "type": each.type,
            "count": each.count,
            "missing": each.nulls + each.absent,
            "least": figure(each.minimum, each.type),
            "most": figure(each.maximum, each.type),
            "mean": figure(each.mean, each.type),
            "distinct": units.number(len(each.values)) if each.values else "",
            "bytes": "" if each.size is None else units.size(each.size),
        }
        for each in columns
    ]
    shown = (
        Column(key="name", title="COLUMN"),
        Column(key="type", cut=True),
        Column(key="count", show=units.number, right=True, rank=2),
        Column(key="missing", show=units.number, right=True, rank=1),
        Column(key="least", title="MIN", right=True, rank=3),
        Column(key="most", title="MAX", right=True, rank=3),
        Column(key="mean", right=True, rank=4),
        Column(key="distinct", right=True, rank=5),
        Column(key="bytes", title="SIZE", right=True, rank=4),
    )
    session.out.table(rows, shown, empty="no columns")


def _unit(kind: str) -> str:
    """What is measured where it is not the value itself."""
    if kind in ("str", "bytes"):
        return "chars" if kind == "str" else "B"
    return "items" if kind.startswith(("list<", "tuple<")) else ""


def _draw_labels(session: Session, columns: list[ColumnStatistics], info: dict[str, Any]) -> None:
    """How often each label occurs, as bars."""
    label = next((each for name in LABELS for each in columns if each.name == name and each.values), None)
    if label is None:
        return
    from starwhale.cli.figures import bars

    names = (info.get("class_labels") or {}).get(label.name) or []
    counts = [
        (str(names[value]) if isinstance(value, int) and 0 <= value < len(names) else str(value), count)
        for value, count in label.values[:BARS]
    ]
    session.out.blank()
    session.out.line(label.name, None)
    session.out.draw(bars(dict(counts), width=min(session.out.console().width, WIDTH), top=counts[0][1]))
    if len(label.values) > BARS:
        session.out.line(f"and {len(label.values) - BARS} more", None)


def _draw_pictures(session: Session, snapshot: Snapshot) -> None:
    from starwhale.cli import thumbnails

    columns = [name for name, tag in snapshot.manifest.columns.items() if tag in PICTURED]
    if not columns or not session.out.console().is_terminal:
        return
    images = [
        (f"{key} {columns[0]}", row[columns[0]])
        for key, row in islice(snapshot.scan(), PICTURES)
        if row.get(columns[0]) is not None and not row[columns[0]].linked
    ]
    thumbnails.draw(session.out, images, os.environ)
