"""Names of things for TAB: datasets, models, jobs, projects of the current project."""

from __future__ import annotations

from typing import TYPE_CHECKING

import rich_click as click
from click.shell_completion import CompletionItem

from starwhale.cli.plain import visible, visible_line
from starwhale.cli.session import Session

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

MOST = 100


def complete(kind: str) -> Callable[[click.Context, click.Parameter, str], list[CompletionItem]]:
    """What completes an argument that names a `dataset`, `model`, `job` or `project`."""

    def offered(ctx: click.Context, _param: click.Parameter, incomplete: str) -> list[CompletionItem]:
        session = ctx.find_object(Session)
        if session is None or not session.settings.root.exists():
            return []
        try:
            return list(_found(session, kind, incomplete))
        except Exception:  # noqa: BLE001  a shell that waits for words has no place for an error
            return []
        finally:
            session.close()

    return offered


def _found(session: Session, kind: str, incomplete: str) -> Iterator[CompletionItem]:
    from starwhale.artifacts.schemas import ArtifactFilter
    from starwhale.core.kinds import Kind
    from starwhale.core.page import PageRequest
    from starwhale.core.version import short

    page, place = PageRequest(size=MOST), session.project("")
    instance, actor = session.instance, session.actor
    if kind == "project":
        words = ((each.name, each.description) for each in instance.projects.list(actor, page))
    elif kind == "job":
        words = (
            (short(each.id), f"{each.state} {each.handler}")
            for each in instance.jobs.list(actor, place, page)
        )
    else:
        newest = ArtifactFilter(name=incomplete, latest=True)
        versions = instance.artifacts.list(actor, place, Kind(kind), newest, page=page)
        words = ((each.name, each.message) for each in versions)
    for word, told in words:
        # the shell types a word as it is, and shows what is told about it in one line
        if word.startswith(incomplete) and visible_line(word) == word:
            yield CompletionItem(word, help=" ".join(visible(told).split()))
