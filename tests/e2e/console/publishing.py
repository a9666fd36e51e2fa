"""Datasets that somebody sends to a server that runs, with the SDK."""

from __future__ import annotations

from collections.abc import Generator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from tests.e2e.console.visiting import House

from starwhale.core.kinds import Kind
from starwhale.core.settings import Settings
from starwhale.core.uri import ArtifactUri
from starwhale.instance.remote import RemoteInstance

Rows = Mapping[int | str, Mapping[str, Any]]


@contextmanager
def reached(house: House, name: str, home: Path) -> Generator[RemoteInstance]:
    """A server as somebody reaches it, with a directory of his own."""
    with house.as_(name) as http:
        token = http.post("/me/tokens", {"name": home.name})["token"]
    settings = Settings.at(home)
    with RemoteInstance("team", house.url, token=token, user=name, settings=settings) as instance:
        yield instance


@contextmanager
def writing(there: RemoteInstance, project: str, name: str) -> Generator[Any]:
    """Takes rows of the next version of a dataset, which is there in the end."""
    uri = ArtifactUri(instance="team", project=project, kind=Kind.DATASET, name=name)
    writer = there.datasets.writer(there.actor, project, name, there.datasets.find(there.actor, uri))
    try:
        yield writer
        writer.commit()
    finally:
        writer.close()


def publish(there: RemoteInstance, project: str, name: str, rows: Rows) -> None:
    """Send rows as the next version of a dataset."""
    with writing(there, project, name) as writer:
        for key, row in rows.items():
            writer.put(key, dict(row))
