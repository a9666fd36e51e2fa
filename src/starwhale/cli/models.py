"""Models in a terminal: building them and showing what is in a package."""

from __future__ import annotations

import sys
from contextlib import nullcontext
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from starwhale.cli import copying, model_facts, packages, units

if TYPE_CHECKING:
    from starwhale.artifacts.schemas import VersionRead
    from starwhale.cli.session import Session
    from starwhale.core.handlers import HandlerSpec
    from starwhale.core.uri import ArtifactUri
    from starwhale.models.builder import PackedRuntime


def build_model(
    session: Session,
    workdir: str,
    *,
    project: str,
    model_yaml: str | None,
    modules: tuple[str, ...],
    name: str,
    desc: str,
    tags: tuple[str, ...],
    add_all: bool,
    excludes: tuple[str, ...],
    runtime: str,
    package_runtime: bool,
    push: str | None,
    force_push: bool,
) -> None:
    """Build a version of a model and tell which one it is."""
    from starwhale.models.builder import BuildRequest
    from starwhale.models.discovery import discover

    if push:
        copying.destination(session, "model", name or "any", push)
    python, packed = sys.executable, None
    if runtime:
        python, packed = _runtime(session, runtime, pack=package_runtime)
    request = BuildRequest(
        workdir=Path(workdir),
        name=name,
        modules=modules,
        desc=desc,
        model_yaml=Path(model_yaml) if model_yaml else None,
        tags=tags,
        excludes=excludes,
        add_all=add_all,
        runtime=packed,
    )
    place = session.project(project)
    finding = partial(discover, python=python)
    with nullcontext() if name else packages.named_by_directory("name the model with --name"):
        built = session.instance.models.build(session.actor, place, request, discover=finding)
    copying.tell_built(session, built, push=push, force=force_push)


def _runtime(session: Session, text: str, *, pack: bool) -> tuple[str, PackedRuntime | None]:
    """The Python of a runtime of whatever instance, and what of it goes into a package."""
    from starwhale.core.addresses import parse_uri
    from starwhale.core.kinds import Kind
    from starwhale.models.builder import PackedRuntime

    uri = parse_uri(text, kind=Kind.RUNTIME, defaults=session.config.defaults())
    instance = session.at(uri.instance)
    runtimes = instance.runtimes
    version = runtimes.resolve(instance.actor, uri)
    python = str(runtimes.environment(version).python)
    if not pack:
        return python, None
    files = runtimes.contents.files(version)
    packed = PackedRuntime(name=version.name, version=version.version, files=files, origin=instance.blobs)
    return python, packed


def show_model(session: Session, uri: ArtifactUri, part: str) -> None:
    """Print one part of what is known of a model, or all of it."""
    found = session.instance.models.resolve(session.actor, uri)
    parts = {
        "basic": _show_basic,
        "model_yaml": _show_yaml,
        "handlers": _show_handlers,
        "files": _show_files,
        "facts": _show_facts,
    }
    if session.json:
        value = _document(session, found, tuple(parts) if part == "all" else (part,))
        session.out.document(value if part in {"basic", "all"} else value[part])
        return
    for number, name in enumerate(parts if part == "all" else [part]):
        if number:
            session.out.blank()
        parts[name](session, found)


def _document(session: Session, found: VersionRead, parts: tuple[str, ...]) -> dict[str, Any]:
    models = session.instance.models
    value: dict[str, Any] = packages.facts(found) if "basic" in parts else {}
    if "basic" in parts or "handlers" in parts:
        handlers = models.contents.description(found).handlers
        value["handlers"] = [spec.to_json() for spec in handlers]
    if "basic" in parts or "facts" in parts:
        known = models.contents.facts(found)
        if "basic" in parts:
            value["framework"] = [each.to_json() for each in known.labels]
        if "facts" in parts:
            value["facts"] = known.to_json()
    if "model_yaml" in parts:
        value["model_yaml"] = models.contents.model_yaml(found)
    if "files" in parts:
        value["files"] = [
            {"path": each.path, "mode": f"{each.mode:o}", "size": each.size, "digest": each.digest}
            for each in models.contents.files(found)
        ]
    return value


def _show_basic(session: Session, found: VersionRead) -> None:
    description = session.instance.models.contents.description(found)
    fields = [
        *packages.described(session, found),
        ("framework", model_facts.labels_text(session.instance.models.contents.facts(found).labels)),
        ("modules", ", ".join(description.modules)),
        ("handlers", "\n".join(spec.id for spec in description.handlers)),
        ("runtime", "/version/".join(description.runtime) if description.runtime else ""),
        ("files", units.number(len(session.instance.models.contents.files(found)))),
    ]
    session.out.record(fields, None)


def _show_facts(session: Session, found: VersionRead) -> None:
    model_facts.show_facts(session, session.instance.models.contents.facts(found))


def _show_yaml(session: Session, found: VersionRead) -> None:
    text = session.instance.models.contents.model_yaml(found).rstrip()
    if text:
        session.out.line(text, None)
    else:
        session.out.say("the model was built without a model.yaml")


def _show_handlers(session: Session, found: VersionRead) -> None:
    show_handlers(session, session.instance.models.contents.description(found).handlers)


def show_handlers(session: Session, handlers: tuple[HandlerSpec, ...]) -> None:
    """Print handlers with the numbers by which `--handler` knows them."""
    from starwhale.cli.output import Column

    rows = [
        {
            "number": number,
            "handler": spec.id,
            "kind": spec.kind,
            "replicas": spec.replicas,
            "needs": ", ".join(spec.needs),
        }
        for number, spec in enumerate(handlers)
    ]
    columns = (
        Column(key="number", title="#", right=True),
        Column(key="handler"),
        Column(key="kind", rank=2),
        Column(key="replicas", right=True, rank=3),
        Column(key="needs", rank=1, cut=True),
    )
    session.out.table(rows, columns)


def _show_files(session: Session, found: VersionRead) -> None:
    from starwhale.cli.output import Column

    rows = [
        {"path": each.path, "size": each.size, "digest": each.digest[:12]}
        for each in session.instance.models.contents.files(found)
    ]
    columns = (
        Column(key="path"),
        Column(key="size", show=units.size, right=True, rank=1),
        Column(key="digest", rank=2),
    )
    session.out.table(rows, columns)
