"""A Dockerfile of a locked runtime, in two stages: one that installs, one that runs.

The first stage has uv and an interpreter that uv brings, so the second may be any image with the same libc,
such as one of CUDA, and holds neither uv nor its cache. Where packages come from is given to the build as
arguments and never stays in the image.
"""

from __future__ import annotations

import json
from dataclasses import dataclass

from starwhale.core.errors import UsageError
from starwhale.runtimes import package
from starwhale.runtimes.lock import Lock
from starwhale.runtimes.package import Description

UV_IMAGE = "ghcr.io/astral-sh/uv"
BASE_IMAGE = "debian:bookworm-slim"
_ROOT = "/opt/starwhale"


@dataclass(frozen=True, slots=True, kw_only=True)
class Image:
    """What the Dockerfile is made of.

    Attributes:
        title: Of the runtime and its version.
        description: Of the runtime.
        locks: By the architecture of Docker, ``amd64`` or ``arm64``.
        uv: Version of uv that installs; empty for the newest.
        own: File name of the wheel of Starwhale.
    """

    title: str
    description: Description
    locks: dict[str, Lock]
    uv: str
    own: str


def dockerfile(image: Image) -> str:
    """The text; beside it lie ``lock.ARCH.txt``, ``own/`` and the files of the package in ``content/``.

    Raises:
        UsageError: the runtime is an image already, or of conda.
    """
    description = image.description
    if description.mode != package.VENV:
        raise UsageError(
            f"runtime {image.title} is of mode {description.mode}, of which no Dockerfile is written",
            hint="mode venv can be dockerized; with conda in `commands` where it is needed",
        )
    blocks = [_head(image), _build_stage(image), _run_stage(image)]
    return "\n".join(blocks)


def ignored() -> str:
    """The text of the ``.dockerignore`` beside it."""
    return "*\n!content\n!own\n!lock.*.txt\n"


def _head(image: Image) -> str:
    return (
        "# syntax=docker/dockerfile:1\n"
        f"# {image.title}, written by Starwhale\n"
        f"ARG UV_IMAGE={UV_IMAGE}:{f'{image.uv}-' if image.uv else ''}debian-slim\n"
        f"ARG BASE_IMAGE={image.description.image or BASE_IMAGE}\n"
    )


def _build_stage(image: Image) -> str:
    description = image.description
    install = "uv pip install --python /opt/venv/bin/python --no-deps"
    lines = [
        "FROM ${UV_IMAGE} AS build",
        "ARG TARGETARCH",
        "ARG UV_DEFAULT_INDEX",
        "ARG UV_INDEX",
        "ARG UV_INSECURE_HOST",
        "ENV UV_COMPILE_BYTECODE=1 UV_LINK_MODE=copy",
        "ENV UV_PYTHON_INSTALL_DIR=/opt/python UV_PYTHON_PREFERENCE=only-managed",
        f"WORKDIR {_ROOT}",
        "COPY content/ content/",
        "COPY own/ own/",
        "COPY lock.*.txt ./",
    ]
    links = sorted({each.rpartition("/")[0] for each in description.wheels})
    found = "".join(f" --find-links {_quoted(f'content/{each}')}" for each in links)
    found += " --no-index" if description.is_complete else ""
    steps = [f"uv venv --python {description.python} /opt/venv"]
    if any(lock.hashed for lock in image.locks.values()):
        steps.append(f"{install} --require-hashes{found} --requirement lock.${{TARGETARCH}}.txt")
    commits = next(iter(image.locks.values())).commits
    steps += [f"{install} {_quoted(each.line)}" for each in commits]
    steps.append(f"{install} {_quoted(f'own/{image.own}')}")
    lines.append(_run(steps, "--mount=type=cache,target=/root/.cache/uv "))
    for src, dest in description.files:
        lines.append(_run([_copied(f"content/{src}", f"/opt/venv/{dest}")]))
    return "\n".join(lines) + "\n"


def _run_stage(image: Image) -> str:
    description = image.description
    lines = [
        "FROM ${BASE_IMAGE}",
        f"LABEL org.opencontainers.image.title={json.dumps(image.title)}",
        "COPY --from=build /opt/python /opt/python",
        "COPY --from=build /opt/venv /opt/venv",
        "ENV PATH=/opt/venv/bin:$PATH VIRTUAL_ENV=/opt/venv PYTHONUNBUFFERED=1",
    ]
    commands = [*description.pre, *description.commands, *description.post]
    if commands:
        lines.append(f"COPY --from=build {_ROOT}/content {_ROOT}/content")
        lines.append(f"WORKDIR {_ROOT}/content")
        lines += [_shell(each) for each in commands]
    lines += ["WORKDIR /workspace", 'CMD ["python"]']
    return "\n".join(lines) + "\n"


def _run(steps: list[str], mount: str = "") -> str:
    return f"RUN {mount}" + " \\\n && ".join(steps)


def _shell(command: str) -> str:
    # The form of a list takes any text as it is, quotes and line ends included.
    return f"RUN {json.dumps(['/bin/sh', '-ec', command])}"


def _copied(source: str, target: str) -> str:
    parent = target.rpartition("/")[0]
    return f"mkdir -p {_quoted(parent)} && cp -a {_quoted(source)} {_quoted(target)}"


def _quoted(text: str) -> str:
    import shlex

    return shlex.quote(text)
