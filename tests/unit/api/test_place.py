from __future__ import annotations

from pathlib import Path

import pytest

from starwhale import Resource
from starwhale.api.place import Instance, Project, ResourceType
from starwhale.core.config import update_config
from starwhale.core.errors import InvalidUri, NotFound
from starwhale.core.kinds import Kind
from starwhale.core.uri import ArtifactUri, JobUri, ProjectUri

JOB = "a" * 40


@pytest.mark.parametrize(
    ("text", "kind", "full"),
    [
        ("mnist", ResourceType.dataset, "local/project/self/dataset/mnist/version/latest"),
        ("mnist", "model", "local/project/self/model/mnist/version/latest"),
        ("mnist/version/v3", ResourceType.model, "local/project/self/model/mnist/version/v3"),
        ("dataset/mnist", None, "local/project/self/dataset/mnist/version/latest"),
        ("local/project/vision/model/m/version/x", None, "local/project/vision/model/m/version/x"),
        (JOB, ResourceType.job, f"local/project/self/job/{JOB}"),
        (f"local/project/self/evaluation/{JOB}", None, f"local/project/self/job/{JOB}"),
    ],
)
def test_an_address_reads_as_in_06(text: str, kind: ResourceType | str | None, full: str) -> None:
    resource = Resource(text, typ=kind)
    assert resource.full_uri == str(resource) == full
    assert Resource(resource.full_uri) == resource
    assert hash(Resource(resource.full_uri)) == hash(resource)


def test_an_address_has_its_parts() -> None:
    resource = Resource("mnist/version/v1", ResourceType.dataset, project="vision")
    assert (resource.name, resource.version, resource.typ) == ("mnist", "v1", ResourceType.dataset)
    assert (resource.project.id, resource.project.name) == ("vision", "vision")
    assert resource.instance.is_local
    assert not resource.instance.is_cloud
    assert resource.asdict() == {"project": "vision", "name": "mnist", "version": "v1", "type": "dataset"}


def test_addresses_of_the_house_become_addresses_of_the_user() -> None:
    address = ArtifactUri(instance="local", project="self", kind=Kind.MODEL, name="m", version="v0")
    assert Resource.of(address) == Resource("local/project/self/model/m/version/v0")
    job = JobUri(instance="local", project="self", job=JOB)
    assert Resource.of(job).version == JOB


def test_an_address_that_does_not_say_what_it_names_is_refused() -> None:
    with pytest.raises(InvalidUri, match="does not say what it names"):
        Resource("mnist")


def test_a_change_of_the_configuration_is_seen(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "config.yaml"
    monkeypatch.setenv("SW_CLI_CONFIG", str(path))
    assert Project().name == "self"
    for name in ("vision", "speech"):
        update_config(
            path, lambda config, name=name: config.selecting(ProjectUri(instance="local", project=name))
        )
        assert Project().name == name


def test_a_project_is_named_shortly_or_in_full() -> None:
    assert Project("vision") == Project(uri="local/project/vision")
    assert Project().full_uri == "local/project/self"
    assert Project("vision").instance == Instance("local")
    with pytest.raises(NotFound, match="no instance"):
        Project("nowhere/project/x")
