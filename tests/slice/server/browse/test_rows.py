"""Rows of datasets over HTTP: page by page, filtered, one by one, with their media."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any

import numpy as np
import pytest
from pydantic import ValidationError
from sqlalchemy import delete
from starlette.testclient import TestClient
from tests.slice.server.browse.conftest import API, OWNER, Made
from tests.slice.server.conftest import ClientOf

from starwhale import Audio, Binary, BoundingBox, ClassLabel, Image, Link, Text
from starwhale.accounts.keys import KeyService
from starwhale.catalog.tables.artifacts import BlobUseRow
from starwhale.core.kinds import Kind
from starwhale.datasets import browsing, matches, row_walk
from starwhale.server.app import create_app
from starwhale.server.services import Services
from starwhale.server.settings import ServerSettings
from starwhale.server.signing import LASTS, Signer, facts_of

DATA = f"{API}/projects/vision/datasets"
PNG = b"\x89PNG\r\n\x1a\n" + bytes(100)


def told(client: TestClient, place: str, **asked: Any) -> Any:
    answer = client.get(place, params=asked)
    assert answer.status_code == 200, answer.text
    return answer.json()


def asked(client: TestClient, place: str, **body: Any) -> Any:
    answer = client.post(f"{place}/rows/query", json=body)
    assert answer.status_code == 200, answer.text
    return answer.json()


@pytest.fixture
def numbers(ada: TestClient, make_dataset: Made) -> str:
    """Address of a version: a hundred numbers, three texts for keys, one row changed and one removed."""
    make_dataset("numbers", {key: {"x": key, "even": key % 2 == 0, "word": f"w{key}"} for key in range(100)})
    more: dict[int | str, dict[str, Any]] = {"a": {"x": 1.5}, "b": {"x": None}, "7": {"x": -1}}
    make_dataset("numbers", {**more, 5: {"x": 500}})
    return f"{DATA}/numbers/versions/latest"


def test_rows_come_page_by_page_numbers_before_texts(ada: TestClient, numbers: str) -> None:
    found, cursor = [], ""
    while True:
        page = told(ada, f"{numbers}/rows", size=40, cursor=cursor, columns=["x"])
        found += page["items"]
        cursor = page["next"]
        if cursor is None:
            break
    assert [each["key"] for each in found] == [*range(100), "7", "a", "b"]
    assert (found[5]["values"], found[-1]["values"], page["total"]) == ({"x": 500}, {"x": None}, 103)
    row = told(ada, f"{numbers}/rows/one", key="5")
    assert row["values"] == {"x": 500, "even": False, "word": "w5"}


@pytest.mark.parametrize(
    ("start", "first"), [("97", 97), ('"7"', "7"), ("a", "a"), ("98.5", "a"), ("-3", 0), ('"zz"', None)]
)
def test_one_jumps_to_a_key(ada: TestClient, numbers: str, start: str, first: int | str | None) -> None:
    page = told(ada, f"{numbers}/rows", start=start, size=1)
    assert [each["key"] for each in page["items"]] == ([] if first is None else [first])


@pytest.mark.parametrize(
    ("where", "keys"),
    [
        ({"op": ">", "column": "x", "value": 97.5}, [5, 98, 99]),
        ({"op": "=", "column": "x", "value": 1.5}, ["a"]),
        ({"op": "=", "column": "word", "value": "w12"}, [12]),
        ({"op": "=", "column": "x", "value": "12"}, []),
        ({"op": "is_null", "column": "x"}, ["b"]),
        ({"op": "<", "column": "id", "value": 2}, [0, 1]),
        ({"op": "in", "column": "id", "values": [3, "a", 200]}, [3, "a"]),
        ({"op": "contains", "column": "word", "value": "w9"}, [9, *range(90, 100)]),
        (
            {
                "op": "and",
                "parts": [
                    {"op": "=", "column": "even", "value": True},
                    {"op": "not", "part": {"op": "<", "column": "x", "value": 96}},
                ],
            },
            [96, 98],
        ),
        (
            {
                "op": "or",
                "parts": [
                    {"op": "=", "column": "id", "value": 1},
                    {"op": "=", "column": "x", "value": -1},
                ],
            },
            [1, "7"],
        ),
    ],
)
def test_a_filter_chooses_rows(
    ada: TestClient, numbers: str, where: dict[str, Any], keys: list[int | str]
) -> None:
    assert [each["key"] for each in asked(ada, numbers, where=where)["items"]] == keys


def test_a_question_that_looks_at_too_many_rows_goes_on_by_its_cursor(
    ada: TestClient, numbers: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(row_walk, "LOOKED_AT", 30)
    where = {"op": "=", "column": "word", "value": "w99"}
    found, cursor, questions = [], "", 0
    while cursor is not None:
        page = asked(ada, numbers, where=where, cursor=cursor)
        found += page["items"]
        cursor, questions = page["next"], questions + 1
        assert page["looked_at"] <= 30
    assert ([each["key"] for each in found], questions) == ([99], 4)


def test_one_jumps_to_a_number(ada: TestClient, numbers: str) -> None:
    page = told(ada, f"{numbers}/rows", offset=99, size=3)
    assert ([each["key"] for each in page["items"]], page["places"]) == ([99, "7", "a"], [99, 100, 101])
    further = told(ada, f"{numbers}/rows", cursor=page["next"])
    assert [each["key"] for each in further["items"]] == ["b"]
    assert told(ada, f"{numbers}/rows", offset=103)["items"] == []
    for more in ({"start": "1"}, {"cursor": page["next"]}):
        assert ada.get(f"{numbers}/rows", params={"offset": 1, **more}).status_code == 400
    for wrong in (-1, 2**60):
        assert ada.get(f"{numbers}/rows", params={"offset": wrong}).status_code == 422


def test_one_jumps_to_a_number_among_those_that_a_filter_wants(ada: TestClient, numbers: str) -> None:
    where = {"op": "=", "column": "even", "value": True}
    page = asked(ada, numbers, where=where, offset=48, size=5)
    assert ([each["key"] for each in page["items"]], page["places"]) == ([96, 98], [96, 98])
    count = ada.post(f"{numbers}/rows/count", json={"where": where}).json()
    assert count == {"matched": 50, "looked_at": 103, "total": 103}
    assert ada.post(f"{numbers}/rows/count", json={}).json()["matched"] == 103
    assert ada.post(f"{numbers}/rows/query", json={"offset": 1, "start": 0}).status_code == 400


@pytest.mark.parametrize(
    ("key", "place", "found", "among", "found_among"),
    [
        ("0", 0, True, 0, True),
        ("97", 97, True, 49, False),
        ("98", 98, True, 49, True),
        ("1000", 100, False, 50, False),
        ('"7"', 100, True, 50, False),
        ("aa", 102, False, 50, False),
        ("9" * 30, 101, False, 50, False),
    ],
)
def test_one_learns_at_which_number_a_key_lies(
    ada: TestClient, numbers: str, key: str, place: int, found: bool, among: int, found_among: bool
) -> None:
    answer = ada.post(f"{numbers}/rows/place", json={"key": key})
    assert answer.json() == {"place": place, "found": found, "done": True}
    where = {"op": "=", "column": "even", "value": True}
    answer = ada.post(f"{numbers}/rows/place", json={"key": key, "where": where})
    assert answer.json() == {"place": among, "found": found_among, "done": True}


def test_counting_many_rows_goes_on_with_the_next_question(
    ada: TestClient, numbers: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(browsing, "PATIENCE", -1)
    monkeypatch.setattr(matches, "_STEP", 10)
    where = {"op": "=", "column": "word", "value": "w99"}
    body = {"where": where, "key": "99"}
    places, counts = [ada.post(f"{numbers}/rows/place", json=body).json()], []
    while not places[-1]["done"]:
        places.append(ada.post(f"{numbers}/rows/place", json=body).json())
    while not counts or counts[-1]["looked_at"] < counts[-1]["total"]:
        counts.append(ada.post(f"{numbers}/rows/count", json={"where": where}).json())
    assert (len(places) > 1, places[-1]) == (True, {"place": 0, "found": True, "done": True})
    assert counts[-1] == {"matched": 1, "looked_at": 103, "total": 103}


def test_rows_come_by_their_keys(ada: TestClient, numbers: str) -> None:
    wanted: list[Any] = ["b", 5, 7, "7", "5", 1000, 2**63, -(2**70), "é\u2028"]
    answer = ada.post(f"{numbers}/rows/keys", json={"keys": wanted, "columns": ["x"]})
    found = answer.json()
    assert [(each["key"], each["values"]) for each in found["items"]] == [
        ("b", {"x": None}),
        (5, {"x": 500}),
        (7, {"x": 7}),
        ("7", {"x": -1}),
    ]
    assert (found["missing"], found["left"]) == (wanted[4:], [])
    assert ada.post(f"{numbers}/rows/keys", json={"keys": []}).status_code == 422
    unknown = ada.post(f"{numbers}/rows/keys", json={"keys": [1], "columns": ["wrod"]})
    assert (unknown.status_code, unknown.json()["hint"]) == (400, "did you mean 'word'?")


def test_large_rows_come_in_several_answers(
    ada: TestClient, numbers: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(browsing, "LARGEST_PAGE", 40)
    keys, rows = list(range(10)), []
    while keys:
        found = ada.post(f"{numbers}/rows/keys", json={"keys": keys}).json()
        assert len(found["left"]) < len(keys)
        rows, keys = rows + found["items"], found["left"]
    assert [each["key"] for each in rows] == list(range(10))


def test_what_a_version_lacks_is_refused_in_a_sentence(ada: TestClient, numbers: str) -> None:
    missing = ada.get(f"{numbers}/rows", params={"columns": ["wrod"]})
    assert (missing.status_code, missing.json()["hint"]) == (400, "did you mean 'word'?")
    assert ada.get(f"{numbers}/rows/one", params={"key": "1000"}).status_code == 404
    for cursor in ("x", "W10", "e30", "WzIsIDFd", "é", "WzEsWzFdXQ"):
        assert ada.get(f"{numbers}/rows", params={"cursor": cursor}).status_code == 400, cursor
    deep: dict[str, Any] = {"op": "=", "column": "x", "value": 1}
    for _ in range(300):
        deep = {"op": "not", "part": deep}
    assert ada.post(f"{numbers}/rows/query", json={"where": deep}).status_code == 400
    huge = ada.get(f"{numbers}/rows", params={"start": "9" * 30})
    assert huge.status_code in {200, 400}


def test_values_are_json_for_people(ada: TestClient, make_dataset: Made) -> None:
    row: dict[str, Any] = {
        "nan": float("nan"),
        "inf": [1.0, float("-inf")],
        "raw": b"\x00\xff" * 100,
        "when": datetime(2026, 1, 2, 3, 4, tzinfo=UTC),
        "day": date(2026, 1, 2),
        "big": 2**80,
        "mixed": {"a": [1, "x", None], "b": {"c": (1, 2)}},
        "label": ClassLabel(["cat", "dog"]),
        "box": BoundingBox(1, 2, 3, 4),
        "link": Link("s3://user:secret@bucket/key?sig=1", data_type={"type": "image"}),
        "long": "é" * 20_000,
    }
    make_dataset("all", {0: row})
    (shown,) = told(ada, f"{DATA}/all/versions/latest/rows")["items"]
    values = shown["values"]
    assert (values["nan"], values["inf"], values["big"]) == ("NaN", [1.0, "-Infinity"], str(2**80))
    assert values["raw"] == {"type": "bytes", "size": 200, "head": "00ff" * 16}
    assert (values["when"], values["day"]) == ("2026-01-02T03:04:00+00:00", "2026-01-02")
    assert values["mixed"] == {"a": [1, "x", None], "b": {"c": [1, 2]}}
    assert (values["box"]["type"], values["label"]["type"]) == ("bounding_box", "class_label")
    assert (values["link"]["uri"], values["link"]["data_type"]) == (
        "s3://bucket/key",
        {"dict": {"type": "image"}},
    )
    assert (len(values["long"]), shown["cut"]) == (10_000, ["long"])
    assert len(told(ada, f"{DATA}/all/versions/latest/rows/one", key="0")["values"]["long"]) == 20_000


@pytest.fixture
def media(ada: TestClient, make_dataset: Made) -> dict[str, Any]:
    """Values of a row full of media."""
    make_dataset(
        "media",
        {
            "r/1": {
                "png": Image(PNG, mime_type="image/png"),
                "bare": Image(PNG),
                "svg": Image(b"<svg onload=alert(1)>", mime_type="image/svg+xml"),
                "html": Binary(b"<script>alert(1)</script>"),
                "text": Text("<b>text</b>"),
                "sound": Audio(b"RIFF\0\0\0\0WAVE", mime_type="audio/wav"),
                "large": Binary(bytes(range(256)) * 8192),
                "array": np.arange(6).reshape(2, 3),
                "inside": {"list": [1, {"deep": Image(PNG, mime_type="image/png")}]},
                "many": [Image(PNG, mime_type="image/png"), Image(PNG + b"2", mime_type="image/png")],
                "away": Image(link=Link("http://169.254.169.254/secret")),
            }
        },
    )
    (row,) = told(ada, f"{DATA}/media/versions/latest/rows")["items"]
    return row["values"]


def test_media_are_told_with_an_address_that_needs_no_token(
    client_of: ClientOf, media: dict[str, Any]
) -> None:
    nobody = client_of("")
    image = media["png"]
    assert (image["type"], image["mime"], image["size"]) == ("image", "image/png", len(PNG))
    answer = nobody.get(image["url"])
    assert (answer.status_code, answer.content) == (200, PNG)
    assert answer.headers["content-type"] == "image/png"
    part = nobody.get(media["large"]["url"], headers={"Range": "bytes=255-257"})
    assert (part.status_code, part.content) == (206, b"\xff\x00\x01")
    assert part.headers["content-range"] == "bytes 255-257/2097152"
    assert nobody.get(media["inside"]["list"][1]["deep"]["url"]).content == PNG
    assert nobody.get(media["many"][1]["url"]).content == PNG + b"2"
    assert media["array"]["shape"] == [2, 3]


@pytest.mark.parametrize(
    ("column", "content_type", "disposition"),
    [
        ("png", "image/png", "inline"),
        ("bare", "image/png", "inline"),
        ("sound", "audio/wav", "inline"),
        ("text", "text/plain; charset=utf-8", "inline"),
        ("svg", "application/octet-stream", "attachment"),
        ("html", "application/octet-stream", "attachment"),
        ("array", "application/octet-stream", "attachment"),
    ],
)
def test_nothing_that_a_browser_runs_is_served_as_such(
    client_of: ClientOf, media: dict[str, Any], column: str, content_type: str, disposition: str
) -> None:
    answer = client_of("").get(media[column]["url"])
    assert answer.headers["content-type"] == content_type
    assert answer.headers["content-disposition"] == disposition
    assert answer.headers["content-security-policy"].startswith("sandbox;")
    assert answer.headers["x-content-type-options"] == "nosniff"


def test_what_a_link_points_to_is_never_fetched(media: dict[str, Any], services: Services) -> None:
    assert (media["away"]["url"], media["away"]["link"]) == (None, "http://169.254.169.254/secret")
    with pytest.raises(Exception, match="does not follow links"):
        Link("http://169.254.169.254/secret").to_bytes()


def test_an_address_of_media_cannot_be_made_or_changed(
    client_of: ClientOf, media: dict[str, Any], services: Services
) -> None:
    nobody = client_of("")
    url = media["png"]["url"]
    word = url.rpartition("/")[2]
    key, body, mark = word.split(".")
    others = (
        *(body, f"{body}.{mark}", f"{key}.{body}", f"{key}.{body}.", f"{key}..{mark}", "x.y", "1.x.y", "é"),
        *(f"{key}.{body}.{mark[:-2]}AA", f"{key}.{body[:-2]}AA.{mark}", f"{int(key) + 1}.{body}.{mark}"),
        *(f"0{key}.{body}.{mark}", f"-{key}.{body}.{mark}", f"{'9' * 30}.{body}.{mark}", f"é.{body}.{mark}"),
    )
    for other in others:
        assert nobody.get(f"{API}/media/{other}").status_code in {401, 403}, other
    keys = KeyService(services.catalog)
    assert Signer(keys, "media").read(word)
    with pytest.raises(Exception, match="not made here"):
        Signer(keys, "other").read(word)
    signer = Signer(keys, "media")
    old = signer.sign([1], now=0)
    assert signer.read(old, now=LASTS) == [1]
    with pytest.raises(Exception, match="no longer good"):
        signer.read(old, now=LASTS + 61)


def test_bytes_that_one_may_not_read_get_no_address(
    ada: TestClient, services: Services, media: dict[str, Any], client_of: ClientOf
) -> None:
    grace = client_of("grace")
    grace.post(f"{API}/projects", json={"name": "sound"})
    version = services.artifacts.head(OWNER, "vision", Kind.DATASET, "media")
    assert version is not None
    # As if a row named a blob that was never sent by whoever wrote it.
    silent = type(services.artifacts)(services.catalog, lambda _kind, manifest: [manifest])
    silent.publish(
        OWNER,
        project="sound",
        kind=Kind.DATASET,
        name="d",
        version=version.version,
        manifest=version.manifest,
    )
    (row,) = told(grace, f"{API}/projects/sound/datasets/d/versions/latest/rows")["items"]
    assert row["values"]["large"]["url"] is None
    assert row["values"]["png"]["url"] is not None


def test_columns_are_described_and_summed_up(ada: TestClient, numbers: str) -> None:
    summary = told(ada, f"{numbers}/summary")
    assert (summary["rows"], summary["columns"]["even"]) == (103, "bool")
    columns = {each["name"]: each for each in told(ada, f"{numbers}/statistics")["items"]}
    assert columns["even"]["values"] == [[False, 50], [True, 50]]
    assert columns["word"]["absent"] == 3
    assert columns["word"]["histogram"] == [[2, 3, 10], [3, 4, 90]]
    assert columns["even"]["histogram"] == columns["x"]["histogram"] == []


def test_two_versions_are_compared_by_row(ada: TestClient, numbers: str, make_dataset: Made) -> None:
    found = told(ada, f"{DATA}/numbers/versions/v0/diff", **{"with": "v1"})
    assert (found["added"], found["removed"], found["changed"], found["unchanged"]) == (3, 0, 1, 99)
    changed = found["examples"][0]
    assert (changed["key"], changed["fields"], changed["before"]["values"]["x"]) == (5, ["x"], 5)
    assert [each["name"] for each in found["columns"]] == ["x"]
    asked = {"with": "v1", "examples": 2, "only": "added"}
    shown = [told(ada, f"{DATA}/numbers/versions/v0/diff", skip=skip, **asked) for skip in (0, 2, 4)]
    assert [[each["key"] for each in page["examples"]] for page in shown] == [["7", "a"], ["b"], []]
    assert all((page["added"], page["changed"]) == (3, 1) for page in shown)


def test_rows_belong_to_those_who_may_see_the_project(client_of: ClientOf, numbers: str) -> None:
    grace = client_of("grace")
    for path in ("rows", "rows/one?key=1", "summary", "statistics", "diff?with=v0"):
        assert grace.get(f"{numbers}/{path}").status_code == 404
    for path, body in {"query": {}, "count": {}, "place": {"key": "1"}, "keys": {"keys": [1]}}.items():
        assert grace.post(f"{numbers}/rows/{path}", json=body).status_code == 404


def renewed(client: TestClient, *urls: str) -> Any:
    answer = client.post(f"{API}/media/renew", json={"urls": urls})
    assert answer.status_code == 200, answer.text
    return answer.json()["urls"]


def test_addresses_of_media_are_renewed_for_whoever_may_read_the_rows(
    ada: TestClient, client_of: ClientOf, services: Services, media: dict[str, Any]
) -> None:
    facts = facts_of(media["png"]["url"].rpartition("/")[2])
    signer = Signer(KeyService(services.catalog), "media")
    old = f"{API}/media/{signer.sign(facts, now=0)}"
    assert client_of("").get(old).status_code == 401
    deep = media["inside"]["list"][1]["deep"]["url"]
    large = media["large"]["url"]
    new = renewed(ada, old, deep, large)
    assert client_of("").get(new[0]).content == PNG
    assert new[1:] == [deep, large]
    # The keys of yesterday are gone, and the page is still open.
    unsigned = old.rpartition(".")[0]
    assert renewed(ada, f"{unsigned}.bm8", unsigned) == [new[0], new[0]]
    assert renewed(client_of("grace"), old, deep) == [None, None]
    assert client_of("").post(f"{API}/media/renew", json={"urls": [old]}).status_code == 401


def test_what_is_no_address_of_media_is_not_renewed(
    ada: TestClient, services: Services, media: dict[str, Any]
) -> None:
    signer = Signer(KeyService(services.catalog), "media")
    manifest, key, path, whose = facts_of(media["png"]["url"].rpartition("/")[2])
    others: list[Any] = [
        [],
        [manifest, key, path],
        [manifest, True, path, whose],
        [manifest, 2**63, path, whose],
        [manifest, key, [], whose],
        [manifest, key, ["none"], whose],
        [manifest, key, ["away"], whose],
        [manifest, key, ["inside", "list", -(2**60)], whose],
        [manifest, key, ["inside", None], whose],
        [manifest, key, path, ["vision", "none", whose[2]]],
        [manifest, key, path, ["../vision", "media", "\n"]],
        [manifest, key, path, {"project": "vision"}],
    ]
    urls = [f"{API}/media/{signer.sign(each)}" for each in others]
    urls += ["", "x", "https://evil.example/x", f"{API}/media/", f"{API}/media/é.é.é", f"{API}/media/1.W10.x"]
    assert renewed(ada, *urls) == [None] * len(urls)


def test_bytes_that_one_may_not_read_are_not_renewed(
    ada: TestClient, client_of: ClientOf, services: Services, media: dict[str, Any], make_dataset: Made
) -> None:
    make_dataset("other", {0: {"x": 1}})
    url = media["large"]["url"]
    assert renewed(ada, url) == [url]
    with services.catalog.begin() as session:
        session.execute(delete(BlobUseRow))
    inline = media["png"]["url"]
    assert renewed(ada, url, inline) == [None, inline]


def test_the_owner_of_a_server_says_how_long_addresses_are_good(server_settings: ServerSettings) -> None:
    app = create_app(server_settings.model_copy(update={"media_lasts": 2.0}))
    services = app.state.services
    assert services.media.seconds == 2.0
    services.close()
    signer = Signer(KeyService(services.catalog), "media")
    word = signer.sign([1], now=1000.5, lasts=2)
    assert signer.read(word, now=1003.9) == [1]
    with pytest.raises(Exception, match="no longer good"):
        signer.read(word, now=1004)
    with pytest.raises(ValidationError):
        ServerSettings(store=server_settings.store, media_lasts=3001)
