"""Dockerfiles: read by a parser, and checked by hadolint."""

from __future__ import annotations

import io
import json
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from tests.slice.runtimes.conftest import Yard
from tests.slice.runtimes.index import make_wheel

from starwhale.core.errors import Unavailable, UsageError
from starwhale.runtimes.docker import BuildOptions, build, commands, write_context

KNOWN = {"ARG", "CMD", "COPY", "ENV", "FROM", "LABEL", "RUN", "WORKDIR"}


def instructions(text: str) -> list[tuple[str, str]]:
    joined = re.sub(r"\\\n", " ", text)
    lines = [line.strip() for line in joined.splitlines() if line.strip() and not line.startswith("#")]
    return [(line.split(maxsplit=1)[0], line.split(maxsplit=1)[1]) for line in lines]


def complaints(text: str) -> list[str]:
    """What hadolint says of a Dockerfile, the rules by their numbers."""
    linter = Path(sys.executable).with_name("hadolint")
    if not linter.is_file():
        pytest.skip("hadolint is not installed")
    words = [str(linter), "--no-color", "--format", "json", "-"]
    done = subprocess.run(words, input=text, capture_output=True, text=True, check=False, timeout=60)
    return [f"{each['code']} in line {each['line']}: {each['message']}" for each in json.loads(done.stdout)]


FULL = """
name: digits
environment: {docker: {image: 'registry.example/cuda:12.4'}}
dependencies:
  - pip: [alpha]
  - wheels: dist/gamma-0.1-py3-none-any.whl
  - files: [{src: 'a file.sh', dest: bin/hello}]
  - commands: ['echo "it''s $HOME" | cat', "printf 'a\\nb'"]
hooks: {post: 'true'}
"""


@pytest.fixture
def context(yard: Yard, tmp_path: Path) -> Path:
    make_wheel(yard.workdir / "dist", "gamma", "0.1")
    yard.write("a file.sh", "#!/bin/sh\n")
    built = yard.build(FULL + "\n")
    return write_context(yard.runtimes, built, [_arch(yard)], tmp_path / "context").parent


def _arch(yard: Yard) -> str:
    from starwhale.runtimes.platforms import this_platform

    if not this_platform().startswith("linux"):
        pytest.skip("images are of Linux, and this machine is not")
    return "amd64" if "x86_64" in this_platform() else "arm64"


def test_a_dockerfile_has_nothing_that_a_linter_minds(context: Path) -> None:
    text = (context / "Dockerfile").read_text()
    # Commands of the recipe are kept letter by letter, each in a step of its own.
    ours = [line for line in text.splitlines() if not line.startswith('RUN ["')]
    assert len(text.splitlines()) - len(ours) == 3
    assert complaints("\n".join(ours)) == []
    assert {each.split()[0] for each in complaints(text)} <= {"DL3059", "DL4006"}


def test_the_linter_minds_what_is_wrong() -> None:
    wrong = "FROM debian:latest\nWORKDIR app\nRUN sudo ls\nCMD python\n"
    assert {each.split()[0] for each in complaints(wrong)} >= {"DL3000", "DL3004", "DL3007", "DL3025"}


def test_a_parser_of_dockerfiles_reads_it(context: Path) -> None:
    parser = pytest.importorskip("dockerfile_parse", reason="dockerfile-parse is not installed")
    content = (context / "Dockerfile").read_bytes()
    read = parser.DockerfileParser(fileobj=io.BytesIO(content))
    names = [each["instruction"] for each in read.structure if each["instruction"] != "COMMENT"]
    assert set(names) <= KNOWN
    assert len(read.parent_images) == 2
    assert read.baseimage == "registry.example/cuda:12.4"
    assert read.labels["org.opencontainers.image.title"].startswith("runtime digits/version/")


def test_what_is_copied_is_there(context: Path) -> None:
    text = (context / "Dockerfile").read_text()
    for name, rest in instructions(text):
        if name == "COPY" and "--from" not in rest:
            for each in rest.split()[:-1]:
                assert list(context.glob(each)), each
    names = {each.name for each in context.iterdir()}
    assert names == {"Dockerfile", ".dockerignore", "content", "own", f"lock.{_arch_of(context)}.txt"}
    lock = (context / f"lock.{_arch_of(context)}.txt").read_text()
    assert "alpha==2.0 \\\n    --hash=sha256:" in lock
    assert "--find-links content/dist" in text
    assert "'content/a file.sh' /opt/venv/bin/hello" in text


