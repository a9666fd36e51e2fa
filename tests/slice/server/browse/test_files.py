"""Files of models and runtimes over HTTP."""

from __future__ import annotations

from typing import Any

import pytest
from starlette.testclient import TestClient
from tests.slice.server.browse.conftest import API, Made

from starwhale.core.handlers import HandlerSpec
from starwhale.core.kinds import Kind
from starwhale.models import browsing
from starwhale.models.facts.declared import FACTS
from starwhale.models.package import DESCRIPTION, Description
from starwhale.runtimes.lock import Lock, Locked
from starwhale.runtimes.package import lock_path

MODELS = f"{API}/projects/vision/models"
LATEST = f"{MODELS}/net/versions/latest"
HASH = "sha256:" + "0" * 64


@pytest.fixture
def net(ada: TestClient, make_files: Made) -> None:
    make_files(
        Kind.MODEL,
        "net",
        {
            "readme.md": b"<script>alert(1)</script>\n",
            "src/a.py": b"one\ntwo\n",
            "src/deep/b.py": b"x = 1\n",
            "src/old.py": b"gone\n",
            "weights.bin": bytes(range(256)) * 10,
        },
    )
    make_files(
        Kind.MODEL,
        "net",
        {
            "readme.md": b"<script>alert(1)</script>\n",
            "src/a.py": b"one\n2\n",
            "src/deep/b.py": b"x = 1\n",
            "src/new.py": b"new\n",
            "weights.bin": bytes(range(256)) * 10,
            "latin.txt": "für".encode("latin-1"),
            "wide.txt": "für".encode("utf-16"),
            "big.txt": "é".encode() * 600_001,
        },
    )


def told(client: TestClient, place: str, **asked: str) -> Any:
    answer = client.get(place, params=asked)
    assert answer.status_code == 200, answer.text
    return answer.json()


def test_directories_are_listed_page_by_page(ada: TestClient, net: None) -> None:
    root = told(ada, f"{LATEST}/files", size="3")
    assert [(each["name"], each["is_folder"], each["files"]) for each in root["items"]] == [
        ("src", True, 3),
        ("big.txt", False, 1),
        ("latin.txt", False, 1),
    ]
    assert root["total"] == 6
    rest = told(ada, f"{LATEST}/files", size="3", cursor=root["next"])
    assert [each["name"] for each in rest["items"]] == ["readme.md", "weights.bin", "wide.txt"]
    inside = told(ada, f"{LATEST}/files", path="src/")["items"]
    assert [(each["path"], each["size"]) for each in inside] == [
        ("src/deep", 6),
        ("src/a.py", 6),
        ("src/new.py", 4),
    ]
    assert ada.get(f"{LATEST}/files", params={"path": "nowhere"}).status_code == 404


@pytest.mark.parametrize(
    ("path", "encoding", "text"),
    [("latin.txt", "latin-1", "für"), ("wide.txt", "utf-16", "für"), ("src/a.py", "utf-8", "one\n2\n")],
)
def test_text_is_shown_and_its_encoding_told(
    ada: TestClient, net: None, path: str, encoding: str, text: str
) -> None:
    shown = told(ada, f"{LATEST}/files/text", path=path)
    assert (shown["encoding"], shown["text"], shown["is_whole"]) == (encoding, text, True)


def test_long_text_is_cut_between_characters_and_bytes_are_refused(ada: TestClient, net: None) -> None:
    shown = told(ada, f"{LATEST}/files/text", path="big.txt")
    assert (shown["size"], len(shown["text"]), shown["is_whole"]) == (1_200_002, 1 << 19, False)
    refused = ada.get(f"{LATEST}/files/text", params={"path": "weights.bin"})
    assert (refused.status_code, refused.json()["code"]) == (400, "usage")


def test_bytes_come_by_range_and_never_as_a_page(ada: TestClient, net: None) -> None:
    asked = {"path": "weights.bin"}
    part = ada.get(f"{LATEST}/files/raw", params=asked, headers={"Range": "bytes=250-259"})
    assert (part.status_code, part.content) == (206, bytes([*range(250, 256), *range(4)]))
    same = {"Range": "bytes=250-259", "If-Range": part.headers["etag"]}
    assert ada.get(f"{LATEST}/files/raw", params=asked, headers=same).status_code == 206
    whole = ada.get(f"{LATEST}/files/raw", params=asked, headers={**same, "If-Range": '"another"'})
    assert (whole.status_code, len(whole.content)) == (200, int(part.headers["content-range"].split("/")[1]))
    page = ada.get(f"{LATEST}/files/raw", params={"path": "readme.md"})
    assert page.headers["content-type"] == "application/octet-stream"
    assert page.headers["content-disposition"] == "attachment; filename*=UTF-8''readme.md"
    assert page.headers["content-security-policy"].startswith("sandbox")
    assert page.headers["x-content-type-options"] == "nosniff"


