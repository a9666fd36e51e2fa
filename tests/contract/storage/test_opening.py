"""Which address is which store, and what a client of object stores may raise."""

from __future__ import annotations

import inspect
import subprocess
import sys
from pathlib import Path

import pytest
from tests.contract.storage.s3 import S3Server, open_s3

from starwhale.core.errors import Forbidden, NotFound, StarwhaleError, Unavailable, UsageError
from starwhale.storage.objects import DirectoryObjects, open_objects


def test_a_path_is_a_directory(tmp_path: Path) -> None:
    for url in (str(tmp_path), f"file://{tmp_path}", f"file://localhost{tmp_path}"):
        objects = open_objects(url)
        assert isinstance(objects, DirectoryObjects)
        assert objects.root == tmp_path


def test_an_escaped_path_is_unescaped(tmp_path: Path) -> None:
    objects = open_objects(f"file://{tmp_path}/a%20b")
    assert isinstance(objects, DirectoryObjects)
    assert objects.root == tmp_path / "a b"


@pytest.mark.parametrize("url", ["ftp://host/x", "redis://x", "file://elsewhere/x", "file://relative"])
def test_an_address_of_nothing_is_refused(url: str) -> None:
    with pytest.raises(UsageError):
        open_objects(url)


def test_an_unknown_option_is_refused() -> None:
    with pytest.raises(UsageError, match="colour"):
        open_objects("s3://bucket/prefix", {"region": "us-east-1", "colour": "blue"})


def test_s3_is_opened_by_its_address(s3_server: S3Server) -> None:
    keys = {"access_key_id": "k", "secret_access_key": "s", "region": "us-east-1"}
    objects = open_objects(f"s3://{s3_server.bucket()}/p", {"endpoint": s3_server.url, **keys})
    objects.put("a/b", b"hello")
    assert objects.get("a/b") == b"hello"


def test_opening_touches_nothing(tmp_path: Path) -> None:
    open_objects(f"{tmp_path}/store")
    open_objects("s3://no-such-bucket/x", {"endpoint": "http://127.0.0.1:9", "region": "us-east-1"})
    assert list(tmp_path.iterdir()) == []


def test_a_store_that_does_not_answer_is_unavailable() -> None:
    objects = open_s3("http://127.0.0.1:9", "bucket", retry_config={"max_retries": 0})
    for act in (objects.get, objects.stat, objects.delete, objects.touch):
        with pytest.raises(Unavailable, match="s3://bucket"):
            act("k")
    with pytest.raises(Unavailable):
        objects.put("k", b"x")
    with pytest.raises(Unavailable):
        list(objects.list())


def test_a_bucket_that_is_missing_is_not_found(s3_server: S3Server) -> None:
    objects = open_s3(s3_server.url, "no-such-bucket")
    with pytest.raises(NotFound):
        objects.put("k", b"x")


def test_every_error_of_the_library_has_a_meaning() -> None:
    import obstore.exceptions as library

    from starwhale.storage.objects.remote_errors import MEANING, translated

    raised = {
        name for name, value in inspect.getmembers(library, inspect.isclass) if issubclass(value, Exception)
    }
    assert raised - {"FileNotFoundError"} <= set(MEANING)
    for name in raised:
        error = translated(getattr(library, name)("bad\nDebug source: …"), "s3://b")
        assert isinstance(error, StarwhaleError)
        assert "\n" not in str(error)
    assert isinstance(translated(library.PermissionDeniedError("x"), "s3://b"), Forbidden)


def test_importing_storage_is_cheap_and_knows_no_client() -> None:
    script = (
        "import sys; before = set(sys.modules)\n"
        "import starwhale.storage.objects, starwhale.storage.blobs, starwhale.storage.trees\n"
        "from starwhale.storage.objects import open_objects; open_objects('/tmp/x')\n"
        "new = {name.partition('.')[0] for name in set(sys.modules) - before}\n"
        "print(*sorted(new - set(sys.stdlib_module_names) - {'starwhale'}))"
    )
    done = subprocess.run(
        [sys.executable, "-S", "-c", _with_path(script)], capture_output=True, text=True, check=True
    )
    assert done.stdout.split() == []


def _with_path(script: str) -> str:
    import starwhale

    assert starwhale.__file__ is not None
    return f"import sys; sys.path.insert(0, {str(Path(starwhale.__file__).parents[1])!r})\n{script}"
