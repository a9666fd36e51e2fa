"""Settings: whence they come, what counts, and what is said of wrong ones."""

from __future__ import annotations

from pathlib import Path

import pytest

from starwhale.core.errors import InvalidSpec, NotFound, UsageError
from starwhale.server.configuration import Configuration, configure


def made(tmp_path: Path, text: str = "", env: dict[str, str] | None = None, **flags: object) -> Configuration:
    data = tmp_path / "data"
    data.mkdir(exist_ok=True)
    if text:
        (data / "server.yaml").write_text(text)
    return configure(flags, env or {}, data)


def test_a_flag_counts_more_than_a_variable_and_that_more_than_the_file(tmp_path: Path) -> None:
    text = "port: 1001\nhost: 10.0.0.1\nworkers: 2\n"
    found = made(tmp_path, text, {"SW_SERVER_PORT": "1002", "SW_SERVER_HOST": "10.0.0.2"}, port=1003)
    settings = found.settings
    assert (settings.port, settings.host, settings.workers) == (1003, "10.0.0.2", 2)
    assert found.origins["port"] == "--port"
    assert found.origins["host"] == "SW_SERVER_HOST"
    assert found.origins["workers"] == f"{tmp_path / 'data' / 'server.yaml'}, line 3"


def test_nothing_needs_to_be_said(tmp_path: Path) -> None:
    found = made(tmp_path)
    assert found.file is None
    assert found.settings.port == 8082
    assert {each.origin for each in found.shown()} == {"built in"}


def test_secrets_are_masked(tmp_path: Path) -> None:
    text = "metrics_token: canary-one\nenv: {AWS_SECRET_ACCESS_KEY: canary-two}\n"
    env = {"SW_SERVER_CATALOG_URL": "postgresql+psycopg://sw:canary-three@db/sw"}
    shown = repr(list(made(tmp_path, text, env).shown()))
    assert "canary" not in shown
    assert "AWS_SECRET_ACCESS_KEY" in shown
    assert "postgresql+psycopg://sw:***@db/sw" in shown


def test_a_name_before_the_at_of_azure_is_no_key(tmp_path: Path) -> None:
    url = "abfss://container@account.dfs.core.windows.net/prefix"
    assert made(tmp_path, f"objects_url: {url}\n").settings.store.objects_url == url


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("port: 99999\n", "line 1: port: input should be less than or equal to 65535"),
        ("host: a\nprot: 1\n", "line 2: there is no setting 'prot' (did you mean 'port'?)"),
        ("public_url: sw.example.com\n", "line 1: public_url: must be an address"),
        ("catalog_url: mysql://x/y\n", "line 1: catalog_url: this is no address of a catalog"),
        ("objects_url: ftp://x/y\n", "line 1: objects_url: this is no address of a store"),
        ("proxies: [10.0.0.0/8]\n", "line 1: proxies: '10.0.0.0/8' is no address"),
        ("port: [1]\n", "line 1: port: must be a whole number"),
        ("port: yes\n", "line 1: port: must be a number"),
        ("grace: soon\n", "line 1: grace: must be a number"),
        ("hosts: sw.local\n", "line 1: hosts: must be a list, such as [a, b]"),
        ("env: [A=1]\n", "line 1: env: must be names with their values, such as {NAME: value}"),
        ("env: {A: 1}\n", "line 1: env: A: must be text; write it in quotes"),
        ("oidc_create: perhaps\n", "line 1: oidc_create: must be true or false"),
        ("oidc_issuer: id.example.com\n", "line 1: oidc_issuer: must be an address"),
        ("objects_url: {a: b}\n", "line 1: objects_url: this is no address of a store"),
        ("objects_url: ''\n", "line 1: objects_url: this is no address of a store"),
        ("objects_url: 's3://'\n", "line 1: objects_url: this is no address of a store"),
        ("objects_url: s3://key:canary@b/p\n", "line 1: objects_url: a key in an address would be shown"),
        ("objects_url: s3://key@b/p\n", "line 1: objects_url: a key in an address would be shown"),
        ("objects_url: az://c/p?sig=canary\n", "line 1: objects_url: a key in an address would be shown"),
        ("objects_url: abfss://c:x@a.dfs.core.windows.net\n", "line 1: objects_url: a key in an address"),
        (
            "catalog_url: postgresql://sw@db/sw?password=canary\n",
            "line 1: catalog_url: a password behind the ? would be shown",
        ),
        (
            "catalog_url: postgresql://sw@db/sw?sslPassword=canary\n",
            "line 1: catalog_url: a password behind the ? would be shown",
        ),
        ("data: [x]\n", "line 1: data: names no directory"),
        ("data: 17\n", "line 1: data: names no directory"),
        ("- port\n", "line 1: settings are names and their values"),
        ("data: /somewhere/else\n", "line 1: data: a file in the data directory cannot name another one"),
    ],
)
def test_a_fault_is_told_with_its_line(tmp_path: Path, text: str, said: str) -> None:
    with pytest.raises(InvalidSpec) as caught:
        made(tmp_path, text)
    assert said in str(caught.value)
    assert "canary" not in f"{caught.value} {caught.value.hint}"


