"""Restoring: what an environment holds, when it is made again, and what is refused."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import sys
import tarfile
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from tests.slice.runtimes.conftest import Yard, uri
from tests.slice.runtimes.index import make_wheel

from starwhale.core import release
from starwhale.core.errors import Conflict, Forbidden, InvalidSpec, StarwhaleError, UsageError, UserCodeError
from starwhale.kit.holding import held
from starwhale.kit.times import utc_now
from starwhale.runtimes.fingerprint import MARK, read_mark
from starwhale.runtimes.making import Trust
from starwhale.runtimes.own import OwnWheel, own_wheel
from starwhale.runtimes.platforms import this_platform
from starwhale.runtimes.service import RuntimeService
from starwhale.runtimes.uv import Uv

PIP = "dependencies: [{pip: [alpha]}]\n"
OTHER = "arm64" if "x86" in this_platform() else "amd64"


def says(python: Path, program: str) -> str:
    return subprocess.run([python, "-c", program], capture_output=True, text=True, check=True).stdout.strip()


def test_an_environment_has_what_is_locked_and_this_starwhale(yard: Yard) -> None:
    yard.build(PIP)
    python = yard.restore("digits")
    assert python.is_relative_to(yard.runtimes.settings.root / "runtimes")
    assert says(python, "import alpha, beta; print(alpha.version, beta.version)") == "2.0 1.5"
    place = Path(says(python, "import starwhale; print(starwhale.__file__)"))
    assert place.is_relative_to(python.parents[1])
    ours = Path(release.__file__)
    assert (place.parent / "core/release.py").read_bytes() == ours.read_bytes()


def test_programs_of_packages_run_from_where_they_were_moved_to(yard: Yard) -> None:
    yard.build(PIP)
    python = yard.restore("digits")
    ran = subprocess.run([python.with_name("beta-tool")], capture_output=True, text=True, check=False)
    assert "1.5" in ran.stderr


def test_an_environment_is_made_once(yard: Yard) -> None:
    built = yard.build(PIP)
    first = yard.runtimes.environment(built)
    again = yard.runtimes.environment(built)
    assert (first.is_new, again.is_new, again.prefix) == (True, False, first.prefix)
    assert again.facts == first.facts
    assert again.facts.packages["alpha"] == "2.0"


def test_environments_that_nobody_uses_are_swept_and_made_again(yard: Yard) -> None:
    built = yard.build(PIP)
    prefix = yard.runtimes.environment(built).prefix
    now = utc_now()
    assert yard.runtimes.sweep(now - timedelta(days=1)) == 0
    assert prefix.exists()
    assert yard.runtimes.sweep(now + timedelta(minutes=1)) == 1
    assert not prefix.parent.exists()
    assert yard.runtimes.environment(built).is_new


def test_an_environment_that_a_job_runs_in_stays_however_long_it_takes(yard: Yard) -> None:
    made = yard.runtimes.environment(yard.build(PIP))
    later = utc_now() + timedelta(minutes=1)
    with held(made.prefix):
        assert yard.runtimes.sweep(later) == 0
    assert yard.runtimes.sweep(later) == 1


def test_two_stores_make_environments_of_one_fingerprint(yard: Yard, tmp_path: Path) -> None:
    built = yard.build(PIP)
    first = yard.runtimes.environment(built).facts
    forced = yard.runtimes.environment(built, force=True)
    elsewhere = yard.runtimes.restorer.make_at(built, tmp_path / "elsewhere")
    assert forced.is_new
    assert forced.facts.fingerprint == first.fingerprint == elsewhere.fingerprint


def test_jobs_compare_an_environment_before_they_start(yard: Yard) -> None:
    yard.build(PIP)
    python = yard.restore("digits")
    assert yard.runtimes.compare(python).packages["beta"] == "1.5"
    extra = make_wheel(yard.workdir, "gamma", "0.1")
    install = ["pip", "install", "--python", str(python), "--no-deps", "--no-index", str(extra)]
    subprocess.run([_uv(yard).program, *install], env=yard.env, check=True, capture_output=True)
    with pytest.raises(Conflict, match=r"was changed since it was restored: gamma 0\.1 came"):
        yard.runtimes.compare(python)


def test_a_changed_environment_is_made_again(yard: Yard) -> None:
    built = yard.build(PIP)
    python = yard.restore("digits")
    for each in (python.parents[1] / "lib").glob("python*/site-packages/beta-*"):
        (each / "RECORD").write_text("")
    made = yard.runtimes.environment(built)
    assert made.is_new
    yard.runtimes.compare(python)


def test_an_environment_whose_python_is_gone_is_made_again(yard: Yard) -> None:
    built = yard.build(PIP)
    python = yard.restore("digits")
    python.unlink()
    assert yard.runtimes.environment(built).is_new
    assert python.exists()


def test_what_was_never_finished_is_made_again(yard: Yard) -> None:
    built = yard.build(PIP)
    prefix = yard.restore("digits").parents[1]
    (prefix / MARK).unlink()
    rest = prefix.with_name(f".{prefix.name}.1234")
    rest.mkdir()
    assert yard.runtimes.environment(built).is_new
    assert not rest.exists()
    assert [each.name for each in prefix.parent.iterdir()] == [prefix.name]


def test_a_changed_file_of_a_package_is_found_by_verify(yard: Yard) -> None:
    built = yard.build(PIP)
    python = yard.restore("digits")
    site = next((python.parents[1] / "lib").glob("python*/site-packages"))
    (site / "alpha.py").write_text("version = 'evil'\n")
    assert yard.runtimes.verify(built) == ["alpha.py"]


def test_what_is_written_to_an_environment_does_not_reach_others(yard: Yard, tmp_path: Path) -> None:
    built = yard.build(PIP)
    yard.runtimes.restorer.make_at(built, tmp_path / "one")
    yard.runtimes.restorer.make_at(built, tmp_path / "two")
    one, two = (
        next((tmp_path / each / "lib").glob("python*/site-packages/alpha.py")) for each in ("one", "two")
    )
    one.write_text("version = 'evil'\n")
    assert two.read_text() == "version = '2.0'\n"


def test_files_commands_and_hooks_are_done(yard: Yard) -> None:
    yard.write("scripts/hello.sh", "#!/bin/sh\necho hello\n", mode=0o755)
    yard.write("data/a/b.txt", "deep")
    yard.build(
        "dependencies:\n"
        "  - pip: [alpha]\n"
        "  - files: [{src: scripts/hello.sh, dest: bin/hello}, {src: data, dest: share/data}]\n"
        "  - commands: ['hello > $VIRTUAL_ENV/said', 'python -c \"import alpha\"', 'ls runtime.yaml']\n"
        f"hooks: {{pre: 'echo pre > {yard.workdir}/pre', "
        "post: ['cat $VIRTUAL_ENV/said > $VIRTUAL_ENV/post']}\n"
    )
    prefix = yard.restore("digits").parents[1]
    assert (prefix / "post").read_text() == "hello\n"
    assert (prefix / "share/data/a/b.txt").read_text() == "deep"
    assert (yard.workdir / "pre").read_text() == "pre\n"


@pytest.mark.parametrize(
    ("yaml", "named"),
    [
        ("dependencies: [{{commands: ['touch {}']}}]", "commands"),
        ("hooks: {{pre: 'touch {}'}}", "hooks.pre"),
        ("hooks: {{post: 'touch {}'}}", "hooks.post"),
    ],
)
def test_nothing_of_strangers_runs_as_the_server_while_it_is_set_up(
    yard: Yard, tmp_path: Path, yaml: str, named: str
) -> None:
    built = yard.build(yaml.format(tmp_path / "ran"))
    careful = replace(yard.runtimes, trust=Trust(programs=False))
    with pytest.raises(Forbidden, match=re.escape(f"this one has {named}")):
        careful.restore(yard.instance.actor, uri("digits"))
    assert not (tmp_path / "ran").exists()
    assert list((yard.runtimes.settings.root / "runtimes").glob(f"{built.version}/*")) == []


def test_sources_of_strangers_are_not_built(yard: Yard, tmp_path: Path) -> None:
    place = tmp_path / "evil-1.0"
    place.mkdir()
    (place / "setup.py").write_text(
        f"from pathlib import Path; Path({str(tmp_path / 'ran')!r}).touch()\n"
        "from setuptools import setup; setup(name='evil', version='1.0')\n"
    )
    (place / "PKG-INFO").write_text("Metadata-Version: 2.1\nName: evil\nVersion: 1.0\n")
    with tarfile.open(yard.index.files / "evil-1.0.tar.gz", "w:gz") as archive:
        archive.add(place, "evil-1.0")
    page = yard.index.simple / "evil"
    page.mkdir()
    (page / "index.html").write_text('<a href="../../files/evil-1.0.tar.gz">evil-1.0.tar.gz</a>')
    yard.build("dependencies: [{pip: [evil]}]", lock=False)
    careful = replace(yard.runtimes, trust=Trust(programs=False))
    with pytest.raises(StarwhaleError, match="evil"):
        careful.restore(yard.instance.actor, uri("digits"))
    assert not (tmp_path / "ran").exists()


def test_wheels_of_strangers_are_installed(yard: Yard) -> None:
    yard.build(PIP)
    careful = replace(yard.runtimes, trust=Trust(programs=False))
    python = careful.restore(yard.instance.actor, uri("digits"))
    assert says(python, "import alpha; print(alpha.version)") == "2.0"


def test_a_command_that_does_not_end_is_ended_with_all_it_has_started(yard: Yard, tmp_path: Path) -> None:
    yard.build(f"hooks: {{pre: 'sleep 4711 & echo $! > {tmp_path}/pid; wait'}}")
    impatient = replace(yard.runtimes, trust=Trust(patience=1.5))
    with pytest.raises(UserCodeError, match="took longer than 2 s"):
        impatient.restore(yard.instance.actor, uri("digits"))
    pid = int((tmp_path / "pid").read_text())
    until = time.monotonic() + 30
    while Path(f"/proc/{pid}").exists() and "Z" not in Path(f"/proc/{pid}/stat").read_text().split()[2]:
        assert time.monotonic() < until
        time.sleep(0.05)


def test_a_command_that_fails_is_told_and_leaves_nothing(yard: Yard) -> None:
    built = yard.build("dependencies: [{commands: ['echo so it is; exit 3']}]")
    with pytest.raises(
        UserCodeError, match=r"command 'echo so it is; exit 3' exited with status 3:\n  so it is"
    ):
        yard.restore("digits")
    assert list((yard.runtimes.settings.root / "runtimes" / built.version).iterdir()) == []


def test_a_file_that_is_not_the_one_that_was_locked_is_refused(yard: Yard) -> None:
    yard.build(PIP)
    page = yard.index.simple / "alpha/index.html"
    wheel = yard.index.add("alpha", "2.0", requires=["beta>=1"], files={"alpha.py": "version = 'evil'\n"})
    lines = [line for line in page.read_text().splitlines() if "alpha-2.0" not in line]
    page.write_text("\n".join([*lines, f'<a href="../../files/{wheel.name}">{wheel.name}</a>']))
    yard.env["UV_CACHE_DIR"] = str(yard.workdir / "cold")
    with pytest.raises(InvalidSpec, match="alpha"):
        yard.restore("digits")


def test_a_lock_for_another_platform_is_told_in_one_sentence(yard: Yard) -> None:
    yard.build(f"environment: {{arch: {OTHER}}}\n{PIP}")
    with pytest.raises(
        UsageError, match=f"is locked for linux-.*, and this machine is {this_platform()}"
    ) as caught:
        yard.restore("digits")
    assert "environment.arch: [amd64, arm64]" in caught.value.hint
    assert "\n" not in str(caught.value)


def test_a_python_that_is_not_there_is_told(yard: Yard) -> None:
    yard.build(f"environment: {{python: '3.99'}}\n{PIP}", lock=False)
    with pytest.raises(InvalidSpec, match=r"3\.99"):
        yard.restore("digits")


def test_several_may_restore_at_once(yard: Yard) -> None:
    built = yard.build("dependencies: [{pip: [alpha]}, {commands: ['echo x >> ${VIRTUAL_ENV%/*}/../count']}]")
    with ThreadPoolExecutor(4) as pool:
        made = list(pool.map(lambda _: yard.runtimes.environment(built), range(4)))
    assert sum(each.is_new for each in made) == 1
    assert len({each.prefix for each in made}) == 1
    assert (yard.runtimes.settings.root / "runtimes/count").read_text() == "x\n"


def test_a_runtime_without_a_lock_is_resolved_when_it_is_restored(yard: Yard) -> None:
    built = yard.build("dependencies: [{pip: ['alpha<2']}]", lock=False)
    assert built.meta["platforms"] == []
    assert says(yard.restore("digits"), "import alpha; print(alpha.version)") == "1.0"


def test_a_later_starwhale_gets_what_it_needs_beside_the_lock(yard: Yard) -> None:
    yard.build("dependencies: [{pip: ['alpha<2']}]")

    def later(cache: Path) -> OwnWheel:
        now = own_wheel(cache)
        wheel = make_wheel(
            cache / "later",
            "starwhale",
            now.version,
            requires=["beta", "alpha"],
            files={"starwhale/__init__.py": ""},
        )
        return replace(now, path=wheel, key="later", needs="later")

    old = yard.runtimes
    runtimes = RuntimeService(old.artifacts, old.blobs, old.settings, old.env, later)
    python = runtimes.restore(yard.instance.actor, uri("digits"))
    assert says(python, "import alpha, beta; print(alpha.version, beta.version)") == "1.0 1.5"
    assert python != yard.restore("digits")


def test_the_mark_tells_what_was_made(yard: Yard) -> None:
    built = yard.build(PIP)
    prefix = yard.restore("digits").parents[1]
    facts = read_mark(prefix)
    assert facts is not None
    assert (facts.runtime, facts.platform) == (built.version, this_platform())
    assert facts.python.startswith(f"3.{sys.version_info.minor}.")
    assert json.loads((prefix / MARK).read_text())["format"] == 1


def test_no_uv_is_one_sentence(yard: Yard, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    from starwhale.core.errors import MissingDependency
    from starwhale.runtimes.uv import find_uv

    monkeypatch.setattr(sys, "executable", str(tmp_path / "python"))
    with pytest.raises(MissingDependency, match="need the program uv"):
        find_uv({"PATH": str(tmp_path)})


def _uv(yard: Yard) -> Uv:
    return yard.runtimes.tools.uv()


def test_a_repository_is_locked_to_its_commit(yard: Yard) -> None:
    if shutil.which("git", path=yard.env["PATH"]) is None:
        pytest.skip("there is no git here")
    yard.write(
        "repo/backend.py",
        "import os, sys; sys.path.insert(0, os.environ['TESTS'])\n"
        "from tests.slice.runtimes.index import make_wheel\n"
        "from pathlib import Path\n"
        "def build_wheel(folder, *_):\n"
        "    return make_wheel(Path(folder), 'mine', '0.3', requires=['alpha<2']).name\n",
    )
    yard.write(
        "repo/pyproject.toml",
        '[build-system]\nrequires = []\nbuild-backend = "backend"\nbackend-path = ["."]\n'
        '[project]\nname = "mine"\nversion = "0.3"\ndependencies = ["alpha<2"]\n',
    )
    yard.env["TESTS"] = str(Path(__file__).parents[3])
    repo = yard.workdir / "repo"
    as_me = ["-c", "user.name=me", "-c", "user.email=me@example.com"]
    for words in (["init", "-q"], ["add", "."], [*as_me, "commit", "-qm", "x"]):
        subprocess.run(["git", *words], cwd=repo, env=yard.env, check=True, capture_output=True)
    head = subprocess.run(
        ["git", "rev-parse", "HEAD"], cwd=repo, env=yard.env, check=True, capture_output=True, text=True
    )
    built = yard.build(f"dependencies: [{{pip: ['mine @ git+file://{repo}']}}]")
    (commit,) = yard.lock(built).commits
    assert commit.line == f"mine @ git+file://{repo}@{head.stdout.strip()}"
    assert says(yard.restore("digits"), "import mine, alpha; print(mine.version, alpha.version)") == "0.3 1.0"
