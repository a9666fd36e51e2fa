"""Large blobs are read from the object store itself, where clients reach it."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import httpx2
import pytest
from tests.contract.server.houses import House, Team
from tests.contract.storage.s3 import S3Server
from tests.fault.storage.proxy import Fault, FaultProxy
from tests.stores import Stores, told_in_environment

from starwhale.core.errors import NotFound, Unavailable, UsageError
from starwhale.core.kinds import Kind
from starwhale.core.settings import Settings
from starwhale.instance.remote import RemoteInstance
from starwhale.server.app import create_app
from starwhale.server.blob_answers import WORTH_A_DETOUR
from starwhale.server.settings import ServerSettings

LARGE = os.urandom(WORTH_A_DETOUR + 12_345)
Opened = Callable[[str], RemoteInstance]


@pytest.fixture(scope="module")
def store(s3_server: S3Server) -> Iterator[FaultProxy]:
    """The store, at the address that clients know."""
    proxy = FaultProxy(s3_server.address)
    yield proxy
    proxy.close()


@pytest.fixture(scope="module")
def house(far_stores: Stores, tmp_path_factory: pytest.TempPathFactory, store: FaultProxy) -> Iterator[House]:
    made = House(tmp_path_factory.mktemp("direct"), far_stores)
    with told_in_environment(far_stores.environment):
        made.open(direct_reads=store.url)
    yield made
    made.close()


@pytest.fixture
def opened(team: Team, tmp_path: Path) -> Iterator[Opened]:
    """Machines of users, each with nothing on it."""
    made: list[RemoteInstance] = []

    def open_(user: str) -> RemoteInstance:
        place, token = tmp_path / str(len(made)), team.person(user).token
        url = team.house.processes[0].url
        made.append(RemoteInstance("team", url, token=token, user=user, settings=Settings.at(place)))
        return made[-1]

    yield open_
    for each in made:
        each.close()


@pytest.fixture
def digest(team: Team, opened: Opened, store: FaultProxy) -> str:
    """A large blob that Ada has sent."""
    ada = opened("ada")
    build = ada.artifacts.open_build(ada.actor, project=team.name, kind=Kind.MODEL, name="m")
    found = ada.blobs.within(build.id).put(LARGE)
    store.reset()
    return found


def test_bytes_and_parts_of_them_come_from_the_store(opened: Opened, digest: str, store: FaultProxy) -> None:
    blobs = opened("ada").blobs
    assert blobs.read_range(digest, 1_000, 50) == LARGE[1_000:1_050]
    assert blobs.read_range(digest, len(LARGE) - 10, 50) == LARGE[-10:]
    assert opened("ada").blobs.read(digest) == LARGE
    assert [each.method for each in store.seen] == ["GET"] * 3
    assert all(digest[2:] in each.path for each in store.seen)


def test_an_address_is_good_for_a_while_and_for_nothing_else(
    team: Team, digest: str, store: FaultProxy
) -> None:
    answer = team.owner.get(f"/blobs/{digest}", follow_redirects=False)
    assert (answer.status_code, answer.headers["cache-control"]) == (307, "no-store")
    address = answer.headers["location"]
    assert address.startswith(store.url)
    assert parse_qs(urlsplit(address).query)["X-Amz-Expires"] == ["300"]
    assert httpx2.get(address, trust_env=False).content == LARGE


def test_who_may_not_read_is_given_no_address(team: Team, opened: Opened, digest: str) -> None:
    assert team.person("eve").get(f"/blobs/{digest}", follow_redirects=False).status_code == 404
    assert team.house.caller().get(f"/blobs/{digest}", follow_redirects=False).status_code == 401
    with pytest.raises(NotFound):
        opened("eve").blobs.read(digest)


def test_small_blobs_come_from_the_server(team: Team, opened: Opened, store: FaultProxy) -> None:
    ada = opened("ada")
    build = ada.artifacts.open_build(ada.actor, project=team.name, kind=Kind.MODEL, name="m")
    small = os.urandom(20_000)
    found = ada.blobs.within(build.id).put(small)
    store.reset()
    assert opened("ada").blobs.read(found) == small
    assert not store.seen


@pytest.mark.parametrize("fault", [Fault("drop"), Fault("status", 503)])
def test_a_store_that_falters_is_asked_again(
    opened: Opened, digest: str, store: FaultProxy, fault: Fault
) -> None:
    store.reset(lambda request: fault if request.index < 2 else None)
    assert opened("ada").blobs.read(digest) == LARGE
    assert len(store.seen) == 3


def test_a_store_that_is_not_reached_is_told_of(opened: Opened, digest: str, store: FaultProxy) -> None:
    store.reset(lambda _: Fault("drop"))
    with pytest.raises(Unavailable, match="the store of objects at '127") as told:
        opened("ada").blobs.read(digest)
    assert "direct_reads" in told.value.hint
    store.reset()


def test_a_directory_is_read_through_the_server_alone(tmp_path: Path) -> None:
    settings = {"store": Settings.at(tmp_path), "direct_reads": "https://s3.example.com"}
    with pytest.raises(UsageError, match="cannot read from a directory"):
        create_app(ServerSettings.model_validate(settings))
