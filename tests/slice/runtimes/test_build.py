"""Building: what is locked, what goes into the package, and what is refused."""

from __future__ import annotations

import hashlib
import platform
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from tests.slice.runtimes.conftest import Yard, uri
from tests.slice.runtimes.index import make_wheel

from starwhale.artifacts.copying import copy_package
from starwhale.core.errors import (
    Conflict,
    InvalidSpec,
    MissingDependency,
    NotFound,
    StarwhaleError,
    Unavailable,
    UsageError,
)
from starwhale.runtimes.builder import LOCK_DIRECTORY
from starwhale.runtimes.conda import PROGRAMS
from starwhale.runtimes.lock import FILE_NAME
from starwhale.runtimes.platforms import this_platform
from starwhale.runtimes.workbench import BuildRequest, Workbench

OTHER = ("arm64", "linux-aarch64") if "x86" in this_platform() else ("amd64", "linux-x86_64")
PIP = "dependencies: [{pip: [alpha]}]\n"


def test_every_package_is_locked_with_its_hashes(yard: Yard) -> None:
    built = yard.build(PIP)
    assert yard.pins(built) == {"alpha": "2.0", "beta": "1.5"}
    lock = yard.lock(built)
    wheel = next(yard.index.files.glob("alpha-2.0*"))
    (alpha,) = [each for each in lock.packages if each.name == "alpha"]
    assert alpha.hashes == (f"sha256:{hashlib.sha256(wheel.read_bytes()).hexdigest()}",)
    assert (lock.platform, lock.python) == (this_platform(), f"3.{sys.version_info.minor}")
    assert built.name == "digits"
    assert built.meta["mode"] == "venv"


def test_the_same_content_is_the_same_version(yard: Yard) -> None:
    first = yard.build(PIP)
    assert (first.is_new, yard.build().is_new) == (True, False)
    yard.index.add("alpha", "3.0")
    # An index in a directory is read anew only when uv is told not to trust what it knows.
    later = yard.build(cache=False)
    assert (later.is_new, later.parent) == (True, first.version)
    assert yard.pins(later) == {"alpha": "3.0"}


def test_requirements_of_starwhale_give_way_to_the_running_release(yard: Yard) -> None:
    yard.write("requirements.txt", "starwhale==0.6.15\nalpha<2\n")
    built = yard.build("dependencies: [requirements.txt]")
    assert yard.pins(built) == {"alpha": "1.0"}
    assert "starwhale" not in {each.name for each in yard.lock(built).packages}


def test_the_lock_holds_what_starwhale_needs(yard: Yard) -> None:
    assert "pyarrow" in {each.name for each in yard.lock(yard.build("name: bare")).packages}


def test_files_of_requirements_include_each_other(yard: Yard) -> None:
    yard.write("requirements.txt", "-r more/base.in\n-c bounds.txt\n# nothing\n")
    yard.write("more/base.in", "alpha  # comment\n")
    yard.write("bounds.txt", "alpha<2\n")
    built = yard.build("dependencies: [requirements.txt]")
    assert yard.pins(built) == {"alpha": "1.0"}
    paths = {each.path for each in yard.runtimes.contents.files(built)}
    assert {"requirements.txt", "runtime.yaml", ".starwhale/runtime.json"} <= paths


def test_a_wheel_goes_before_that_of_the_index(yard: Yard) -> None:
    yard.index.add("beta", "1.5", tag="py2.py3-none-any")
    wheel = make_wheel(yard.workdir / "dist", "beta", "1.5", files={"beta.py": "ours = True\n"})
    built = yard.build("dependencies: [{pip: [alpha]}, {wheels: dist/beta-1.5-py3-none-any.whl}]")
    (beta,) = [each for each in yard.lock(built).packages if each.name == "beta"]
    assert beta.hashes == (f"sha256:{hashlib.sha256(wheel.read_bytes()).hexdigest()}",)
    ran = subprocess.run(
        [yard.restore("digits"), "-c", "import beta; print(beta.ours)"],
        capture_output=True,
        text=True,
        check=True,
    )
    assert ran.stdout == "True\n"


