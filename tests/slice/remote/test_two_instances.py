"""Commands that have to do with two instances at once."""

from __future__ import annotations

import pytest
from tests.remote_server import Served
from tests.terminal import Terminal

from starwhale.core.errors import NotFound
from starwhale.storage.blobs.names import key_of


@pytest.fixture
def at(terminal: Terminal, server: Served, user: str, project: str) -> str:
    """Address of a project on the server, to which the terminal is logged in."""
    ran = terminal("instance", "login", server.url, "--alias", "team", "--token", server.token(user))
    assert ran.status == 0, ran.err
    return f"cloud://team/project/{project}"


def rows(terminal: Terminal, text: str, *words: str) -> None:
    (terminal.home / "rows.csv").write_text(text)
    ran = terminal("dataset", "build", "--csv", str(terminal.home / "rows.csv"), "-n", "rows", "-ow", *words)
    assert ran.status == 0, ran.err


def model(terminal: Terminal, line: str) -> None:
    work = terminal.home / "digits"
    work.mkdir(exist_ok=True)
    (work / "large.bin").write_bytes(b"x" * 3_000_000)
    (work / "evaluate.py").write_text(
        f"from starwhale import evaluation\n\n\n@evaluation.predict\ndef predict(data):\n    {line}\n"
    )
    ran = terminal("model", "build", str(work), "-m", "evaluate")
    assert ran.status == 0, ran.err


def test_datasets_of_two_instances_are_compared(terminal: Terminal, at: str) -> None:
    rows(terminal, "x,y\n1,a\n2,b\n3,c\n", "--push", at)
    rows(terminal, "x,y\n1,a\n2,B\n3,c\n4,d\n")
    there = f"{at}/dataset/rows"
    found = terminal("dataset", "diff", there, "rows", "--show-details", "-o", "json").json
    assert (found["added"], found["changed"], found["unchanged"]) == (1, 1, 2)
    assert found["base"].startswith("team/project/")
    assert found["compared"].startswith("local/project/self/dataset/rows/version/")
    assert found["examples"][0]["fields"] == ["y"]
    back = terminal("dataset", "diff", "rows", there, "-o", "json").json
    assert (back["removed"], back["changed"]) == (1, 1)
    same = terminal("dataset", "diff", "rows/version/v0", there, "-o", "json").json
    assert (same["unchanged"], same["changed"], same["added"]) == (3, 0, 0)
    ran = terminal("dataset", "diff", there, "nothing")
    assert (ran.status, "no dataset 'nothing'" in ran.err) == (3, True)


def test_models_of_two_instances_are_compared_and_only_what_differs_is_fetched(
    terminal: Terminal, at: str, server: Served
) -> None:
    model(terminal, "return 1")
    ran = terminal("model", "copy", "digits", at)
    assert ran.status == 0, ran.err
    files = terminal("model", "info", "digits", "-of", "files", "-o", "json").json
    model(terminal, "return 2")
    # Who asked for it would not get it.
    (large,) = [each["digest"] for each in files if each["path"].endswith("large.bin")]
    server.services.blobs.objects.delete(key_of(large))
    with pytest.raises(NotFound):
        server.services.blobs.read(large)
    found = terminal("model", "diff", f"{at}/model/digits", "digits", "--show-details", "-o", "json").json
    changed = {each["path"]: each for each in found["files"]}
    assert any("-    return 1" in each["lines"] for each in changed.values() if each["lines"])
    assert not any(path.endswith("large.bin") for path in changed)
    assert (found["base"].partition("/")[0], found["compared"].partition("/")[0]) == ("team", "local")
