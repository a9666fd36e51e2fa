"""What lies on the server that the tests of administration look at."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import pytest
from tests.e2e.console.visiting import PASSWORD, House

from starwhale.client.http import Http
from starwhale.core.kinds import Kind
from starwhale.core.settings import Settings
from starwhale.core.uri import ArtifactUri
from starwhale.instance.remote import RemoteInstance

PROJECT = "steel"
OWNER, MAKER, GUEST = "olga", "mio", "gus"


@dataclass(frozen=True, slots=True)
class Office:
    """A server with something to administer.

    Attributes:
        project: Of `OWNER`, with members, webhooks, and things in the trash.
        webhook: Number of one of its webhooks, which has deliveries.
    """

    house: House
    project: str
    webhook: int


@pytest.fixture(scope="session")
def office(house: House, tmp_path_factory: pytest.TempPathFactory) -> Office:
    with house.as_("admin") as http:
        for name in (OWNER, MAKER, GUEST, "dora"):
            http.post("/users", {"name": name, "password": PASSWORD, "email": f"{name}@example.com"})
        http.patch("/users/dora", {"disabled": True})
        http.post("/invitations", {"email": "newcomer@example.com"})
        http.post("/pools", _pool("gpus", "Machines with two GPUs each.", private=True, users=[OWNER]))
        http.post("/pools", {"name": "small", "bounds": {"memory": {"most": "2Gi", "default": "512Mi"}}})
    with house.as_(OWNER) as http:
        http.post("/projects", {"name": PROJECT, "description": "What the cameras of the rolling mill see."})
        http.put(f"/projects/{PROJECT}/members/{MAKER}", {"role": "MAINTAINER"})
        http.put(f"/projects/{PROJECT}/members/{GUEST}", {"role": "GUEST"})
        http.post(f"/projects/{PROJECT}/invitations", {"email": "vera@example.com", "role": "GUEST"})
        hook = http.post(
            f"/projects/{PROJECT}/webhooks",
            {
                "url": "https://ci.invalid/starwhale",
                "events": ["*"],
                "description": "Tells the night shift.",
            },
        )
        http.patch(f"/projects/{PROJECT}", {"description": "What the cameras of the mill see at night."})
        _throw_away(house, http, tmp_path_factory.mktemp("thrown"))
    return Office(house, PROJECT, hook["id"])


def _pool(name: str, description: str, **more: object) -> dict[str, object]:
    bounds = {"cpu": {"most": 16, "default": 1}, "memory": {"most": "64Gi"}, "nvidia.com/gpu": {"most": 2}}
    return {
        "name": name,
        "description": description,
        "labels": {"gpu": "h200", "hall": "north"},
        "bounds": bounds,
        **more,
    }


def _throw_away(house: House, http: Http, place: Path) -> None:
    """Have a dataset, and a version of another, in the trash."""
    token = http.post("/me/tokens", {"name": "night shift"})["token"]
    with RemoteInstance("team", house.url, token=token, user=OWNER, settings=Settings.at(place)) as there:
        for name, value in (("scrap", 1), ("plates", 1), ("plates", 2), ("plates", 3)):
            _publish(there, name, value)
        there.artifacts.remove(there.actor, _uri("scrap"))
        there.artifacts.remove(there.actor, _uri("plates", "v0"))


def _publish(there: RemoteInstance, name: str, value: int) -> None:
    writer = there.datasets.writer(there.actor, PROJECT, name, there.datasets.find(there.actor, _uri(name)))
    try:
        writer.put(0, {"x": value})
        writer.commit(message=f"Number {value}.")
    finally:
        writer.close()


def _uri(name: str, version: str | None = None) -> ArtifactUri:
    return ArtifactUri(instance="team", project=PROJECT, kind=Kind.DATASET, name=name, version=version)
