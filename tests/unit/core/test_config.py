from __future__ import annotations

import contextlib
import os
import stat
import subprocess
import sys
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
import yaml

from starwhale.core.addresses import Defaults
from starwhale.core.config import Config, InstanceEntry, load_config, update_config
from starwhale.core.errors import InvalidSpec, InvalidUri, NotFound, StorageFull, UsageError
from starwhale.core.uri import ProjectUri

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

# As release 0.6 writes it.
OLD = """\
current_instance: server
docker:
  builtin_image_repo: docker-registry.starwhale.cn/star-whale
instances:
  local:
    current_project: self
    type: standalone
    updated_at: 2026-11-21 00:39:19 UTC
    uri: local
    user_name: root
  server:
    current_project: vision
    sw_token: secret
    type: server
    uri: http://1.1.1.1:8082
    user_name: ann
    user_role: normal
    region: north
link_auths:
- {type: s3, ak: key, sk: other, endpoint: http://minio}
storage:
  root: /home/ann/.starwhale
version: '2.0'
"""


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "deep" / "config.yaml"


@pytest.fixture
def old(path: Path) -> Path:
    path.parent.mkdir()
    path.write_text(OLD)
    return path


@pytest.fixture
def full_disk(path: Path) -> Iterator[Path]:
    """The path of a config on a disk of 64 KiB."""
    path.parent.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=64k", "tmpfs", str(path.parent)]
    if os.geteuid() != 0 or subprocess.run(mount, check=False, capture_output=True).returncode != 0:
        pytest.skip("only root may mount a small disk")
    yield path
    subprocess.run(["umount", str(path.parent)], check=True)


def test_without_a_file_there_is_only_the_local_instance(path: Path) -> None:
    config = load_config(path)
    assert config == Config()
    assert config.defaults() == Defaults(instance="local", project="self", aliases={"local": "local"})
    assert not path.parent.exists()


def test_a_file_of_an_older_release_is_read(old: Path) -> None:
    config = load_config(old)
    assert (config.current_instance, config.current_project) == ("server", "vision")
    assert config.defaults().aliases == {"local": "local", "server": "http://1.1.1.1:8082"}
    server = config.instances["server"]
    assert (server.sw_token, server.user_name, server.user_role) == ("secret", "ann", "normal")


def test_a_change_keeps_what_others_wrote(old: Path) -> None:
    before = yaml.safe_load(OLD)
    update_config(old, lambda config: config.selecting("local"))
    after = yaml.safe_load(old.read_text())
    assert after == {**before, "current_instance": "local"}


def test_what_is_written_reads_back(path: Path) -> None:
    entry = InstanceEntry(alias="lab", uri="HTTP://Lab:80/", type="server", sw_token="t", current_project="p")
    written = update_config(path, lambda config: config.with_instance(entry).selecting("lab"))
    assert load_config(path) == written
    assert written.instances["lab"].uri == "http://lab"
    assert written.instances["lab"].updated_at.endswith(" UTC")


def test_only_the_user_may_read_the_file(old: Path) -> None:
    old.chmod(0o644)
    update_config(old, lambda config: config)
    assert stat.S_IMODE(old.stat().st_mode) == 0o600


def test_a_token_is_never_shown(old: Path) -> None:
    assert "secret" not in repr(load_config(old))
    old.write_text(OLD.replace("sw_token: secret", "sw_token: [secret]"))
    with pytest.raises(InvalidSpec) as caught:
        load_config(old)
    assert "secret" not in str(caught.value)


def test_a_link_is_followed_and_stays_a_link(old: Path, tmp_path: Path) -> None:
    link = tmp_path / "config.yaml"
    link.symlink_to(old)
    update_config(link, lambda config: config.selecting("local"))
    assert link.is_symlink()
    assert load_config(old).current_instance == "local"


def test_selecting_a_project_selects_its_instance(old: Path) -> None:
    config = load_config(old).selecting(ProjectUri(instance="local", project="speech"))
    assert (config.current_instance, config.current_project) == ("local", "speech")
    assert config.selecting("server").current_project == "vision"


def test_an_unknown_instance_cannot_be_selected_or_removed(old: Path) -> None:
    config = load_config(old)
    for change in (config.selecting, config.without_instance):
        with pytest.raises(NotFound, match="did you mean 'server'"):
            change("sever")


def test_removing_the_current_instance_falls_back_to_local(old: Path) -> None:
    config = load_config(old).without_instance("server")
    assert config.current_instance == "local"
    assert list(config.instances) == ["local"]
    with pytest.raises(UsageError, match="local"):
        config.without_instance("local")


