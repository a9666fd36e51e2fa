"""What holds for models and runtimes on this machine holds for those on a server: the very same tests."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from tests.remote_server import served
from tests.slice.models import test_models
from tests.slice.models.conftest import House

from starwhale.core.settings import Settings
from starwhale.runtimes.builder import BuildRequest

test_a_directory_becomes_a_version = (
    test_models.test_a_directory_becomes_a_version_with_its_files_and_handlers
)
test_the_same_content = test_models.test_the_same_content_is_the_same_version
test_going_back = test_models.test_going_back_to_older_content_makes_no_version_but_moves_latest
test_a_package_is_laid_out = test_models.test_a_package_is_laid_out_as_it_was_and_builds_to_itself
test_extracting = test_models.test_extracting_over_something_needs_force_and_leaves_other_files
test_what_is_ignored = test_models.test_what_is_ignored_stays_out
test_tags_trash_and_history = test_models.test_tags_trash_and_history
test_a_difference = test_models.test_a_difference_names_files_and_the_lines_of_those_that_are_text
test_a_copy = test_models.test_a_copy_is_the_same_version_under_another_name_and_keeps_the_tags


@pytest.fixture
def house(make_store: Callable[[Path], Settings], tmp_path: Path) -> Iterator[House]:
    """A directory of code, whose models lie on a server of its own."""
    with (
        served(make_store(tmp_path / "server")) as server,
        server.instance(tmp_path / "client", "root", admin=True) as instance,
    ):
        made = House(models=instance.models, workdir=tmp_path / "digits")
        made.write("evaluate.py", "def predict(data): ...\n")
        made.write("weights/a.bin", "0123456789" * 100)
        yield made


def test_a_runtime_is_built_there(house: House, tmp_path: Path) -> None:
    from starwhale.instance.remote import RemoteInstance

    models = house.models
    there = models.artifacts
    server = RemoteInstance("team", there.http.url, settings=models.settings)  # pyright: ignore[reportAttributeAccessIssue]
    vars(server)["http"] = there.http  # pyright: ignore[reportAttributeAccessIssue]
    yaml = house.write("runtime.yaml", "name: rt\ndependencies: [{pip: [alpha]}]\n")
    built = server.runtimes.build(server.actor, "self", BuildRequest(yaml=yaml, lock=False))
    assert (built.name, built.instance) == ("rt", "team")
    assert [each.path for each in server.runtimes.contents.files(built)]
    assert server.runtimes.verify(built) == []
