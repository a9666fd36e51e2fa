"""Commands on a server, as typed."""

from __future__ import annotations

import json
import secrets
from pathlib import Path

import pytest
from tests.remote_server import Served
from tests.terminal import Terminal


@pytest.fixture
def at(
    terminal: Terminal,
    server: Served,
    user: str,
    project: str,
) -> str:
    """Address of a project on the server, to which the terminal is logged in."""
    ran = terminal(
        "instance", "login", server.url, "--alias", "team", "--token", server.token(user), "-o", "json"
    )
    assert (ran.status, ran.err) == (0, "")
    return f"cloud://team/project/{project}"


def built(terminal: Terminal) -> None:
    (terminal.home / "rows.csv").write_text("x,y\n1,a\n2,b\n3,c\n")
    ran = terminal("dataset", "build", "--csv", str(terminal.home / "rows.csv"), "-n", "rows", "-t", "first")
    assert ran.status == 0, ran.err


def test_a_dataset_goes_up_is_looked_at_there_and_comes_down(terminal: Terminal, at: str) -> None:
    built(terminal)
    ran = terminal("dataset", "copy", "rows", at)
    assert ran.status == 0, ran.err
    assert ran.out.startswith("copied rows/version/")
    assert f"to team/project/{at.rpartition('/')[2]}/dataset/rows/version/" in ran.out
    listed = terminal("dataset", "list", "-p", at, "-o", "json").json
    assert [(each["name"], each["tags"]) for each in listed] == [("rows", ["latest", "v0", "first"])]
    address = f"{at}/dataset/rows"
    for words in (
        ["history", address],
        ["info", address],
        ["summary", address],
        ["head", address],
        ["verify", address],
        ["diff", address, f"{address}/version/first"],
        ["tag", address, "second"],
        ["export", address, str(terminal.home / "out.csv")],
    ):
        ran = terminal("dataset", *words)
        assert (words[0], ran.status, ran.err) == (words[0], 0, ran.err)
    assert "second" in terminal("dataset", "tag", address).out
    assert (terminal.home / "out.csv").read_text().count("\n") == 4
    ran = terminal("dataset", "copy", address, "local/project/self/dataset/again", "--output", "json")
    assert (ran.status, ran.err) == (0, "")
    down = ran.json
    assert down["tags"] == ["latest", "v0", "first", "second"]
    assert down["copied_from"].startswith("team/project/")
    assert terminal("dataset", "diff", "rows", "again", "-o", "json").json["unchanged"] == 3
    ran = terminal("dataset", "remove", address)
    assert (ran.status, "recover team/project/" in ran.out) == (0, True)
    assert terminal("dataset", "info", address).status == 3
    assert terminal("dataset", "recover", address).status == 0


def test_a_build_is_pushed_and_another_made_there(terminal: Terminal, at: str) -> None:
    (terminal.home / "rows.csv").write_text("x,y\n1,a\n")
    table = str(terminal.home / "rows.csv")
    ran = terminal("dataset", "build", "--csv", table, "-n", "rows", "--push", at, "-o", "json")
    assert (ran.status, ran.err) == (0, "")
    assert ran.json["pushed_to"].startswith("team/project/")
    ran = terminal("dataset", "build", "--csv", table, "-n", "there", "-p", at, "-o", "json")
    assert (ran.status, ran.json["rows"]) == (0, 1)
    (terminal.home / "made.py").write_text("def rows():\n    yield {'x': 1}\n    yield {'x': 2}\n")
    ran = terminal("dataset", "build", "-h", "made:rows", "-w", str(terminal.home), "-n", "code", "-p", at)
    assert ran.status == 0, ran.err
    found = terminal("dataset", "list", "-p", at, "-o", "json").json
    assert {each["name"] for each in found} == {"rows", "there", "code"}
    assert len(terminal("dataset", "list", "-o", "json").json) == 1


def test_a_model_is_built_pushed_and_extracted(terminal: Terminal, at: str) -> None:
    work = terminal.home / "digits"
    work.mkdir()
    (work / "evaluate.py").write_text(
        "from starwhale import evaluation\n\n@evaluation.predict\ndef predict(data): ...\n"
    )
    ran = terminal("model", "build", str(work), "-m", "evaluate", "--push", at)
    assert ran.status == 0, ran.err
    ran = terminal("model", "extract", f"{at}/model/digits", str(terminal.home / "out"))
    assert ran.status == 0, ran.err
    assert (terminal.home / "out/evaluate.py").exists()
    assert "predict" in terminal("model", "info", f"{at}/model/digits", "-of", "handlers").out


