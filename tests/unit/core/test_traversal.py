"""FAULTS 27: no name, reference or address leads out of where it belongs."""

from __future__ import annotations

from itertools import product
from urllib.parse import quote

import pytest

from starwhale.core.addresses import Defaults, parse_job, parse_project, parse_uri
from starwhale.core.errors import InvalidName, InvalidUri, NotFound
from starwhale.core.kinds import Kind
from starwhale.core.names import check_name, check_reference, check_tag
from starwhale.core.uri import ArtifactUri, JobUri, ProjectUri

DOTS = (
    "..",
    "...",
    "%2e%2e",
    "%252e%252e",
    "%25252e%25252e",
    "..%00",
    "%c0%ae%c0%ae",
    "․․",
    "．．",
    "‥",
    "…",
    ".\u200b.",
)
SLASHES = ("/", "\\", "%2f", "%252f", "%5c", "／", "＼", "∕", "⁄", "//", "\\\\", ";/", "/./", "%c0%af", "\t/")
TARGETS = ("etc/passwd", "catalog.sqlite", "")
CLIMBS = [dots + slash + target for dots, slash, target in product(DOTS, SLASHES, TARGETS)]
WHOLES = [
    *DOTS,
    *(slash for slash in SLASHES),
    "/etc/passwd",
    "//etc/passwd",
    "\\\\host\\share",
    "\\\\?\\C:\\windows",
    "C:\\windows",
    "C:/windows",
    "file:///etc/passwd",
    "~",
    "~root",
    "$HOME",
    "${HOME}",
    "`id`",
    "$(id)",
    ".",
    ".ssh",
    ".git",
    "-rf",
    "--help",
    "mnist\x00",
    "mnist\x00.png",
    "\x00",
    "mnist\n",
    "\nmnist",
    "mnist\r\n",
    "mnist\u2028",
    "mnist ",
    " mnist",
    "mn ist",
    "mnist\u00a0",
    "mnist\ufeff",
    "\u202etsinm",
    "m\u200bnist",
    "m\u0301nist",
    "ｍnist",
    "mnıst",
    "mñist",
    "mnist\ud800",
    "mnist\x7f",
    "mnist\x1b[31m",
    "mnist;evil",
    "mnist|evil",
    "mnist&evil",
    "mnist?evil",
    "mnist#evil",
    "mnist*",
    "mnist<evil>",
    "mnist'evil",
    'mnist"evil',
    "mnist@evil",
    "mnist,evil",
    "mnist=evil",
    "mnist+evil",
    "mnist%",
    "mnist%00",
    "a" * 81,
    "a" * 4096,
    "a" * 100_000,
    "." * 80,
    "./" * 2000,
    "../" * 2000,
]
ENCODED = [quote(climb) for climb in CLIMBS if quote(climb) != climb]
CORPUS = sorted({*CLIMBS, *WHOLES, *ENCODED})
DEFAULTS = Defaults()


def test_the_corpus_is_large() -> None:
    assert len(CORPUS) >= 500


def refused(call: object, *args: object, **kwargs: object) -> bool:
    assert callable(call)
    try:
        call(*args, **kwargs)
    except (InvalidName, InvalidUri, NotFound):
        return True
    return False


@pytest.mark.parametrize("what", ["project", "dataset", "model", "runtime", "job"])
def test_no_name_climbs(what: str) -> None:
    assert [text for text in CORPUS if not refused(check_name, text, what)] == []


@pytest.mark.parametrize("check", [check_tag, check_reference])
def test_no_tag_and_no_version_climbs(check: object) -> None:
    assert [text for text in CORPUS if not refused(check, text)] == []


ARTIFACT_FRAMES = [
    "{}",
    "{}/version/v1",
    "mnist/{}",
    "mnist/version/{}",
    "version/{}",
    "local/project/{}/dataset/mnist",
    "local/project/self/dataset/{}",
    "local/project/self/dataset/{}/version/v1",
    "local/project/self/dataset/mnist/version/{}",
    "{}/project/self/dataset/mnist",
    "cloud://{}/project/self/dataset/mnist",
    "http://host/project/{}/dataset/mnist",
    "http://host/project/self/dataset/{}",
    "http://host/projects/self/datasets/{}/versions/1",
    "http://host/projects/self/datasets/mnist/versions/1/{}",
]


@pytest.mark.parametrize("frame", ARTIFACT_FRAMES)
def test_no_part_of_an_address_climbs(frame: str) -> None:
    passed = [
        text
        for text in CORPUS
        if not refused(parse_uri, frame.format(text), kind=Kind.DATASET, defaults=DEFAULTS)
    ]
    assert [text for text in passed if not means_nothing(text, frame)] == []


def means_nothing(text: str, frame: str) -> bool:
    # Shells end a directory with a slash; browsers put the page one looked at behind an address. Both are
    # dropped unread.
    return text == "/" if "/projects/" not in frame else text[5:6] in {"?", "#"}


@pytest.mark.parametrize("text", CORPUS[:: max(1, len(CORPUS) // 40)])
def test_no_value_is_made_of_what_no_parser_lets_through(text: str) -> None:
    place = {"instance": "local", "project": "self"}
    assert refused(ProjectUri, instance="local", project=text)
    assert refused(ProjectUri, instance=text, project="self")
    assert refused(ArtifactUri, **place, kind=Kind.MODEL, name=text)
    assert refused(ArtifactUri, **place, kind=Kind.MODEL, name="mnist", version=text)
    assert refused(JobUri, **place, job=text)


@pytest.mark.parametrize("frame", ["local/project/{}", "http://host/projects/{}"])
def test_no_project_climbs(frame: str) -> None:
    passed = [text for text in CORPUS if not refused(parse_project, frame.format(text), DEFAULTS)]
    assert [text for text in passed if not means_nothing(text, frame)] == []


@pytest.mark.parametrize(
    "frame",
    [
        "{}",
        "job/{}",
        "local/project/{}/job/17",
        "local/project/self/job/{}",
        "http://host/projects/self/jobs/{}",
        "http://host/projects/self/jobs/17/{}",
    ],
)
def test_no_job_climbs(frame: str) -> None:
    passed = [text for text in CORPUS if not refused(parse_job, frame.format(text), DEFAULTS)]
    assert [text for text in passed if not means_nothing(text, frame)] == []
