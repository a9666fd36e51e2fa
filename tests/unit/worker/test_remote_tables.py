"""When rows for a server are sent before anybody asks for it."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any, cast

import orjson
import pytest

from starwhale.evaluations.results import evaluation_prefix
from starwhale.worker.remote_http import WorkHttp
from starwhale.worker.remote_tables import FLUSH_BYTES, Links, RemoteWriter

TABLE = evaluation_prefix("self", "job") + "results"


class Post:
    """A door that keeps the letters."""

    def __init__(self) -> None:
        self.letters: list[bytes] = []

    def send(self, _method: str, _path: str, *, content: Callable[[], Iterable[bytes]], **_: Any) -> None:
        self.letters.append(b"".join(content()))


def _nowhere(_digest: str, _size: int) -> Any:
    raise AssertionError("nothing is read")


@pytest.mark.parametrize(
    "cell",
    [
        pytest.param([0.123456789] * 30_000, id="numbers"),
        pytest.param([[n, n] for n in range(6000)], id="lists"),
        pytest.param({"boxes": ["a word or two"] * 20_000}, id="words"),
        pytest.param(b"b" * 1_000_000, id="bytes"),
    ],
)
def test_no_letter_grows_far_beyond_what_is_sent_at_once(cell: Any) -> None:
    post = Post()
    links = Links(http=cast("WorkHttp", post), project="self", job="job", source=_nowhere, epoch=lambda: 1)
    writer = RemoteWriter(links)
    for row in range(100):
        writer.put(TABLE, row, {"output": cell})
    writer.flush()
    rows = [key for letter in post.letters for key, _ in orjson.loads(letter)["tables"]["results"]]
    assert rows == list(range(100))
    assert len(post.letters) > 1
    assert max(map(len, post.letters)) < 2 * FLUSH_BYTES
