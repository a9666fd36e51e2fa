"""`swcli dataset diff`, `copy`, `revert` and `verify`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import rich_click as click

from starwhale.cli import packages
from starwhale.core.errors import Corrupted

if TYPE_CHECKING:
    from starwhale.cli.frame import Noun
    from starwhale.cli.session import Session
    from starwhale.datasets.diff import DatasetDiff, RowChange

EXAMPLES = 20


def add_versions(noun: Noun) -> None:
    """Register the commands."""
    _add_diff(noun)
    _add_copy(noun)
    _add_revert(noun)
    _add_verify(noun)


def _add_diff(noun: Noun) -> None:
    @noun.leaf(
        "diff",
        examples=[
            "dataset diff digits/version/v0 digits",
            "dataset diff a b --show-details",
            "dataset diff cloud://team/project/vision/dataset/digits digits",
        ],
    )
    @packages.uri_argument("dataset", "base_uri")
    @packages.uri_argument("dataset", "compare_uri")
    @click.option("--show-details", is_flag=True, help="Show the first rows that differ, field by field.")
    @click.pass_obj
    def diff(session: Session, base_uri: str, compare_uri: str, *, show_details: bool) -> None:
        """Show what differs between two versions: columns, and rows counted by key.

        They may lie on two instances; what both have is not fetched.
        """
        from starwhale.datasets.diff import diff as compare

        here, one = session.found(base_uri, "dataset")
        there, other = session.found(compare_uri, "dataset")
        examples = EXAMPLES if show_details else 0
        found = compare(here.datasets.open(one), there.datasets.open(other), examples=examples)
        _tell_diff(session, *packages.told_apart(one, other), found)


def _tell_diff(session: Session, one: str, other: str, found: DatasetDiff) -> None:
    from dataclasses import asdict

    from starwhale.cli import units

    columns = "\n".join(
        f"{each.name}: {each.before or 'absent'} → {each.after or 'absent'}" for each in found.columns
    )
    fields = [
        ("base", one),
        ("compared", other),
        *(
            (name, units.number(getattr(found, name)))
            for name in ("added", "removed", "changed", "unchanged")
        ),
        ("columns", columns or "the same"),
    ]
    session.out.record(fields, {"base": one, "compared": other, **asdict(found)})
    if found.examples and not session.json:
        session.out.blank()
        for row in found.examples:
            for line in _lines(row):
                session.out.line(line, None)


def _lines(row: RowChange) -> list[str]:
    """A row that differs, in lines: `~ 3 label: 1 → 2`."""
    from starwhale.cli.rows import cell

    sign = {"added": "+", "removed": "-", "changed": "~"}[row.kind]
    if row.kind != "changed":
        shown = row.after if row.after is not None else row.before or {}
        return [f"{sign} {row.key} " + ", ".join(f"{name}: {cell(value)}" for name, value in shown.items())]
    before, after = row.before or {}, row.after or {}
    return [
        f"{sign} {row.key} {name}: "
        f"{cell(before[name]) if name in before else 'absent'} → "
        f"{cell(after[name]) if name in after else 'absent'}"
        for name in row.fields
    ]


def _add_copy(noun: Noun) -> None:
    @noun.leaf(
        "copy",
        aliases=("cp",),
        examples=[
            "dataset copy digits local/project/other",
            "dataset copy digits cloud://team/project/vision",
            "dataset copy cloud://team/project/vision/dataset/digits digits",
            "dataset copy digits/version/v1 digits-again --overwrite",
        ],
    )
    @packages.uri_argument("dataset", "src")
    @click.argument(
        "dest",
        metavar="DESTINATION",
        help="A project, to keep the name, or a name or address of a dataset.",
    )
    @click.option("-f", "--force", is_flag=True, help="Take tags away from other versions of the copy.")
    @click.option("-dlp", "--dest-local-project", metavar="PROJECT", help="Project of the copy.")
    @click.option(
        "-i", "--ignore-tag", multiple=True, metavar="TAG", help="A tag that stays behind; may be repeated."
    )
    @click.option(
        "-p",
        "--patch",
        "mode",
        flag_value="patch",
        default=True,
        help="Put the rows over those of a dataset that is there; this is the default.",
    )
    @click.option(
        "-o", "--overwrite", "mode", flag_value="overwrite", help="Let the copy have these rows alone."
    )
    @click.pass_obj
    def copy(session: Session, src: str, dest: str, *, mode: str, **told: Any) -> None:
        """Copy a version of a dataset to another name, project or instance.

        Files that the destination has are not sent again. A copy that was cut short goes on where it
        broke off, and nothing of it is to be seen before it is whole.
        """
        from starwhale.cli.copying import copy_named

        copy_named(session, "dataset", src, dest, patch=mode == "patch", **told)


def _add_revert(noun: Noun) -> None:
    @noun.leaf("revert", examples=["dataset revert digits/version/v1"])
    @packages.uri_argument("dataset")
    @click.pass_obj
    def revert(session: Session, dataset: str) -> None:
        """Make an older version the latest again; those after it stay in the history."""
        found = session.package(dataset, "dataset")
        datasets = session.instance.datasets
        if found.is_latest:
            session.out.line(f"{found} is the latest already", {**packages.facts(found), "reverted": False})
            return
        now = datasets.revert(session.actor, found)
        text = f"{now} is the latest again ({', '.join(now.tags)})"
        session.out.line(text, {**packages.facts(now), "reverted": True})


def _add_verify(noun: Noun) -> None:
    @noun.leaf("verify", examples=["dataset verify digits", "dataset verify digits/version/v1 -o json"])
    @packages.uri_argument("dataset")
    @packages.discard_option
    @click.pass_obj
    def verify(session: Session, dataset: str, discard: bool) -> None:
        """Hash every byte of a version again and tell what is damaged."""
        from dataclasses import asdict

        from starwhale.cli import units
        from starwhale.cli.row_bar import bar
        from starwhale.storage.blobs.verifying import hint_after_damage

        found = session.package(dataset, "dataset")
        datasets = session.instance.datasets
        with bar(session, 0, "files") as told:
            damage = datasets.verify(found, lambda done, _total: told(done), discard=discard)
        size = units.size(found.size)
        value = {**packages.facts(found), "damage": [asdict(each) for each in damage]}
        if not damage:
            session.out.line(f"{found} is whole: {size} are what was written", value)
            return
        if session.json:
            session.out.document(value)
        for each in damage:
            session.out.say(f"damaged: {each.reason}")
        raise Corrupted(
            f"{found} is damaged: {len(damage)} of its files are not what was written",
            hint=hint_after_damage("dataset", discard),
        )