def test_a_wheel_of_elsewhere_is_taken_along(yard: Yard, tmp_path: Path) -> None:
    wheel = make_wheel(tmp_path / "elsewhere", "gamma", "0.1", requires=["beta"])
    yard.write("requirements.txt", f"{wheel}\n")
    built = yard.build("dependencies: [requirements.txt]")
    assert yard.pins(built) == {"beta": "1.5", "gamma": "0.1"}
    wheel.unlink()
    assert yard.restore("digits").exists()


def test_the_hashes_of_the_author_hold(yard: Yard) -> None:
    digest = hashlib.sha256(next(yard.index.files.glob("alpha-1.0*")).read_bytes()).hexdigest()
    yard.write("requirements.txt", f"alpha==1.0 --hash=sha256:{digest} \\\n    --hash=sha256:{'0' * 64}\n")
    built = yard.build("dependencies: [requirements.txt]")
    (alpha,) = [each for each in yard.lock(built).packages if each.name == "alpha"]
    assert alpha.hashes == (f"sha256:{digest}",)
    yard.write("requirements.txt", f"alpha==1.0 --hash=sha256:{'0' * 64}\n")
    with pytest.raises(StarwhaleError) as caught:
        yard.build()
    assert isinstance(caught.value, (Conflict, InvalidSpec))


@pytest.mark.parametrize("text", ["environment: {python: 3.8}", "python_version: '3.10'"])
def test_an_old_python_is_refused_in_one_sentence(yard: Yard, text: str) -> None:
    with pytest.raises(InvalidSpec, match=r"runtime.yaml, line 1: .* older than 3\.11") as caught:
        yard.build(text)
    assert "\n" not in str(caught.value)


def test_what_does_not_fit_is_told_in_one_screen_with_the_reason(yard: Yard) -> None:
    yard.index.add("gamma", "1.0", requires=["alpha<2"])
    with pytest.raises(InvalidSpec) as caught:
        yard.build("dependencies: [{pip: ['alpha>=2', gamma]}]", cache=False)
    said = str(caught.value)
    assert said.startswith(f"the requirements cannot be resolved for {this_platform()}, Python 3.")
    assert "gamma" in said
    assert "alpha<2" in said
    assert len(said.splitlines()) <= 20
    assert max(map(len, said.splitlines())) <= 110


def test_a_name_that_the_index_does_not_have_is_told(yard: Yard) -> None:
    with pytest.raises(InvalidSpec, match=r"no-such-thing was not found"):
        yard.build("dependencies: [{pip: [no-such-thing]}]")


def test_an_index_that_does_not_answer_is_told(yard: Yard) -> None:
    yard.env["UV_DEFAULT_INDEX"] = "http://127.0.0.1:9/simple"
    with pytest.raises(Unavailable, match=r"127\.0\.0\.1:9"):
        yard.build(PIP)


def test_nothing_is_left_of_a_build_that_failed(yard: Yard) -> None:
    with pytest.raises(InvalidSpec):
        yard.build("dependencies: [{pip: [no-such-thing]}]")
    with pytest.raises(NotFound):
        yard.runtimes.resolve(yard.instance.actor, uri("digits"))


@pytest.mark.parametrize("line", ["-e .", "./project", "project @ file:project"])
def test_a_directory_of_this_machine_is_refused(yard: Yard, line: str) -> None:
    yard.write("requirements.txt", f"{line}\n")
    with pytest.raises(InvalidSpec, match=r"requirements.txt, line 1: .* is a directory of this machine"):
        yard.build("dependencies: [requirements.txt]")


def test_an_index_of_the_file_is_asked(yard: Yard) -> None:
    url = yard.env.pop("UV_DEFAULT_INDEX")
    yard.env["UV_OFFLINE"] = "1"
    built = yard.build(f"configs: {{pip: {{index_url: '{url}'}}}}\n{PIP}")
    assert yard.pins(built)["alpha"] == "2.0"


def test_an_index_of_the_users_config_is_asked(yard: Yard) -> None:
    url = yard.env.pop("UV_DEFAULT_INDEX")
    yard.env["UV_OFFLINE"] = "1"
    yard.runtimes.settings.config_path.write_text(f"pypi: {{index_url: '{url}'}}\n")
    assert yard.pins(yard.build(PIP))["alpha"] == "2.0"