def test_projects_of_a_server(terminal: Terminal, at: str, user: str) -> None:
    address = f"cloud://team/project/{user}-more"
    assert terminal("project", "create", address).status == 0
    names = {each["name"] for each in terminal("project", "list", "-i", "team", "-o", "json").json}
    assert names == {f"{user}-more", at.rpartition("/")[2]}
    assert terminal("project", "info", address, "-o", "json").json["datasets"] == 0
    assert terminal("project", "remove", address).status == 0
    assert terminal("project", "info", address).status == 3
    assert terminal("project", "recover", address).status == 0
    ran = terminal("project", "select", address)
    assert ran.status == 0, ran.err
    ran = terminal("dataset", "list", "-o", "json")  # the current instance and project from now on
    assert (ran.status, ran.json) == (0, [])
    assert len(terminal("project", "list", "-o", "json").json) == 2
    assert terminal("dataset", "list", "-p", "local/project/self").status == 0


def test_what_goes_wrong_is_one_sentence(terminal: Terminal, at: str, server: Served, user: str) -> None:
    stranger = server.url.replace("127.0.0.1", "localhost")
    for words, status, said in (
        (f"dataset list -p {at}-not", 3, "no project"),
        (f"dataset copy nothing {at}", 3, "no dataset 'nothing'"),
        (f"dataset diff nothing {at}/dataset/x", 3, "no dataset"),
        ("dataset list -p http://127.0.0.1:9/project/x", 11, "does not answer"),
        (f"dataset info {stranger}/project/x/dataset/y", 5, "without logging in"),
        ("dataset info cloud://elsewhere/project/x/dataset/y", 3, "no instance 'elsewhere'"),
        ("gc", 2, "'team' is a server"),
    ):
        if words == "gc":
            terminal("instance", "select", "team")
        ran = terminal(*words.split())
        assert (words, ran.status, ran.out) == (words, status, "")
        assert said in ran.err
        assert "Traceback" not in ran.err
    config = terminal.home / ".config/starwhale/config.yaml"
    away = secrets.token_hex(8)
    ran = terminal("dataset", "list", "-p", f"team/project/{away}")
    assert f"create it with `swcli project create team/project/{away}`" in ran.err
    assert terminal("project", "create", f"team/project/{away}").status == 0
    assert terminal("project", "remove", f"team/project/{away}").status == 0
    ran = terminal("dataset", "list", "-p", f"team/project/{away}")
    assert f"`swcli project recover team/project/{away}` brings it back" in ran.err
    assert terminal("project", "recover", f"team/project/{away}").status == 0
    config.write_text(config.read_text().replace("sw_token: sw", "sw_token: sx"))
    ran = terminal("dataset", "list")
    assert (ran.status, "swcli instance login" in ran.err) == (5, True), json.dumps(ran.err)


def test_login_and_logout_of_the_sdk(
    server: Served, user: str, project: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import starwhale
    from starwhale.core.errors import NotFound, UsageError

    monkeypatch.setenv("SW_LOCAL_STORAGE", str(tmp_path / "store"))
    monkeypatch.setenv("SW_CLI_CONFIG", str(tmp_path / "config.yaml"))
    starwhale.login(server.url, alias="team", token=server.token(user))
    with starwhale.dataset(f"cloud://team/project/{project}/dataset/d") as ds:
        ds.append({"x": 1})
        ds.commit()
    ds = starwhale.dataset(f"cloud://team/project/{project}/dataset/d", readonly=True)
    ds.copy("local/project/self")
    assert starwhale.dataset("d", readonly=True).fetch_one().features["x"] == 1
    assert [each["name"] for each in starwhale.Dataset.list(f"cloud://team/project/{project}")[0]] == ["d"]
    starwhale.logout("team")
    with pytest.raises(NotFound, match="no instance"):
        starwhale.dataset(f"cloud://team/project/{project}/dataset/d")
    with pytest.raises(UsageError, match="nobody says who logs in"):
        starwhale.login(server.url)
