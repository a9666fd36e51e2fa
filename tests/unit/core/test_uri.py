from __future__ import annotations

import string
from typing import TYPE_CHECKING, TypeVar

import pytest
from hypothesis import given
from hypothesis import strategies as st

from starwhale.core.addresses import Defaults, parse_instance, parse_job, parse_project, parse_uri
from starwhale.core.errors import InvalidName, InvalidUri, NotFound, StarwhaleError
from starwhale.core.instances import is_instance, normal_url
from starwhale.core.kinds import Kind
from starwhale.core.uri import ArtifactUri, JobUri, ProjectUri

if TYPE_CHECKING:
    from collections.abc import Callable

T = TypeVar("T")

DEFAULTS = Defaults(
    instance="server",
    project="vision",
    aliases={"local": "local", "server": "http://host:8082", "cloud": "https://cloud.example"},
)
VERSION = "mfstkmrz" * 5

aliases = st.sampled_from(sorted(DEFAULTS.aliases))
names = st.from_regex(r"[A-Za-z0-9_][A-Za-z0-9_.-]{0,79}", fullmatch=True) | st.sampled_from(
    ["version", "versions", "project", "projects", "dataset", "model", "local", "latest", "job"]
)
hosts = st.from_regex(r"[a-z0-9]([a-z0-9.-]{0,20}[a-z0-9])?", fullmatch=True) | st.just("[::1]")
ports = st.just("") | st.integers(1, 65535).map(lambda port: f":{port}")
urls = st.builds("{}://{}{}".format, st.sampled_from(["http", "https"]), hosts, ports)
instances = aliases | urls.map(normal_url).filter(lambda url: url not in DEFAULTS.aliases.values())
projects = names | st.builds("{}:{}".format, names, names)
artifact_kinds = st.sampled_from([Kind.MODEL, Kind.DATASET, Kind.RUNTIME])
project_uris = st.builds(ProjectUri, instance=instances, project=projects)
job_uris = st.builds(JobUri, instance=instances, project=projects, job=names)
artifact_uris = st.builds(
    ArtifactUri,
    instance=instances,
    project=projects,
    kind=artifact_kinds,
    name=names,
    version=st.none() | names,
) | st.builds(
    ArtifactUri,
    instance=instances,
    project=projects,
    kind=artifact_kinds,
    name=st.just(""),
    version=names,
)


def dataset(text: str, defaults: Defaults = DEFAULTS) -> ArtifactUri:
    return parse_uri(text, kind=Kind.DATASET, defaults=defaults)


def uri(
    instance: str = "server",
    project: str = "vision",
    kind: Kind = Kind.DATASET,
    name: str = "",
    version: str | None = None,
    bare: bool = False,
) -> ArtifactUri:
    return ArtifactUri(instance=instance, project=project, kind=kind, name=name, version=version, bare=bare)


@given(artifact_uris)
def test_an_artifact_that_is_printed_reads_back(value: ArtifactUri) -> None:
    assert parse_uri(str(value), kind=value.kind, defaults=DEFAULTS) == value


@given(project_uris)
def test_a_project_that_is_printed_reads_back(value: ProjectUri) -> None:
    assert parse_project(str(value), DEFAULTS) == value


@given(job_uris)
def test_a_job_that_is_printed_reads_back(value: JobUri) -> None:
    assert parse_job(str(value), DEFAULTS) == value


@given(instances)
def test_an_instance_that_is_printed_reads_back(value: str) -> None:
    assert is_instance(value)
    assert parse_instance(value, DEFAULTS) == value


ALPHABET = st.text(st.sampled_from([*"/:.@?#%[]\\ \n", "é", *string.ascii_lowercase[:6], "1"]), max_size=20)
WRONG = ["..", "", "cloud:", "http:", "https:", "host:80", "evaluation", "a b"]
WORDS = st.lists(
    st.sampled_from(
        ["local", "server", "project", "projects", "self", "dataset", "jobs", "version", "versions", *WRONG]
    ),
    max_size=9,
).map("/".join)


def outcome(parse: Callable[[str], T], text: str) -> T | StarwhaleError:
    try:
        return parse(text)
    except (InvalidUri, InvalidName, NotFound) as exc:
        return exc