def test_an_entry_must_have_the_form_of_an_instance() -> None:
    with pytest.raises(InvalidUri):
        InstanceEntry(alias="lab", uri="lab:80")


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        ("a: [1", "line 1: this is not valid YAML"),
        ("instances:\n  a: b: c\n", "line 2: this is not valid YAML: mapping values are not allowed here"),
        ("- a\n", "line 1: the file must be fields and their values, not a list"),
        ("just text\n", "line 1: the file must be fields and their values, not text"),
        ("version: '3.1'\n", "line 1: version is '3.1', expected '2.0'"),
        ("version: '2.0'\ninstances: [a]\n", "line 2: instances must be fields and their values, not a list"),
        ("instances:\n  lab: 7\n", "line 2: instances.lab must be fields and their values, not a number"),
        ("instances:\n  lab: {type: server}\n", "line 2: instances.lab.uri is missing"),
        ("instances:\n  lab:\n    uri: 7\n", "line 3: instances.lab.uri must be text, not a number"),
        ("instances:\n  lab:\n    uri: ftp://x\n", "line 3: instances.lab: 'ftp://x' is not an instance"),
        ("instances:\n  a b: {uri: local}\n", "line 2: instances.a b: instance name 'a b' has ' '"),
        (
            "instances:\n  local: {current_project: ../x}\n",
            "line 2: instances.local: project name '../x' has '/'",
        ),
        ("current_instance: true\n", "line 1: current_instance must be text, not true or false"),
        ("current_instance: lab\n", "line 1: current_instance is 'lab', but the instances are local"),
        ("version: '2.0'\nversion: '2.0'\n", "line 2: the key 'version' is there twice"),
    ],
)
def test_a_wrong_file_gives_one_sentence_with_its_line(path: Path, content: str, sentence: str) -> None:
    path.parent.mkdir()
    path.write_text(content)
    with pytest.raises(InvalidSpec) as caught:
        load_config(path)
    assert caught.value.message.startswith(f"{path}, {sentence}")
    assert "\n" not in str(caught.value)
    with pytest.raises(InvalidSpec):
        update_config(path, lambda config: config)
    assert path.read_text() == content


@pytest.mark.parametrize(
    "content", ["", "# nothing\n", "version: 2.0\n", "instances:\n", "current_instance:\n"]
)
def test_an_empty_file_or_field_means_the_defaults(path: Path, content: str) -> None:
    path.parent.mkdir()
    path.write_text(content)
    assert load_config(path) == Config()


def test_a_directory_in_its_place_is_one_sentence(path: Path) -> None:
    path.mkdir(parents=True)
    with pytest.raises(UsageError, match="cannot be read: Is a directory"):
        load_config(path)
    with pytest.raises(UsageError, match="cannot be read"):
        update_config(path, lambda config: config)


def test_a_file_in_the_place_of_its_directory_is_one_sentence(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    path = tmp_path / "file" / "config.yaml"
    assert load_config(path) == Config()
    with pytest.raises(UsageError, match="cannot be written"):
        update_config(path, lambda config: config)


@pytest.mark.fault
def test_a_full_disk_leaves_the_file_as_it_was(full_disk: Path) -> None:
    update_config(full_disk, lambda config: config)
    before = full_disk.read_bytes()
    with contextlib.suppress(OSError), (full_disk.parent / "ballast").open("wb") as ballast:
        while True:
            ballast.write(b"x" * 4096)
            ballast.flush()
    with pytest.raises(StorageFull, match="no space left to write"):
        update_config(full_disk, lambda config: replace(config, extra={"more": "x" * 20_000}))
    assert full_disk.read_bytes() == before
    assert sorted(entry.name for entry in full_disk.parent.iterdir()) == [
        "ballast",
        "config.yaml",
        "config.yaml.lock",
    ]


LOGIN = """
import sys
from pathlib import Path
from starwhale.core.config import InstanceEntry, update_config
for number in range(10):
    entry = InstanceEntry(alias=f"{sys.argv[2]}-{number}", uri="http://host")
    update_config(Path(sys.argv[1]), lambda config: config.with_instance(entry))
"""


def test_changes_of_several_processes_are_all_kept(path: Path) -> None:
    children = [subprocess.Popen([sys.executable, "-c", LOGIN, str(path), who]) for who in "abc"]
    assert [child.wait() for child in children] == [0, 0, 0]
    expected = {"local", *(f"{who}-{number}" for who in "abc" for number in range(10))}
    assert set(load_config(path).instances) == expected
