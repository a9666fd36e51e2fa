"""The pages to try functions out, as files of ours: nothing is fetched from elsewhere."""

from __future__ import annotations

from functools import cache
from importlib.resources import files

_TYPES = {
    ".html": b"text/html; charset=utf-8",
    ".js": b"text/javascript; charset=utf-8",
    ".css": b"text/css; charset=utf-8",
    ".svg": b"image/svg+xml",
}
_FILES = ("index.html", "docs.html", "style.css", "form.js", "page.js", "chat.js", "docs.js", "icon.svg")
POLICY = (
    b"default-src 'self'; img-src 'self' data: blob:; media-src 'self' data: blob:; "
    b"object-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'self'"
)


@cache
def static() -> dict[str, tuple[bytes, bytes]]:
    """Content and type of each file by its address."""
    folder = files("starwhale.serving") / "static"
    found = {
        f"/static/{name}": ((folder / name).read_bytes(), _TYPES[name[name.rindex(".") :]]) for name in _FILES
    }
    return {**found, "/": found["/static/index.html"], "/docs": found["/static/docs.html"]}