def test_a_password_of_an_index_stays_out_of_the_package(yard: Yard) -> None:
    yard.env["UV_DEFAULT_INDEX"], url = "", yard.env["UV_DEFAULT_INDEX"]
    yard.env["PIP_INDEX_URL"] = url
    yard.env["PIP_EXTRA_INDEX_URL"] = "https://me:canary@127.0.0.1:9/simple"
    with pytest.raises(StarwhaleError) as caught:
        yard.build(PIP, cache=False, dump_pip_options=True)
    assert "canary" not in str(caught.value)
    built = yard.build(PIP, lock=False, dump_pip_options=True)
    contents = yard.runtimes.contents
    assert "127.0.0.1:9" in contents.description(built).indexes.extra[0]
    for each in contents.files(built):
        assert b"canary" not in yard.instance.blobs.read(each.digest)


def test_a_lock_can_be_made_for_other_machines(yard: Yard) -> None:
    arch, other = OTHER
    built = yard.build(f"environment: {{arch: [noarch, {arch}]}}\n{PIP}")
    assert built.meta["platforms"] == sorted([this_platform(), other])
    assert {each.name for each in yard.lock(built, other).packages} >= {"alpha", "beta"}


def test_a_lock_beside_the_file_is_taken_while_it_fits(yard: Yard) -> None:
    yard.write("runtime.yaml", PIP)
    bench = Workbench(yard.runtimes)
    files = bench.lock(BuildRequest(yaml=yard.workdir / "runtime.yaml"), tell=yard.told.append)
    bench.write_locks(files, yard.workdir)
    assert (yard.workdir / LOCK_DIRECTORY / FILE_NAME).is_file()
    yard.index.add("alpha", "9.0")
    assert yard.pins(yard.build(cache=False))["alpha"] == "2.0"
    assert yard.pins(yard.build("dependencies: [{pip: ['alpha>1']}]", cache=False))["alpha"] == "9.0"


def test_a_lock_of_another_platform_is_refused_as_requirements(yard: Yard) -> None:
    yard.write("old.txt", "# starwhale-lock: 1\n# platform: macos-arm64\n# python: 3.12\n")
    with pytest.raises(
        InvalidSpec, match=r"old.txt is a lock for macos-arm64 with Python 3.12, but the runtime"
    ):
        yard.build("dependencies: [old.txt]")


def test_a_named_lock_pins_everything(yard: Yard) -> None:
    built = yard.build("dependencies: [{pip: ['alpha<2']}]")
    yard.write("requirements-sw-lock.txt", yard.lock(built).to_text())
    again = yard.build("dependencies: [requirements-sw-lock.txt]", name="again")
    assert yard.lock(again).packages == yard.lock(built).packages


def test_an_environment_is_taken_as_it_is(yard: Yard, tmp_path: Path) -> None:
    yard.build("dependencies: [{pip: ['alpha<2', beta]}]")
    prefix = yard.restore("digits").parents[1]
    built = yard.build(venv=prefix, name="taken")
    assert yard.pins(built) == {"alpha": "1.0", "beta": "1.5"}
    assert yard.runtimes.contents.description(built).python == platform.python_version()
    assert "alpha==1.0" in yard.runtimes.contents.runtime_yaml(built)


def test_a_project_of_this_machine_is_built_into_the_package_when_asked(yard: Yard) -> None:
    # An own build backend needs no index.
    yard.write(
        "project/backend.py",
        "import sys; sys.path.insert(0, __import__('os').environ['TESTS'])\n"
        "from tests.slice.runtimes.index import make_wheel\n"
        "from pathlib import Path\n"
        "def build_wheel(folder, *_):\n"
        "    return make_wheel(Path(folder), 'mine', '0.3', requires=['alpha<2']).name\n",
    )
    yard.write(
        "project/pyproject.toml",
        '[build-system]\nrequires = []\nbuild-backend = "backend"\nbackend-path = ["."]\n',
    )
    yard.write("requirements.txt", "-e ./project\n")
    yard.env["TESTS"] = str(Path(__file__).parents[3])
    built = yard.build("dependencies: [requirements.txt]", include_editable=True)
    assert yard.pins(built) == {"alpha": "1.0", "mine": "0.3"}
    assert ".starwhale/wheels/mine-0.3-py3-none-any.whl" in {
        each.path for each in yard.runtimes.contents.files(built)
    }
    ran = subprocess.run(
        [yard.restore("digits"), "-c", "import mine; print(mine.version)"], capture_output=True, check=True
    )
    assert ran.stdout == b"0.3\n"