def test_two_versions_are_compared_by_file_and_by_line(ada: TestClient, net: None) -> None:
    found = told(ada, f"{MODELS}/net/versions/v0/diff", **{"with": "v1"})
    assert (found["added"], found["removed"], found["changed"], found["unchanged"]) == (4, 1, 1, 3)
    pages, cursor = list[Any](), ""
    while cursor is not None:
        asked = {"with": "v1", "size": "4", "cursor": cursor}
        pages.append(told(ada, f"{MODELS}/net/versions/v0/diff", **asked))
        cursor = pages[-1]["next"]
    assert [len(each["items"]) for each in pages] == [4, 2]
    assert [each for page in pages for each in page["items"]] == found["items"]
    assert {(each["total"], each["added"], each["unchanged"]) for each in pages} == {(6, 4, 3)}
    nonsense = ada.get(f"{MODELS}/net/versions/v0/diff", params={"with": "v1", "cursor": "x"})
    assert (nonsense.status_code, nonsense.json()["code"]) == (400, "usage")
    lines = told(ada, f"{MODELS}/net/versions/v0/diff/text", **{"with": "v1", "path": "src/a.py"})
    assert lines["lines"][-2:] == ["-two", "+2"]
    assert told(ada, f"{MODELS}/net/versions/v0/diff/text", **{"with": "v1", "path": "readme.md"}) is None
    nowhere = ada.get(f"{MODELS}/net/versions/v0/diff/text", params={"with": "v1", "path": "zzz"})
    assert nowhere.status_code == 404


def test_handlers_and_facts_are_told(ada: TestClient, make_files: Made) -> None:
    argument = {"type": "int", "default": 3, "help": "how often"}
    spec = HandlerSpec(id="m:run", module="m", qualname="run", arguments={"Train": {"epochs": argument}})
    described = Description(modules=("m",), handlers=(spec,)).to_bytes()
    make_files(Kind.MODEL, "net", {DESCRIPTION: described, "m.py": b"x = 1"})
    (handler,) = told(ada, f"{LATEST}/handlers")["items"]
    assert (handler["id"], handler["arguments"]["Train"]["epochs"]["default"]) == ("m:run", 3)
    assert told(ada, f"{LATEST}/facts")["problem"] == ""


def test_no_file_of_a_package_keeps_its_dangers_from_being_told(ada: TestClient, make_files: Made) -> None:
    nested = b'{"a":' * 900 + b"1e999" + b"}" * 900
    told_of_it = b'{"format":1,"framework":"\\ud800","details":{"\\udfff":' + nested + b',"many":-1e999}}'
    files = {
        FACTS: told_of_it,
        "config.json": b'{"model_type":"\\ud800","transformers_version":"1","vocab_size":1e999}',
        "model.pkl": b"\x80\x04cos\nsystem\n\x8c\x03\xed\xa0\x80\x85R.",
        "name.pkl": b"\x80\x04\x8c\x03\xed\xa0\x80\x8c\x06system\x93.",
        "doubled.pkl": b"\x80\x04)" + b"2\x86" * 60 + b")R.",
        "long.pkl": b"\x80\x04cmine\nNet\n)R}\x8c\x0en_features_in_L" + b"9" * 4000 + b"L\nsb.",
    }
    make_files(Kind.MODEL, "net", files)
    found = told(ada, f"{LATEST}/facts")
    assert found["dangers"] == ["os.system"]
    assert (found["declared"]["framework"], found["declared"]["details"]["many"]) == ("?", "-inf")
    paths = ["config.json", "doubled.pkl", "long.pkl", "model.pkl", "name.pkl"]
    assert [each["path"] for each in found["files"]] == paths


def test_facts_that_wanted_time_are_looked_for_again(
    ada: TestClient, make_files: Made, monkeypatch: pytest.MonkeyPatch
) -> None:
    for number, second_look in enumerate((300.0, 0.0)):
        make_files(Kind.MODEL, "net", {"model.pkl": b"\x80\x04cos\nsystem\nK%d\x85R." % number})
        with monkeypatch.context() as hurry:
            hurry.setattr(browsing, "LONGEST_LOOK", -1.0)
            hurry.setattr(browsing, "SECOND_LOOK", second_look)
            hurried = told(ada, f"{LATEST}/facts")
        assert (hurried["dangers"], "too long" in hurried["files"][0]["problem"]) == ([], True)
        again = told(ada, f"{LATEST}/facts")["dangers"]
        assert again == ([] if second_look else ["os.system"])


def test_locks_are_shown_and_compared(ada: TestClient, make_files: Made) -> None:
    def lock(*lines: str) -> bytes:
        packages = tuple(Locked(line=each, hashes=(HASH,)) for each in lines)
        return Lock(platform="linux-x86_64", python="3.12", packages=packages).to_text().encode()

    place = lock_path("linux-x86_64")
    make_files(Kind.RUNTIME, "rt", {place: lock("numpy==2.0.0", "click==8.1.8")})
    make_files(Kind.RUNTIME, "rt", {place: lock("numpy==2.1.0", "rich==13.0.0"), lock_path("mac"): b"\xff"})
    runtimes = f"{API}/projects/vision/runtimes/rt/versions"
    linux, broken = told(ada, f"{runtimes}/latest/locks")["items"]
    assert linux["packages"] == {"numpy": "numpy==2.1.0", "rich": "rich==13.0.0"}
    assert (broken["name"], broken["packages"], bool(broken["problem"])) == ("mac.txt", {}, True)
    changes = told(ada, f"{runtimes}/v0/locks/diff", **{"with": "v1"})["items"]
    assert [(each["package"], each["before"], each["after"]) for each in changes] == [
        ("click", "click==8.1.8", None),
        ("numpy", "numpy==2.0.0", "numpy==2.1.0"),
        ("rich", None, "rich==13.0.0"),
    ]