@pytest.mark.parametrize(
    "parse",
    [
        dataset,
        lambda text: parse_job(text, DEFAULTS),
        lambda text: parse_project(text, DEFAULTS),
        lambda text: parse_instance(text, DEFAULTS),
    ],
)
@given(text=ALPHABET | WORDS | st.text(max_size=30))
def test_any_text_is_an_error_or_an_address_that_reads_back(
    parse: Callable[[str], object], text: str
) -> None:
    value = outcome(parse, text)
    if isinstance(value, StarwhaleError):
        assert value.message.isprintable()
        assert value.hint.isprintable()
    else:
        assert parse(str(value)) == value
        assert str(parse(str(value))) == str(value)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("mnist", uri(name="mnist", bare=True)),
        ("mnist/", uri(name="mnist", bare=True)),
        (VERSION[:7], uri(name=VERSION[:7], bare=True)),
        ("mnist/latest", uri(name="mnist", version="latest")),
        ("mnist/v3", uri(name="mnist", version="v3")),
        (f"mnist/{VERSION}", uri(name="mnist", version=VERSION)),
        (f"mnist/version/{VERSION}", uri(name="mnist", version=VERSION)),
        (f"version/{VERSION}", uri(version=VERSION)),
        ("version", uri(name="version", bare=True)),
        ("version/version/v1", uri(name="version", version="v1")),
        ("dataset/mnist", uri(name="mnist")),
        ("dataset/mnist/version/v1", uri(name="mnist", version="v1")),
        ("model/v1", uri(name="model", version="v1")),
        ("mnist/project", uri(name="mnist", version="project")),
        ("local/project/self/dataset/mnist", uri(instance="local", project="self", name="mnist")),
        ("local/project/self/datasets/mnist", uri(instance="local", project="self", name="mnist")),
        (
            "local/project/self/dataset/mnist/v1",
            uri(instance="local", project="self", name="mnist", version="v1"),
        ),
        (
            "local/project/self/dataset/mnist/version/v1",
            uri(instance="local", project="self", name="mnist", version="v1"),
        ),
        ("local/project/self/dataset/version/v1", uri(instance="local", project="self", version="v1")),
        ("server/project/3/dataset/mnist", uri(project="3", name="mnist")),
        ("server/project/ann:speech/dataset/x", uri(project="ann:speech", name="x")),
        ("cloud://cloud/project/p/dataset/x", uri(instance="cloud", project="p", name="x")),
        ("http://host:8082/project/p/dataset/x", uri(project="p", name="x")),
        ("HTTP://HOST:8082/project/p/dataset/x", uri(project="p", name="x")),
        ("https://cloud.example:443/project/p/dataset/x", uri(instance="cloud", project="p", name="x")),
        ("https://other/project/p/dataset/x", uri(instance="https://other", project="p", name="x")),
        ("http://[::1]:80/project/p/dataset/x", uri(instance="http://[::1]", project="p", name="x")),
        ("http://host:8082/projects/3/datasets/12", uri(project="3", name="12")),
        ("http://host:8082/projects/3/datasets/12/versions/40", uri(project="3", name="12", version="40")),
        (
            "http://host:8082/projects/3/datasets/12/versions/40/files?path=a/b#top",
            uri(project="3", name="12", version="40"),
        ),
    ],
)
def test_every_form_of_the_grammar_is_read(text: str, expected: ArtifactUri) -> None:
    value = dataset(text)
    assert value == expected
    assert value.bare == expected.bare


def test_addresses_print_in_full() -> None:
    value = uri(instance="local", project="self", name="mnist", version=VERSION)
    assert str(value) == f"local/project/self/dataset/mnist/version/{VERSION}"
    assert str(value.project_uri) == "local/project/self"
    assert str(JobUri(instance="local", project="self", job=VERSION)) == f"local/project/self/job/{VERSION}"


@pytest.mark.parametrize(
    ("text", "hint"),
    [
        ("self/dataset/mnist", "server/project/self/dataset/mnist"),
        ("self/dataset/mnist/version/v1", "server/project/self/dataset/mnist/version/v1"),
        ("local/dataset/mnist", "server/project/vision/dataset/mnist"),
        ("project/self/dataset/mnist", "server/project/self/dataset/mnist"),
        ("a/b/c", "NAME/version/VERSION or server/project/vision/dataset/NAME"),
        ("mnist/version", "NAME/version/VERSION"),
        ("local/project/self", "/dataset/NAME"),
        ("local/project/self/dataset", "/dataset/NAME"),
        ("local/project/self/set/x", "kinds are model, dataset, runtime, job"),
        ("local/project/self/dataset/a/b/c", "NAME"),
        ("http://host:8082", "INSTANCE/project/PROJECT/dataset/NAME"),
        ("http://host:8082/mnist", "INSTANCE/project/PROJECT/dataset/NAME"),
        ("http://host:8082/projects/3/datasets/12/files/40", "versions"),
        ("ftp://host/project/p/dataset/x", "http, https and cloud"),
        ("http://ann:secret@host/project/p/dataset/x", "instance login"),
        ("http://host:99999/project/p/dataset/x", "host:port"),
        ("http://ho_st!/project/p/dataset/x", "host:port"),
        ("http:///project/p/dataset/x", "host:port"),
        ("", "name"),
        ("cloud://", "name"),
    ],
)
def test_other_forms_are_refused_with_a_hint(text: str, hint: str) -> None:
    with pytest.raises(InvalidUri) as caught:
        dataset(text)
    assert hint in caught.value.hint


def test_a_password_in_an_address_is_not_repeated() -> None:
    with pytest.raises(InvalidUri) as caught:
        dataset("http://ann:secret@host/project/p/dataset/x")
    assert "secret" not in str(caught.value)


