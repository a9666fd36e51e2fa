"""Building, versioning and opening model packages, on both databases."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import pytest
from tests.slice.models.conftest import ME, PREDICT, House, uri

from starwhale.artifacts.copying import copy_package
from starwhale.artifacts.pins import PinRepository
from starwhale.artifacts.service import ArtifactService
from starwhale.core.addresses import Defaults, parse_uri
from starwhale.core.errors import (
    Conflict,
    Corrupted,
    InvalidName,
    InvalidSpec,
    NotFound,
    UsageError,
    UserCodeError,
)
from starwhale.core.handlers import HandlerSpec
from starwhale.core.kinds import Kind
from starwhale.models.package import DESCRIPTION


def test_a_directory_becomes_a_version_with_its_files_and_handlers(house: House) -> None:
    built = house.build(desc="first", tags=("best",))
    assert (built.name, built.project, built.message, built.tags) == (
        "digits",
        "self",
        "first",
        ("latest", "v0", "best"),
    )
    assert built.is_new
    assert [each.path for each in house.models.contents.files(built)] == [
        DESCRIPTION,
        "evaluate.py",
        "weights/a.bin",
    ]
    assert built.size == sum(each.size for each in house.models.contents.files(built))
    description = house.models.contents.description(built)
    assert description.handlers == (PREDICT,)
    assert description.modules == ("evaluate",)
    assert built.meta["handlers"] == ["evaluate:predict"]


def test_a_module_that_holds_handlers_is_not_left_out(house: House) -> None:
    with pytest.raises(InvalidSpec, match="'evaluate' holds handlers, and is left out"):
        house.build(excludes=("evaluate.py",))


def test_the_same_content_is_the_same_version(house: House) -> None:
    first = house.build()
    os.utime(house.workdir / "evaluate.py", (1, 1))
    second = house.build(desc="again", tags=("more",))
    assert second.version == first.version
    assert not second.is_new
    assert "more" in second.tags
    assert house.seqs() == [0]


@pytest.mark.parametrize(
    "change",
    [
        lambda house: house.write("evaluate.py", "def predict(data): return 1\n"),
        lambda house: house.write("new.txt", "x"),
        lambda house: house.write("evaluate.py", "def predict(data): ...\n", mode=0o755),
        lambda house: (house.workdir / "weights/a.bin").rename(house.workdir / "b.bin"),
        lambda house: setattr(house, "handlers", (HandlerSpec(id="e:f", module="e", qualname="f"),)),
    ],
    ids=["content", "file", "mode", "path", "handlers"],
)
def test_any_change_of_content_is_another_version(house: House, change: Any) -> None:
    first = house.build()
    change(house)
    second = house.build()
    assert second.version != first.version
    assert second.parent == first.version
    assert house.seqs() == [1, 0]


def test_going_back_to_older_content_makes_no_version_but_moves_latest(house: House) -> None:
    first = house.build()
    house.write("evaluate.py", "changed\n")
    house.build()
    house.write("evaluate.py", "def predict(data): ...\n")
    again = house.build()
    assert again.version == first.version
    assert again.is_latest
    assert house.seqs() == [1, 0]


def test_a_package_is_laid_out_as_it_was_and_builds_to_itself(house: House, tmp_path: Path) -> None:
    house.write("run.sh", "#!/bin/sh\n", mode=0o755)
    built = house.build()
    target = house.models.contents.extract(built, tmp_path / "deep" / "digits")
    assert (target / "run.sh").stat().st_mode & 0o777 == 0o755
    assert (target / "weights/a.bin").read_text() == "0123456789" * 100
    assert json.loads((target / DESCRIPTION).read_text())["modules"] == ["evaluate"]
    assert house.build(workdir=target).version == built.version


def test_what_is_written_into_an_extracted_package_does_not_reach_the_store(
    house: House, tmp_path: Path
) -> None:
    built = house.build()
    target = house.models.contents.extract(built, tmp_path / "out")
    (target / "weights/a.bin").write_text("spoilt")
    assert house.models.contents.verify(built) == []
    again = house.models.contents.extract(built, tmp_path / "again")
    assert (again / "weights/a.bin").read_text() == "0123456789" * 100


def test_extracting_over_something_needs_force_and_leaves_other_files(house: House, tmp_path: Path) -> None:
    built = house.build()
    target = tmp_path / "out"
    target.mkdir()
    (target / "mine.txt").write_text("mine")
    (target / "evaluate.py").write_text("old")
    with pytest.raises(Conflict, match="something"):
        house.models.contents.extract(built, target)
    assert (target / "evaluate.py").read_text() == "old"
    house.models.contents.extract(built, target, force=True)
    assert (target / "mine.txt").read_text() == "mine"
    assert (target / "evaluate.py").read_text() == "def predict(data): ...\n"
    assert not list(target.glob(".extract.*"))
    (target / "weights/a.bin").unlink()
    (target / "weights/a.bin").mkdir()
    with pytest.raises(Conflict, match="both want to be"):
        house.models.contents.extract(built, target, force=True)


def test_a_flipped_bit_is_found(house: House, tmp_path: Path) -> None:
    built = house.build()
    digest = next(each.digest for each in house.models.contents.files(built) if each.path == "weights/a.bin")
    (stored,) = (path for path in (tmp_path / "store").rglob(f"*{digest[4:]}*") if path.is_file())
    stored.chmod(0o644)
    data = bytearray(stored.read_bytes())
    data[17] ^= 1
    stored.write_bytes(data)
    (damage,) = house.models.contents.verify(built)
    assert damage.path == "weights/a.bin"
    assert digest[:12] in damage.reason
    with pytest.raises(Corrupted):
        house.models.contents.extract(built, tmp_path / "out")
    assert not (tmp_path / "out").exists()


def test_what_is_ignored_stays_out(house: House) -> None:
    house.write("__pycache__/x.pyc", "x")
    house.write("env/pyvenv.cfg", "x")
    house.write("data/big.csv", "x")
    house.write("notes.tmp", "x")
    house.write(".swignore", "# comment\n*.tmp\n")
    paths = {each.path for each in house.models.contents.files(house.build(excludes=("data/*",)))}
    assert paths == {DESCRIPTION, ".swignore", "evaluate.py", "weights/a.bin"}
    paths = {each.path for each in house.models.contents.files(house.build(add_all=True))}
    assert {"__pycache__/x.pyc", "env/pyvenv.cfg", "data/big.csv"} <= paths
    assert "notes.tmp" not in paths


def test_model_yaml_fills_in_what_is_not_said(house: House) -> None:
    house.write(
        "model.yaml",
        "name: other\ndesc: from yaml\n"
        "run:\n  modules: [evaluate, 'pkg.more:obj']\n  envs: ['A=1', 'B=x=y']\n",
    )
    built = house.build(modules=())
    assert (built.name, built.message) == ("other", "from yaml")
    assert house.asked == [(house.workdir, ("evaluate", "pkg.more"), {"A": "1", "B": "x=y"})]
    assert house.models.contents.description(built).envs == ("A=1", "B=x=y")
    assert house.models.contents.model_yaml(built).startswith("name: other")
    said = house.build(modules=("more:thing",), name="said", desc="said")
    assert (said.name, said.message) == ("said", "said")
    assert house.asked[-1][1] == ("more",)


def test_another_description_may_be_named(house: House, tmp_path: Path) -> None:
    path = tmp_path / "special.yaml"
    path.write_text("name: special\nrun: {handler: 'evaluate:predict'}\n")
    assert house.build(modules=(), model_yaml=path).name == "special"
    with pytest.raises(NotFound):
        house.build(model_yaml=tmp_path / "missing.yaml")


@pytest.mark.parametrize(
    ("more", "kind", "said"),
    [
        ({"modules": ()}, InvalidSpec, "nothing says which modules"),
        ({"name": "a/b"}, InvalidName, "model name"),
        ({"tags": ("v3",)}, InvalidName, "reserved"),
        ({"workdir": Path("/nowhere/at/all")}, NotFound, "no directory"),
    ],
)
def test_a_request_that_makes_no_sense_is_refused_before_code_runs(
    house: House, more: dict[str, Any], kind: type[Exception], said: str
) -> None:
    with pytest.raises(kind, match=said):
        house.build(**more)
    assert house.asked == []


def test_modules_without_a_handler_make_no_version(house: House) -> None:
    house.handlers = ()
    with pytest.raises(InvalidSpec, match="no handler in evaluate"):
        house.build()
    with pytest.raises(NotFound):
        house.models.resolve(ME, uri("digits"))


def live(artifacts: ArtifactService) -> list[tuple[str, str]]:
    with artifacts.catalog.read() as session:
        return list(PinRepository(session).live_manifests())


def test_a_failed_build_leaves_no_pin(house: House) -> None:
    def fails(*_: Any) -> Any:
        raise UserCodeError("does not import")

    with pytest.raises(UserCodeError):
        house.build(discover=fails)
    artifacts = house.models.artifacts
    assert isinstance(artifacts, ArtifactService)
    assert live(artifacts) == []
    built = house.build()
    assert live(artifacts) == [("model", built.manifest)]
    references = house.models.contents.references(built.manifest)
    assert built.manifest in references
    assert {each.digest for each in house.models.contents.files(built)} < references


def test_a_package_without_a_place_for_its_description_is_refused(house: House) -> None:
    house.write(".starwhale", "a file, not a directory")
    with pytest.raises(InvalidName, match="a file and a directory"):
        house.build()


def test_tags_trash_and_history(house: House) -> None:
    first = house.build()
    artifacts = house.models.artifacts
    artifacts.add_tags(ME, uri("digits"), ["good"])
    assert "good" in house.models.resolve(ME, uri("digits/version/good")).tags
    artifacts.remove_tags(ME, uri("digits"), ["good"])
    with pytest.raises(NotFound):
        house.models.resolve(ME, uri("digits/version/good"))
    artifacts.remove(ME, uri("digits"))
    with pytest.raises(NotFound):
        house.models.resolve(ME, uri("digits"))
    artifacts.recover(ME, uri("digits"))
    assert house.models.resolve(ME, uri("digits")).version == first.version
    assert [each.name for each in artifacts.list(ME, "self", Kind.MODEL).items] == ["digits"]


def test_a_dataset_is_no_model(house: House) -> None:
    with pytest.raises(UsageError, match="not a model"):
        house.models.resolve(ME, parse_uri("x", kind=Kind.DATASET, defaults=Defaults()))


def test_a_difference_names_files_and_the_lines_of_those_that_are_text(house: House) -> None:
    house.write("old.txt", "gone\n")
    house.write("run.sh", "#!/bin/sh\n")
    house.write("same.txt", "same\n")
    one = house.build()
    (house.workdir / "old.txt").unlink()
    house.write("run.sh", "#!/bin/sh\n", mode=0o755)
    house.write("new.txt", "a\nb\n")
    house.write("evaluate.py", "def predict(data): return 1\n")
    (house.workdir / "weights/a.bin").write_bytes(b"\x00\xff" * 10)
    other = house.build()
    found = house.models.diff(one, other, lines=True)
    told = {each.path: (each.change, each.size_before, each.size_after) for each in found.files}
    assert told == {
        "evaluate.py": ("changed", 23, 28),
        "new.txt": ("added", None, 4),
        "old.txt": ("removed", 5, None),
        "run.sh": ("changed", 10, 10),
        "weights/a.bin": ("changed", 1000, 20),
    }
    lines = {each.path: each.lines for each in found.files}
    assert lines["evaluate.py"] is not None
    assert lines["evaluate.py"][-2:] == ("-def predict(data): ...", "+def predict(data): return 1")
    assert lines["new.txt"] == ("--- /dev/null", "+++ b/new.txt", "@@ -0,0 +1,2 @@", "+a", "+b")
    assert lines["weights/a.bin"] is None
    assert [each.path for each in found.files if each.mode_changed] == ["run.sh"]
    assert found.unchanged == 2  # same.txt and the description
    assert house.models.diff(one, one).files == ()


def test_a_copy_is_the_same_version_under_another_name_and_keeps_the_tags(house: House) -> None:
    built = house.build(tags=("best", "nightly"))
    copied = copy_package(
        house.models.artifacts, ME, built, "self", "again", force=False, ignore_tags=["nightly"]
    )
    assert (copied.version, copied.name) == (built.version, "again")
    assert "best" in copied.tags
    assert "nightly" not in copied.tags
    assert house.models.contents.files(copied) == house.models.contents.files(built)
    with pytest.raises(UsageError, match="onto itself"):
        copy_package(house.models.artifacts, ME, built, "self", built.name, force=False, ignore_tags=[])
