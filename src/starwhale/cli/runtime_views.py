"""What is in a runtime, as a terminal shows it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from starwhale.cli import packages, units
from starwhale.cli.runtimes import runtimes_of

if TYPE_CHECKING:
    from starwhale.artifacts.schemas import VersionRead
    from starwhale.cli.session import Session
    from starwhale.core.uri import ArtifactUri
    from starwhale.runtimes.service import RuntimeService


def show_runtime(session: Session, uri: ArtifactUri, part: str) -> None:
    """Print one part of what is known of a runtime, or all of it."""
    runtimes = runtimes_of(session)
    found = runtimes.resolve(session.actor, uri)
    parts = {"basic": _show_basic, "runtime_yaml": _show_yaml, "manifest": _show_manifest, "lock": _show_lock}
    names = list(parts) if part == "all" else [part]
    if session.json:
        value = _document(runtimes, found, names)
        session.out.document(value if part in {"basic", "all"} else value[part])
        return
    for number, name in enumerate(names):
        if number:
            session.out.blank()
        parts[name](session, runtimes, found)


def _document(runtimes: RuntimeService, found: VersionRead, parts: list[str]) -> dict[str, Any]:
    value: dict[str, Any] = packages.facts(found) if "basic" in parts else {}
    if "basic" in parts:
        value.update({name: found.meta.get(name) for name in ("mode", "python", "platforms", "packages")})
    if "runtime_yaml" in parts:
        value["runtime_yaml"] = runtimes.contents.runtime_yaml(found)
    if "manifest" in parts:
        value["manifest"] = {
            "description": runtimes.contents.description(found).to_plain(),
            "files": [
                {"path": each.path, "mode": f"{each.mode:o}", "size": each.size, "digest": each.digest}
                for each in runtimes.contents.files(found)
            ],
        }
    if "lock" in parts:
        value["lock"] = runtimes.contents.locks(found)
    return value


def _show_basic(session: Session, runtimes: RuntimeService, found: VersionRead) -> None:
    description = runtimes.contents.description(found)
    fields = [
        *packages.described(session, found),
        ("mode", description.mode),
        ("python", description.python),
        ("locked for", ", ".join(description.platforms)),
        ("packages", units.number(found.meta.get("packages", 0)) if description.platforms else ""),
        ("image", description.image),
        ("cuda", description.cuda),
        ("cudnn", description.cudnn),
        ("asks for", "\n".join((*description.requirements, *description.conda))),
        ("wheels", "\n".join(description.wheels)),
        ("files", "\n".join(dest for _, dest in description.files)),
        ("commands", "\n".join((*description.pre, *description.commands, *description.post))),
    ]
    session.out.record(fields, None)


def _show_yaml(session: Session, runtimes: RuntimeService, found: VersionRead) -> None:
    session.out.line(runtimes.contents.runtime_yaml(found).rstrip(), None)


def _show_manifest(session: Session, runtimes: RuntimeService, found: VersionRead) -> None:
    from starwhale.cli.output import Column

    rows = [
        {"path": each.path, "size": each.size, "digest": each.digest[:12]}
        for each in runtimes.contents.files(found)
    ]
    columns = (
        Column(key="path"),
        Column(key="size", show=units.size, right=True, rank=1),
        Column(key="digest", rank=2),
    )
    session.out.table(rows, columns)


def _show_lock(session: Session, runtimes: RuntimeService, found: VersionRead) -> None:
    locks = runtimes.contents.locks(found)
    if locks:
        session.out.line("\n".join(text.rstrip() for text in locks.values()), None)
    else:
        session.out.say("the runtime was built without a lock")