def test_a_package_may_bring_everything_along(yard: Yard) -> None:
    built = yard.build(PIP, download_all=True)
    assert yard.runtimes.contents.description(built).is_complete
    yard.env["UV_DEFAULT_INDEX"] = "http://127.0.0.1:9/simple"
    yard.env["UV_NO_CACHE"] = "1"
    ran = subprocess.run(
        [yard.restore("digits"), "-c", "import alpha; print(alpha.version)"], capture_output=True, check=True
    )
    assert ran.stdout == b"2.0\n"


def test_an_image_is_a_runtime_that_is_not_restored(yard: Yard) -> None:
    built = yard.build(image="registry.example/vision/torch:2.1", cuda="12.1")
    assert (built.name, built.meta["mode"]) == ("torch", "docker")
    with pytest.raises(UsageError, match=r"is the image 'registry.example/vision/torch:2.1'"):
        yard.restore("torch")


@pytest.mark.parametrize(
    ("yaml", "error", "said"),
    [
        ("dependencies: [nowhere.txt]", NotFound, "nowhere.txt"),
        ("dependencies: [{wheels: a.tar.gz}]", InvalidSpec, "is not a wheel"),
        ("dependencies: [{wheels: a-1.0-py3-none-any.whl}]", NotFound, "there is no wheel"),
        ("dependencies: [{files: {src: x, dest: y}}]", NotFound, "there is no file 'x'"),
        ("dependencies: [{files: {src: runtime.yaml, dest: ../y}}]", UsageError, "not allowed"),
        ("dependencies: [{files: {src: runtime.yaml, dest: /etc/y}}]", UsageError, "not allowed"),
        ("dependencies: [{files: {src: runtime.yaml, dest: bin/python}}]", InvalidSpec, "belongs to the env"),
        ("dependencies: [{pip: ['???']}]", InvalidSpec, "is not a requirement"),
        ("dependencies: [{pip: ['-x y']}]", InvalidSpec, "no option '-x'"),
        ("dependencies: [{pip: ['alpha=>2']}]", InvalidSpec, "alpha=>2"),
    ],
)
def test_what_is_wrong_is_one_sentence(yard: Yard, yaml: str, error: type[StarwhaleError], said: str) -> None:
    with pytest.raises(error, match=said.replace("?", r"\?")):
        yard.build(yaml)


def test_exactly_one_source_is_built_from(yard: Yard) -> None:
    with pytest.raises(UsageError, match="exactly one"):
        yard.build(venv=yard.workdir, image="debian")


def test_collection_knows_the_files(yard: Yard) -> None:
    built = yard.build(PIP)
    digests = {each.digest for each in yard.runtimes.contents.files(built)}
    assert yard.runtimes.contents.references(built.manifest) == {built.manifest, *digests}
    assert yard.runtimes.verify(built) == []


def test_a_copy_has_the_same_version_and_tags(yard: Yard) -> None:
    built = yard.build(PIP, tags=("best", "mine"))
    yard.instance.projects.create(yard.instance.actor, "other")
    here = yard.instance
    made = copy_package(
        here.artifacts, here.actor, built, "other", "again", force=False, ignore_tags=["mine"]
    )
    assert (made.version, made.project, made.name) == (built.version, "other", "again")
    assert "best" in made.tags
    assert "mine" not in made.tags


def test_mode_conda_without_conda_is_one_sentence(yard: Yard) -> None:
    if any(shutil.which(each, path=yard.env["PATH"]) for each in PROGRAMS):
        pytest.skip("a program of conda is here")
    with pytest.raises(MissingDependency, match="none is on PATH") as caught:
        yard.build("mode: conda\ndependencies: [{conda: [zlib]}, {pip: [alpha]}]")
    assert "\n" not in str(caught.value)


def test_mode_venv_says_that_it_passes_conda_over(yard: Yard) -> None:
    yard.write("conda.yaml", "dependencies: [zlib, {pip: [alpha]}]\n")
    built = yard.build("mystery: 1\ndependencies: [conda.yaml]")
    assert yard.pins(built)["alpha"] == "2.0"
    assert yard.told == [
        "runtime.yaml has a field mystery, which means nothing here",
        "packages of conda have nothing to do in mode venv: zlib",
    ]
