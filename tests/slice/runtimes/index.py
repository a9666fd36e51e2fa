"""A package index in a directory, of wheels that are made here."""

from __future__ import annotations

import base64
import hashlib
import re
import zipfile
from collections.abc import Mapping, Sequence
from importlib import metadata
from pathlib import Path

_MOMENT = (2020, 1, 1, 0, 0, 0)


def make_wheel(
    folder: Path,
    name: str,
    version: str,
    *,
    requires: Sequence[str] = (),
    files: Mapping[str, str] | None = None,
    scripts: Mapping[str, str] | None = None,
    tag: str = "py3-none-any",
) -> Path:
    """A wheel that pip and uv install; it holds a module of its name by default."""
    title = re.sub(r"[-.]+", "_", name)
    contents = dict(files) if files is not None else {f"{title}.py": f"version = {version!r}\n"}
    info = f"{title}-{version}.dist-info"
    needs = "".join(f"Requires-Dist: {each}\n" for each in requires)
    contents[f"{info}/METADATA"] = f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n{needs}\n"
    contents[f"{info}/WHEEL"] = f"Wheel-Version: 1.0\nGenerator: test\nRoot-Is-Purelib: true\nTag: {tag}\n"
    if scripts:
        lines = "".join(f"{command} = {target}\n" for command, target in scripts.items())
        contents[f"{info}/entry_points.txt"] = f"[console_scripts]\n{lines}"
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{title}-{version}-{tag}.whl"
    with zipfile.ZipFile(path, "w") as wheel:
        rows = [_add(wheel, place, text) for place, text in contents.items()]
        wheel.writestr(zipfile.ZipInfo(f"{info}/RECORD", _MOMENT), "".join([*rows, f"{info}/RECORD,,\n"]))
    return path


def _add(wheel: zipfile.ZipFile, place: str, text: str) -> str:
    data = text.encode()
    wheel.writestr(zipfile.ZipInfo(place, _MOMENT), data)
    digest = base64.urlsafe_b64encode(hashlib.sha256(data).digest()).rstrip(b"=").decode()
    return f"{place},sha256={digest},{len(data)}\n"


class Index:
    """What `add` puts in is served by `url`."""

    def __init__(self, root: Path) -> None:
        self.files = root / "files"
        self.simple = root / "simple"
        self.simple.mkdir(parents=True)

    @property
    def url(self) -> str:
        return self.simple.as_uri()

    def add(self, name: str, version: str, **more: object) -> Path:
        wheel = make_wheel(self.files, name, version, **more)  # pyright: ignore[reportArgumentType]
        page = self.simple / re.sub(r"[-_.]+", "-", name).lower() / "index.html"
        page.parent.mkdir(exist_ok=True)
        known = page.read_text() if page.exists() else "<!DOCTYPE html><html><body>\n"
        digest = hashlib.sha256(wheel.read_bytes()).hexdigest()
        page.write_text(f'{known}<a href="../../files/{wheel.name}#sha256={digest}">{wheel.name}</a><br>\n')
        return wheel

    def add_needs_of_starwhale(self) -> None:
        """Empty packages of the names that Starwhale needs, so that it can be installed."""
        for each in metadata.requires("starwhale") or ():
            if "extra ==" not in each:
                name = re.match(r"[\w.-]+", each)
                assert name is not None
                self.add(name[0], "1000", files={})