def _arch_of(context: Path) -> str:
    return next(context.glob("lock.*.txt")).name.split(".")[1]


def test_commands_are_kept_letter_by_letter(context: Path) -> None:
    steps = instructions((context / "Dockerfile").read_text())
    lists = [json.loads(rest) for name, rest in steps if name == "RUN" and rest[0] == "["]
    assert [each[2] for each in lists] == ['echo "it\'s $HOME" | cat', "printf 'a\nb'", "true"]


def test_the_index_of_the_machine_is_not_in_it(context: Path, yard: Yard) -> None:
    text = (context / "Dockerfile").read_text()
    assert yard.index.url not in text
    assert "pypi.org" not in text
    assert "ARG UV_DEFAULT_INDEX\n" in text


def test_the_steps_of_the_file_install_what_is_locked(context: Path, yard: Yard, tmp_path: Path) -> None:
    """The commands of the first stage, run here, make the environment."""
    text = (context / "Dockerfile").read_text()
    steps = next(rest for name, rest in instructions(text) if name == "RUN")
    venv = tmp_path / "venv"
    script = steps.partition("target=/root/.cache/uv ")[2].replace("/opt/venv", str(venv))
    env = {**yard.env, "TARGETARCH": _arch_of(context)}
    subprocess.run(["/bin/sh", "-ec", script], cwd=context, env=env, check=True, capture_output=True)
    program = "import alpha, gamma, starwhale; print(alpha.version, gamma.version)"
    ran = subprocess.run([venv / "bin/python", "-c", program], capture_output=True, text=True, check=True)
    assert ran.stdout == "2.0 0.1\n"


def test_a_platform_without_a_lock_is_told(yard: Yard, tmp_path: Path) -> None:
    other = "arm64" if _arch(yard) == "amd64" else "amd64"
    built = yard.build("dependencies: [{pip: [alpha]}]")
    with pytest.raises(UsageError, match=f"linux/{other} needs linux-"):
        write_context(yard.runtimes, built, [other], tmp_path / "context")
    with pytest.raises(UsageError, match="of mode docker"):
        write_context(yard.runtimes, yard.build(image="debian:12"), ["amd64"], tmp_path / "context")


def test_docker_is_called_with_what_was_asked_for() -> None:
    lines = commands(
        Path("/c"),
        BuildOptions(
            tags=("a/b:1", "c"), arches=("amd64", "arm64"), push=True, use_builder=True, reset_qemu=True
        ),
    )
    assert lines[0][:4] == ["docker", "run", "--rm", "--privileged"]
    assert lines[1][:3] == ["docker", "buildx", "create"]
    words = " ".join(lines[2])
    assert "--platform linux/amd64,linux/arm64" in words
    assert "--tag a/b:1 --tag c --push /c" in words
    assert "--load" in commands(Path("/c"), BuildOptions())[0]


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (BuildOptions(push=True), "without a name"),
        (BuildOptions(arches=("amd64", "arm64")), "can only be pushed"),
        (BuildOptions(tags=("--evil",)), "not the name of an image"),
    ],
)
def test_what_docker_could_not_do_is_refused(options: BuildOptions, said: str) -> None:
    with pytest.raises(UsageError, match=said):
        commands(Path("/c"), options)


def test_an_engine_that_does_not_answer_is_told(yard: Yard, tmp_path: Path) -> None:
    if shutil.which("docker", path=yard.env["PATH"]) is None:
        pytest.skip("there is no docker here")
    arch = _arch(yard)
    built = yard.build("name: small")
    context = write_context(yard.runtimes, built, [arch], tmp_path / "context").parent
    yard.env["DOCKER_HOST"] = f"unix://{tmp_path}/nobody.sock"
    with pytest.raises(Unavailable, match="does not answer") as caught:
        build(yard.runtimes, built, context, BuildOptions(arches=(arch,)))
    assert str(context) in caught.value.hint


def test_docker_builds_it(yard: Yard, context: Path) -> None:
    docker = shutil.which("docker")
    if docker is None or subprocess.run([docker, "info"], capture_output=True, check=False).returncode:
        pytest.skip("no engine of docker answers here")
    ran = subprocess.run(
        ["docker", "build", "--check", str(context)], capture_output=True, text=True, check=False
    )
    assert ran.returncode == 0, ran.stderr