def test_labels_come_from_everywhere(tmp_path: Path) -> None:
    env = {"SW_SERVER_LABELS": "gpu=a100, zone=b"}
    assert made(tmp_path, env=env).settings.labels == {"gpu": "a100", "zone": "b"}
    found = made(tmp_path, "labels: {gpu: t4}\n")
    assert [each.value for each in found.shown() if each.name == "labels"] == [{"gpu": "t4"}]
    assert made(tmp_path, env=env, labels={"x": "y"}).settings.labels == {"x": "y"}
    with pytest.raises(InvalidSpec, match="SW_SERVER_LABELS: 'a100' must be written as NAME=VALUE"):
        made(tmp_path, env={"SW_SERVER_LABELS": "a100"})


def test_a_capacity_comes_from_everywhere(tmp_path: Path) -> None:
    env = {"SW_SERVER_CAPACITY": "cpu=1.5,memory=1Gi,gpu=2"}
    expected = {"cpu": 1.5, "memory": 1 << 30, "nvidia.com/gpu": 2}
    assert made(tmp_path, env=env).settings.capacity == expected
    assert made(tmp_path, "capacity: {cpu: 1.5, memory: 1Gi, gpu: 2}\n").settings.capacity == expected
    for wrong, told in (
        ("{disk: 1}", "there is no resource 'disk'"),
        ("{cpu: many}", "resource 'cpu' is 'many', expected a number of 0 or more"),
        ("{memory: lots}", "'lots' is not a size"),
        ("[cpu]", "must be names with their values"),
    ):
        with pytest.raises(InvalidSpec) as caught:
            made(tmp_path, f"capacity: {wrong}\n")
        assert f"line 1: capacity: {told}" in str(caught.value)


@pytest.mark.parametrize("data", ["", " ", "there", "there/below"])
def test_data_lies_in_a_directory_that_is_named(tmp_path: Path, data: str) -> None:
    (tmp_path / "there").write_text("a file")
    with pytest.raises(InvalidSpec) as caught:
        configure({"data": str(tmp_path / data) if data.strip() else data}, {}, tmp_path)
    assert str(caught.value).startswith("--data: ")


def test_settings_that_are_a_directory_are_not_passed_over(tmp_path: Path) -> None:
    (tmp_path / "server.yaml").mkdir()
    with pytest.raises(UsageError, match="cannot be read"):
        configure({}, {}, tmp_path)


def test_a_variable_that_is_nearly_one_is_told_of(tmp_path: Path) -> None:
    env = {"SW_SERVER_PROT": "1", "SW_SERVER_SERVICE_HOST": "10.0.0.1", "SW_SERVER_PORT_8082_TCP": "x"}
    assert configure({}, env, tmp_path).odd == {"SW_SERVER_PROT": "SW_SERVER_PORT"}


def test_all_faults_are_told_at_once(tmp_path: Path) -> None:
    with pytest.raises(InvalidSpec) as caught:
        made(tmp_path, "port: x\n", {"SW_SERVER_WORKERS": "0"})
    assert "line 1: port" in str(caught.value)
    assert "SW_SERVER_WORKERS" in str(caught.value)


def test_a_wrong_value_is_not_repeated(tmp_path: Path) -> None:
    with pytest.raises(InvalidSpec) as caught:
        made(tmp_path, "env: canary\nport: canary\n")
    assert "canary" not in str(caught.value)


def test_a_named_file_must_be_there_and_may_name_the_data(tmp_path: Path) -> None:
    with pytest.raises(NotFound):
        configure({}, {}, tmp_path, tmp_path / "none.yaml")
    file = tmp_path / "own.yaml"
    file.write_text(f"data: {tmp_path / 'there'}\nhosts: [sw.local]\n")
    found = configure({}, {"SW_SERVER_CONFIG": str(file)}, tmp_path)
    assert found.settings.store.root == tmp_path / "there"
    assert found.settings.may_be_called("SW.local:8082")


def test_lists_and_mappings_are_read_from_variables(tmp_path: Path) -> None:
    env = {"SW_SERVER_PROXIES": "10.0.0.1, 10.0.0.2", "SW_SERVER_ENV": "A=1,B=x=y"}
    settings = made(tmp_path, env=env).settings
    assert settings.proxies == ("10.0.0.1", "10.0.0.2")
    assert {name: value.get_secret_value() for name, value in settings.env.items()} == {"A": "1", "B": "x=y"}