@pytest.mark.parametrize(
    "text", ["/mnist", "mnist//v1", "//host/x", "local//project", "local/project//dataset/x"]
)
def test_nothing_between_slashes_is_refused(text: str) -> None:
    with pytest.raises(InvalidUri, match="between two slashes"):
        dataset(text)


def test_another_kind_of_thing_is_refused() -> None:
    with pytest.raises(InvalidUri, match="names a model, expected a dataset"):
        dataset("local/project/self/model/mnist")
    with pytest.raises(InvalidUri, match="names a dataset, expected a job"):
        parse_job("local/project/self/dataset/mnist", DEFAULTS)
    with pytest.raises(InvalidUri, match="job"):
        parse_uri("mnist", kind=Kind.JOB, defaults=DEFAULTS)


@pytest.mark.parametrize(
    ("text", "hint"),
    [
        ("sever/project/p/dataset/x", "did you mean 'server'?"),
        ("cloud://sever/project/p/dataset/x", "did you mean 'server'?"),
        ("zzz/project/p/dataset/x", "`swcli instance list` shows those there are"),
    ],
)
def test_an_unknown_instance_suggests_the_nearest(text: str, hint: str) -> None:
    with pytest.raises(NotFound) as caught:
        dataset(text)
    assert caught.value.hint == hint


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("abcde", JobUri(instance="server", project="vision", job="abcde")),
        ("job/abcde", JobUri(instance="server", project="vision", job="abcde")),
        ("evaluation/abcde", JobUri(instance="server", project="vision", job="abcde")),
        ("version/abcde", JobUri(instance="server", project="vision", job="abcde")),
        ("local/project/self/job/abcde", JobUri(instance="local", project="self", job="abcde")),
        ("local/project/self/evaluation/abcde", JobUri(instance="local", project="self", job="abcde")),
        ("http://host:8082/projects/3/jobs/17", JobUri(instance="server", project="3", job="17")),
        (
            "http://host:8082/projects/3/evaluations/17/results",
            JobUri(instance="server", project="3", job="17"),
        ),
        (
            "http://host:8082/projects/3/jobs/17/tasks?page=2",
            JobUri(instance="server", project="3", job="17"),
        ),
    ],
)
def test_every_form_of_a_job_is_read(text: str, expected: JobUri) -> None:
    assert parse_job(text, DEFAULTS) == expected


@pytest.mark.parametrize("text", ["a/b", "a/b/c", "self/job/abcde", "local/project/self/job/a/b"])
def test_other_forms_of_a_job_are_refused(text: str) -> None:
    with pytest.raises(InvalidUri, match="is not the address of a job"):
        parse_job(text, DEFAULTS)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", ProjectUri(instance="server", project="vision")),
        ("self", ProjectUri(instance="server", project="self")),
        ("ann:speech", ProjectUri(instance="server", project="ann:speech")),
        ("local/project/self", ProjectUri(instance="local", project="self")),
        ("cloud://cloud/project/7", ProjectUri(instance="cloud", project="7")),
        ("http://host:8082/project/p/", ProjectUri(instance="server", project="p")),
        ("https://h/projects/p", ProjectUri(instance="https://h", project="p")),
    ],
)
def test_every_form_of_a_project_is_read(text: str, expected: ProjectUri) -> None:
    assert parse_project(text, DEFAULTS) == expected


@pytest.mark.parametrize("text", ["local/self", "local/project", "local/project/self/dataset/x", "http://h"])
def test_other_forms_of_a_project_are_refused(text: str) -> None:
    with pytest.raises(InvalidUri, match="is not the address of a project"):
        parse_project(text, DEFAULTS)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", "server"),
        ("local", "local"),
        ("cloud://cloud", "cloud"),
        ("http://host:8082/", "server"),
        ("http://other:80", "http://other"),
    ],
)
def test_every_form_of_an_instance_is_read(text: str, expected: str) -> None:
    assert parse_instance(text, DEFAULTS) == expected


def test_of_two_aliases_for_one_url_the_current_one_is_meant() -> None:
    both = {"a": "http://h", "b": "http://h", "local": "local"}
    assert parse_instance("http://h", Defaults(instance="b", aliases=both)) == "b"
    assert parse_instance("http://h", Defaults(aliases=both)) == "a"


def test_a_project_can_become_the_default() -> None:
    place = ProjectUri(instance="local", project="other")
    assert str(dataset("mnist", DEFAULTS.within(place))) == "local/project/other/dataset/mnist"


def test_without_a_config_only_the_local_instance_is_known() -> None:
    assert str(dataset("mnist", Defaults())) == "local/project/self/dataset/mnist"
    with pytest.raises(NotFound):
        dataset("server/project/p/dataset/x", Defaults())


def test_an_address_of_nothing_cannot_be_made() -> None:
    with pytest.raises(InvalidUri, match="needs a name or a version"):
        uri()
    with pytest.raises(InvalidUri, match="is not an instance"):
        uri(instance="HTTP://host", name="x")
    with pytest.raises(InvalidUri, match="not an artifact"):
        uri(kind=Kind.JOB, name="x")
