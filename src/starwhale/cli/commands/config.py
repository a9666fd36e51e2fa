"""`swcli config`."""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING

import rich_click as click

from starwhale.cli.frame import Noun
from starwhale.core.errors import Conflict, StarwhaleError, UsageError

if TYPE_CHECKING:
    from pathlib import Path

    from starwhale.cli.session import Session

config = Noun(name="config", help="Change the settings of swcli.")


@config.leaf("edit", aliases=("e",), examples=["config edit"])
@click.pass_obj
def edit(session: Session) -> None:
    """Edit the config file in your editor.

    You edit a copy, in $VISUAL or $EDITOR. It takes the place of the file only when it can be read;
    otherwise the sentence names the line, and your text is kept beside it.
    """
    from starwhale.core.config import load_config, update_config

    named = os.environ.get("VISUAL") or os.environ.get("EDITOR")  # where click looks as well
    if not named and not sys.stdin.isatty():
        raise UsageError("there is no terminal to edit in", hint="name an editor in EDITOR")
    path = session.settings.config_path.resolve()
    if not path.exists():
        update_config(path, lambda fresh: fresh)
    before = path.read_bytes()
    draft = _draft(path, before)
    try:
        click.edit(filename=str(draft))
    except click.ClickException:  # there is no such editor, or it failed
        draft.unlink()
        raise
    after = draft.read_bytes()
    if after != before:
        try:
            load_config(draft)
            _replace(path, before, after)
        except StarwhaleError as error:
            kept = f"your text is kept in {draft}"
            error.hint = f"{error.hint}; {kept}" if error.hint else kept
            raise
    draft.unlink()
    text = f"{path} is changed" if after != before else "nothing was changed"
    session.out.line(text, {"path": path, "changed": after != before})


def _draft(path: Path, content: bytes) -> Path:
    """A copy beside the file, for nobody else to read: tokens are in it."""
    draft = path.with_name(f"draft-{os.getpid()}-{path.name}")
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        file.write(content)
    return draft


def _replace(path: Path, before: bytes, after: bytes) -> None:
    from starwhale.kit.files import atomic_write, locked

    with locked(path.with_name(f"{path.name}.lock")):
        if path.read_bytes() != before:
            raise Conflict(f"{path} was changed by somebody else meanwhile", hint="edit it again")
        atomic_write(path, after, mode=0o600)
