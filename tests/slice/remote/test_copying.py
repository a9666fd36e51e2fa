"""Packages go from one instance to another: only what is missing, whole or not at all, and on after a cut."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from tests.fault.storage.proxy import Fault, FaultProxy, Plan, Request
from tests.remote_server import Served

from starwhale.artifacts.schemas import VersionRead
from starwhale.client.parcels import SMALL
from starwhale.core.errors import Conflict, Corrupted, NotFound, StarwhaleError, Unavailable, UsageError
from starwhale.core.handlers import HandlerSpec
from starwhale.core.kinds import Kind
from starwhale.core.uri import ArtifactUri
from starwhale.instance.copying import Moved, copy
from starwhale.instance.local import LocalInstance
from starwhale.instance.opening import Instance
from starwhale.instance.remote import RemoteInstance
from starwhale.models.builder import BuildRequest
from starwhale.runtimes.builder import BuildRequest as RuntimeRequest
from starwhale.storage.blobs.names import key_of
from starwhale.storage.blobs.verifying import verify

HANDLER = HandlerSpec(id="evaluate:predict", module="evaluate", qualname="predict", kind="predict")
LARGE = 3 << 20


def made(instance: LocalInstance, kind: Kind, place: Path) -> VersionRead:
    """A version of a kind, with a tag."""
    me = instance.actor
    if kind is Kind.DATASET:
        writer = instance.datasets.writer(me, "self", "thing", None)
        for number in range(300):
            writer.put(number, {"x": number, "text": f"row {number} " * 20})
        writer.put(1000, {"image": b"\1" * LARGE})
        return writer.commit(tags=["best"], message="made here")
    place.mkdir(exist_ok=True)
    if kind is Kind.MODEL:
        (place / "evaluate.py").write_text("def predict(data): ...\n")
        for number in range(12):
            (place / f"{number}.bin").write_bytes(bytes([number]) * (50_000 + number))
        (place / "large.bin").write_bytes(b"\2" * LARGE)
        request = BuildRequest(workdir=place, name="thing", modules=("evaluate",), tags=("best",))
        return instance.models.build(me, "self", request, discover=lambda *_: [HANDLER])
    (place / "runtime.yaml").write_text("name: thing\ndependencies: [{pip: [alpha]}]\n")
    described = RuntimeRequest(yaml=place / "runtime.yaml", lock=False, tags=("best",))
    return instance.runtimes.build(me, "self", described)


def blobs_of(instance: Instance, version: VersionRead) -> set[str]:
    return {version.manifest, *instance.references[version.kind.value](version.manifest)}


def has(instance: Instance, project: str, name: str, kind: Kind = Kind.MODEL) -> bool:
    return instance.artifacts.head(instance.actor, project, kind, name) is not None


@pytest.mark.parametrize("kind", [Kind.DATASET, Kind.MODEL, Kind.RUNTIME])
def test_a_package_goes_up_and_comes_down_elsewhere(
    mine: LocalInstance, team: RemoteInstance, project: str, tmp_path: Path, kind: Kind
) -> None:
    from starwhale.core.settings import Settings

    source = made(mine, kind, tmp_path / "digits")
    moved: list[Moved] = []
    up = copy(mine, source, team, project, "copy", progress=moved.append)
    assert (up.version, up.manifest, up.message, up.size) == (
        source.version,
        source.manifest,
        source.message or f"copied from {source.uri}",
        source.size,
    )
    assert up.tags == ("latest", "v0", "best")
    assert moved[-1].sent == moved[-1].blobs == len(blobs_of(mine, source))
    with LocalInstance(Settings.at(tmp_path / "elsewhere")) as other:
        down = copy(team, up, other, "self", "thing")
        assert (down.version, down.tags) == (source.version, ("latest", "v0", "best"))
        assert blobs_of(other, down) == blobs_of(mine, source)
        for digest in blobs_of(other, down):
            other.blobs.verify(digest)
        if kind is Kind.DATASET:
            assert other.datasets.diff(down, down).unchanged == 301
            assert other.datasets.open(down).get(17) == mine.datasets.open(source).get(17)


def test_only_what_is_missing_is_sent(
    mine: LocalInstance, team: RemoteInstance, project: str, tmp_path: Path
) -> None:
    copy(mine, made(mine, Kind.MODEL, tmp_path / "digits"), team, project, "thing")
    (tmp_path / "digits/new.bin").write_bytes(b"new" * 100)
    source = made_again(mine, tmp_path / "digits")
    moved: list[Moved] = []
    copy(mine, source, team, project, "thing", progress=moved.append, force=True)
    assert moved[-1].sent == 2  # the file, and the manifest
    moved.clear()
    assert copy(mine, source, team, project, "thing", progress=moved.append).version == source.version
    assert moved[-1].blobs == 0


def made_again(instance: LocalInstance, place: Path) -> VersionRead:
    request = BuildRequest(workdir=place, name="thing", modules=("evaluate",))
    return instance.models.build(instance.actor, "self", request, discover=lambda *_: [HANDLER])


def test_from_one_server_to_another(
    mine: LocalInstance, team: RemoteInstance, project: str, server: Served, tmp_path: Path
) -> None:
    up = copy(mine, made(mine, Kind.MODEL, tmp_path / "digits"), team, project, "thing")
    with server.instance(tmp_path / "third", f"bob-{project}") as other:
        theirs = other.projects.create(other.actor, f"other-{project}").name
        there = copy(team, up, other, theirs, "thing")
        assert there.version == up.version
        place = other.models.contents.extract(there, tmp_path / "out")
        assert (place / "large.bin").stat().st_size == LARGE


def test_within_a_server_no_byte_moves(
    mine: LocalInstance, team: RemoteInstance, project: str, tmp_path: Path
) -> None:
    up = copy(mine, made(mine, Kind.MODEL, tmp_path / "digits"), team, project, "thing")
    moved: list[Moved] = []
    again = copy(team, up, team, project, "again", progress=moved.append, ignore_tags=["best"])
    assert (again.version, again.tags, moved) == (up.version, ("latest", "v0"), [])
    with pytest.raises(UsageError, match="onto itself"):
        copy(team, up, team, project, "thing")


def test_rows_are_put_over_those_of_a_dataset_there(
    mine: LocalInstance, team: RemoteInstance, project: str, tmp_path: Path
) -> None:
    writer = team.datasets.writer(team.actor, project, "thing", None)
    writer.put(5, {"x": -5, "own": True})
    writer.put("extra", {"x": 1})
    writer.commit()
    source = made(mine, Kind.DATASET, tmp_path)
    patched = copy(mine, source, team, project, "thing")
    rows = dict(team.datasets.open(patched).scan())
    assert len(rows) == 302
    assert rows[5] == {"x": 5, "own": True, "text": "row 5 " * 20}
    whole = copy(mine, source, team, project, "thing", patch=False, force=True)
    assert whole.version == source.version
    assert team.datasets.open(whole).get("extra") is None


def test_a_tag_on_another_version_is_not_taken_away(
    mine: LocalInstance, team: RemoteInstance, project: str, tmp_path: Path
) -> None:
    first = copy(mine, made(mine, Kind.MODEL, tmp_path / "digits"), team, project, "thing")
    (tmp_path / "digits/new.bin").write_bytes(b"new")
    made_again(mine, tmp_path / "digits")
    newer = mine.artifacts.add_tags(mine.actor, named("thing"), ["best"], force=True)
    with pytest.raises(Conflict, match="best"):
        copy(mine, newer, team, project, "thing")
    head = team.artifacts.head(team.actor, project, Kind.MODEL, "thing")
    assert head is not None
    assert head.version == first.version
    assert "best" in copy(mine, newer, team, project, "thing", force=True).tags


def named(name: str, project: str = "self", version: str | None = None) -> ArtifactUri:
    return ArtifactUri(instance="local", project=project, kind=Kind.MODEL, name=name, version=version)


def test_a_project_that_is_not_there_is_not_found(
    mine: LocalInstance, team: RemoteInstance, tmp_path: Path
) -> None:
    with pytest.raises(NotFound, match="no project"):
        copy(mine, made(mine, Kind.MODEL, tmp_path / "digits"), team, "nowhere", "thing")


@pytest.fixture
def far(server: Served) -> Iterator[FaultProxy]:
    """A network to the server that does as it is told."""
    host, _, port = server.url.removeprefix("http://").partition(":")
    proxy = FaultProxy((host, int(port)))
    yield proxy
    proxy.close()


def cut_once(at: int, kind: str) -> Fault:
    return Fault(kind, 1000) if kind in {"cut", "cut-request"} else Fault(kind)


@pytest.mark.parametrize("kind", ["drop", "lost", "cut-request"])
def test_a_network_that_falters_now_and_then_is_not_noticed(
    mine: LocalInstance,
    server: Served,
    team: RemoteInstance,
    project: str,
    user: str,
    far: FaultProxy,
    tmp_path: Path,
    kind: str,
) -> None:
    source = made(mine, Kind.MODEL, tmp_path / "digits")
    far.plan = lambda request: cut_once(request.index, kind) if request.index % 7 == 6 else None
    with server.instance(tmp_path / "far", user, url=far.url) as there:
        there.projects.get(there.actor, project)
        up = copy(mine, source, there, project, "thing")
    assert up.version == source.version
    assert up.tags == ("latest", "v0", "best")


@pytest.mark.parametrize("at", range(10))
def test_an_upload_that_is_cut_goes_on_where_it_broke_off(
    mine: LocalInstance,
    server: Served,
    team: RemoteInstance,
    project: str,
    user: str,
    far: FaultProxy,
    tmp_path: Path,
    at: int,
) -> None:
    source = made(mine, Kind.MODEL, tmp_path / "digits")
    wanted = blobs_of(mine, source)
    # Small ones go with the version itself.
    large = {digest for digest in wanted if mine.blobs.size(digest) > SMALL}
    with server.instance(tmp_path / "far", user, url=far.url) as there:
        there.projects.get(there.actor, project)
        far.reset(gone_after(at + 3))
        there.http.attempts = 1
        with pytest.raises(Unavailable):
            copy(mine, source, there, project, "thing")
        arrived = {path.rpartition("/")[2] for path in put_paths(far)}
        assert not has(team, project, "thing")
        far.reset()
        moved: list[Moved] = []
        up = copy(mine, source, there, project, "thing", progress=moved.append)
    assert up.version == source.version
    assert {path.rpartition("/")[2] for path in put_paths(far)} == large - arrived
    assert moved[-1].sent == len(wanted - arrived)
    assert blobs_of(team, up) == wanted
    for digest in wanted:
        team.blobs.verify(digest)


def gone_after(number: int) -> Plan:
    """A server that answers so many requests, and then no more."""

    def plan(request: Request) -> Fault | None:
        return Fault("drop") if request.index >= number else None

    return plan


def put_paths(proxy: FaultProxy) -> list[str]:
    """Blobs that were sent, and arrived."""
    return [each.path for each in proxy.seen if each.method == "PUT" and proxy.plan(each) is None]


@pytest.mark.parametrize("at", range(10))
def test_a_download_that_is_cut_goes_on_where_it_broke_off(
    mine: LocalInstance,
    server: Served,
    team: RemoteInstance,
    project: str,
    user: str,
    far: FaultProxy,
    tmp_path: Path,
    at: int,
) -> None:
    from starwhale.core.settings import Settings

    up = copy(mine, made(mine, Kind.MODEL, tmp_path / "digits"), team, project, "thing")
    wanted = blobs_of(team, up)
    with (
        server.instance(tmp_path / "far", user, url=far.url) as there,
        LocalInstance(Settings.at(tmp_path / "elsewhere")) as other,
    ):
        other.projects.list(other.actor)
        there.projects.get(there.actor, project)
        far.reset(gone_after(2 + 2 * at))
        there.http.attempts = 1
        with pytest.raises(Unavailable):
            copy(there, up, other, "self", "thing")
        assert not has(other, "self", "thing")
        there_already = wanted - other.blobs.missing(wanted)
        far.reset()
        down = copy(there, up, other, "self", "thing")
        fetched = {each.path.rpartition("/")[2] for each in far.seen if each.method == "GET"}
        assert down.version == up.version
        assert not fetched & (there_already - {up.manifest})
        for digest in wanted:
            other.blobs.verify(digest)


def test_flipped_bits_on_the_way_are_never_stored(
    mine: LocalInstance,
    server: Served,
    team: RemoteInstance,
    project: str,
    user: str,
    far: FaultProxy,
    tmp_path: Path,
) -> None:
    from starwhale.core.settings import Settings

    up = copy(mine, made(mine, Kind.MODEL, tmp_path / "digits"), team, project, "thing")
    with (
        server.instance(tmp_path / "far", user, url=far.url) as there,
        LocalInstance(Settings.at(tmp_path / "elsewhere")) as other,
    ):
        far.plan = lambda request: Fault("flip", 999) if "/blobs/" in request.path else None
        with pytest.raises(StarwhaleError, match="is not what was written"):
            copy(there, up, other, "self", "thing")
        assert not has(other, "self", "thing")
        far.reset()
        for digest in blobs_of(team, up) - other.blobs.missing(blobs_of(team, up)):
            other.blobs.verify(digest)


def test_a_damaged_file_of_this_machine_is_not_sent(
    mine: LocalInstance, team: RemoteInstance, project: str, tmp_path: Path
) -> None:
    source = made(mine, Kind.MODEL, tmp_path / "digits")
    digest = next(each.digest for each in mine.models.contents.files(source) if each.path == "large.bin")
    path = mine.blobs.objects.path(key_of(digest))
    assert path is not None
    path.chmod(0o644)
    path.write_bytes(b"\3" * LARGE)
    with pytest.raises(StarwhaleError, match="is not what was written"):
        copy(mine, source, team, project, "thing")
    assert not has(team, project, "thing")


def test_a_digest_alone_gives_nobody_the_bytes(
    mine: LocalInstance, team: RemoteInstance, project: str, server: Served, tmp_path: Path
) -> None:
    up = copy(mine, made(mine, Kind.MODEL, tmp_path / "digits"), team, project, "thing")
    with server.instance(tmp_path / "eve-home", f"eve-{project}") as eve:
        own = eve.projects.create(eve.actor, f"eves-{project}").name
        for digest in blobs_of(team, up):
            assert not eve.blobs.exists(digest)
            with pytest.raises(NotFound):
                eve.blobs.read(digest)
        with pytest.raises(NotFound):
            eve.artifacts.open_build(
                eve.actor, project=own, kind=Kind.MODEL, name="x", manifests=[up.manifest]
            )
        told: dict[str, Any] = {"project": own, "kind": Kind.MODEL, "name": "stolen"}
        build = eve.artifacts.open_build(eve.actor, **told)
        inside = eve.blobs.within(build.id)
        assert set(inside.lacking([(each, None) for each in blobs_of(team, up)])) == blobs_of(team, up)
        fine: dict[str, Any] = {**told, "version": up.version, "manifest": up.manifest, "build": build}
        with pytest.raises(Conflict, match="was not sent"):
            eve.artifacts.publish(eve.actor, **fine)
        inside.put(mine.blobs.read(up.manifest))  # to know the manifest is not to have what it names
        with pytest.raises(Conflict, match="was not sent"):
            eve.artifacts.publish(eve.actor, **fine)
        with LocalInstance(eve.settings) as hers, pytest.raises(NotFound):
            copy(eve, up, hers, "self", "stolen")
        theirs = team.artifacts.open_build(team.actor, project=project, kind=Kind.MODEL, name="thing")
        with pytest.raises(NotFound):
            eve.blobs.within(theirs.id).put(b"into the build of another" * 1000)


@pytest.mark.parametrize("kind", Kind)
def test_what_is_damaged_here_is_healed_by_a_copy_from_there(
    mine: LocalInstance, team: RemoteInstance, project: str, tmp_path: Path, kind: Kind
) -> None:
    source = made(mine, kind, tmp_path / "source")
    up = copy(mine, source, team, project, "thing")
    wanted = sorted(blobs_of(mine, source) - {source.manifest})
    for digest in (wanted[0], source.manifest):
        place = mine.blobs.objects.path(key_of(digest))
        assert place is not None
        place.chmod(0o644)
        place.write_bytes(bytes(len(place.read_bytes())))
        with pytest.raises(Corrupted):
            verify(mine.blobs, digest, discard=True)
        copy(team, up, mine, "self", "thing")
        for each in (source.manifest, *wanted):
            verify(mine.blobs, each)


def test_verifying_says_what_is_damaged_and_removes_it_when_told(mine: LocalInstance, tmp_path: Path) -> None:
    source = made(mine, Kind.MODEL, tmp_path / "source")
    contents = mine.models.contents
    large = next(each for each in contents.files(source) if each.path == "3.bin")
    (digest,) = large.blobs
    place = mine.blobs.objects.path(key_of(digest))
    assert place is not None
    place.chmod(0o644)
    place.write_bytes(bytes(50_003))
    assert [each.path for each in contents.verify(source)] == ["3.bin"]
    assert place.exists()
    assert [each.path for each in contents.verify(source, discard=True)] == ["3.bin"]
    assert not place.exists()
    assert made_again(mine, tmp_path / "source").version == source.version
    assert contents.verify(source) == []
