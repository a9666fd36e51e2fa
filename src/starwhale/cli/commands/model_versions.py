"""`swcli model diff`, `extract`, `copy` and `verify`."""

from __future__ import annotations

from typing import TYPE_CHECKING

import rich_click as click

from starwhale.cli import packages
from starwhale.cli.copying import add_copy
from starwhale.core.errors import Corrupted

if TYPE_CHECKING:
    from starwhale.cli.frame import Noun
    from starwhale.cli.session import Session
    from starwhale.models.diff import FileChange, FileDiff

_SIGNS = {"added": "+", "removed": "-", "changed": "~"}


def add_versions(noun: Noun) -> None:
    """Register the commands."""
    _add_diff(noun)
    _add_extract(noun)
    add_copy(noun, "model")
    _add_verify(noun)


def _add_diff(noun: Noun) -> None:
    @noun.leaf(
        "diff",
        examples=[
            "model diff digits/version/v0 digits",
            "model diff a b --show-details",
            "model diff cloud://team/project/vision/model/digits digits",
        ],
    )
    @packages.uri_argument("model", "base_uri")
    @packages.uri_argument("model", "compare_uri")
    @click.option("--show-details", is_flag=True, help="Show the lines that differ in files that are text.")
    @click.pass_obj
    def diff(session: Session, base_uri: str, compare_uri: str, *, show_details: bool) -> None:
        """Show which files differ between two versions: added, removed, changed.

        They may lie on two instances; only files whose lines are shown are fetched.
        """
        from starwhale.models.diff import diff_files

        here, one = session.found(base_uri, "model")
        there, other = session.found(compare_uri, "model")
        before, after = here.models.contents.files(one), there.models.contents.files(other)
        mine = {each.digest for each in before}

        def read(digest: str) -> bytes:
            return (here if digest in mine else there).blobs.read(digest)

        found = diff_files(before, after, read if show_details else None)
        _tell_diff(session, *packages.told_apart(one, other), found)


def _tell_diff(session: Session, one: str, other: str, found: FileDiff) -> None:
    from dataclasses import asdict

    from starwhale.cli import units

    counts = {name: found.count(name) for name in ("added", "removed", "changed")}
    value = {"base": one, "compared": other, **counts, **asdict(found)}
    if session.json:
        session.out.document(value)
        return
    shown = {**counts, "unchanged": found.unchanged}
    session.out.record(
        [
            ("base", one),
            ("compared", other),
            *((name, units.number(count)) for name, count in shown.items()),
        ],
        None,
    )
    if found.files:
        session.out.blank()
    for each in found.files:
        session.out.line(f"{_SIGNS[each.change]} {each.path} ({_sizes(each)})", None)
        for line in each.lines or ():
            session.out.line(f"  {line}", None)


def _sizes(file: FileChange) -> str:
    from starwhale.cli import units

    sizes = [units.size(size) for size in (file.size_before, file.size_after) if size is not None]
    mode = ", may be executed in one only" if file.mode_changed else ""
    return " → ".join(dict.fromkeys(sizes)) + mode


def _add_extract(noun: Noun) -> None:
    @noun.leaf("extract", examples=["model extract digits", "model extract digits/version/v1 ./old -f"])
    @packages.uri_argument("model")
    @click.argument(
        "target_dir",
        required=False,
        metavar="[DIRECTORY]",
        help="Where to; by default a directory of the model's name in this one.",
    )
    @click.option(
        "-f", "--force", is_flag=True, help="Go into a directory that is not empty, over its files."
    )
    @click.pass_obj
    def extract(session: Session, model: str, target_dir: str | None, *, force: bool) -> None:
        """Lay the files of a version out in a directory."""
        from pathlib import Path

        from starwhale.cli import units

        found = session.package(model, "model")
        models = session.instance.models
        target = Path(target_dir or found.name)
        packages.check_room(target, force=force)
        place = models.contents.extract(found, target, force=force)
        count = len(models.contents.files(found))
        value = {**packages.facts(found), "directory": str(place.resolve()), "files": count}
        session.out.line(f"{found}: {units.counted(count, 'file')} in {place}", value)


def _add_verify(noun: Noun) -> None:
    @noun.leaf("verify", examples=["model verify digits", "model verify digits/version/v1 -o json"])
    @packages.uri_argument("model")
    @packages.discard_option
    @click.pass_obj
    def verify(session: Session, model: str, discard: bool) -> None:
        """Hash every file of a version again and tell what is damaged."""
        from dataclasses import asdict

        from starwhale.cli import units
        from starwhale.cli.row_bar import bar
        from starwhale.storage.blobs.verifying import hint_after_damage

        found = session.package(model, "model")
        models = session.instance.models
        with bar(session, 0, "files") as told:
            damage = models.contents.verify(found, lambda done, _total: told(done), discard=discard)
        value = {**packages.facts(found), "damage": [asdict(each) for each in damage]}
        if not damage:
            session.out.line(f"{found} is whole: {units.size(found.size)} are what was written", value)
            return
        if session.json:
            session.out.document(value)
        for each in damage:
            session.out.say(f"damaged: {each.path}: {each.reason}")
        raise Corrupted(
            f"{found} is damaged: {len(damage)} of its files are not what was written",
            hint=hint_after_damage("model", discard),
        )
