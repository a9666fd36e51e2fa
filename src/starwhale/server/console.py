"""The console as it was built into this installation: its page, and the files that the page asks for."""

from __future__ import annotations

import re
import secrets
from dataclasses import dataclass
from http import HTTPStatus
from pathlib import Path

from starlette.exceptions import HTTPException

BUILT = Path(__file__).parent / "static"
MISSING = (
    "the console is not part of this installation, the API works; "
    "`make console` builds it in a checkout that has Node.js, released wheels hold it"
)
# What the build leaves to be filled in; see web/vite.config.ts.
_BLANK = "STARWHALE_NONCE"
_NAME = re.compile(r"[A-Za-z0-9_-][A-Za-z0-9_.-]{0,200}")
_TYPES = {
    ".css": "text/css; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".svg": "image/svg+xml",
    ".woff2": "font/woff2",
}
# Every name holds a digest of the content.
_FOR_EVER = "public, max-age=31536000, immutable"


@dataclass(frozen=True, slots=True, kw_only=True)
class Sent:
    """What a browser is sent.

    Attributes:
        headers: Of HTTP, the type of the content among them.
    """

    content: bytes
    headers: dict[str, str]


@dataclass(frozen=True, slots=True)
class Console:
    """A console that was built into a directory; there may be none.

    Args:
        directory: Holds ``index.html`` and ``assets/``.
    """

    directory: Path = BUILT

    @property
    def built(self) -> bool:
        """Whether there is one."""
        return (self.directory / "index.html").is_file()

    def page(self) -> Sent:
        """The one page of the console, which shows what its address says; or a page that says why not.

        Styles that it makes itself carry a number that is new in every answer, so that nothing that somebody
        smuggles into it is taken for a style or a script of ours.
        """
        number = secrets.token_urlsafe(16)
        try:
            text = (self.directory / "index.html").read_text("utf-8").replace(_BLANK, number)
        except FileNotFoundError:
            text = _WITHOUT.replace(_BLANK, number)
        headers = {
            "content-type": "text/html; charset=utf-8",
            "cache-control": "no-cache",
            "content-security-policy": _policy(number),
        }
        return Sent(content=text.encode(), headers=headers)

    def file(self, name: str, accepted: str) -> Sent:
        """One of its files.

        Args:
            name: As the page asks for it.
            accepted: The header ``Accept-Encoding``.

        Raises:
            HTTPException: there is none of that name.
        """
        path = self.directory / "assets" / name
        kind = _TYPES.get(path.suffix)
        if kind is None or not _NAME.fullmatch(name) or not path.is_file():
            raise HTTPException(HTTPStatus.NOT_FOUND)
        headers = {"content-type": kind, "cache-control": _FOR_EVER, "vary": "accept-encoding"}
        packed = path.with_name(f"{name}.gz")
        if _takes_gzip(accepted) and packed.is_file():
            return Sent(content=packed.read_bytes(), headers={**headers, "content-encoding": "gzip"})
        return Sent(content=path.read_bytes(), headers=headers)


def _takes_gzip(accepted: str) -> bool:
    asked = (each.replace(" ", "").partition(";q=") for each in accepted.lower().split(","))
    return any(name == "gzip" and (not weight or weight.strip("0.")) for name, _, weight in asked)


def _policy(number: str) -> str:
    return (
        "default-src 'none'; script-src 'self'; connect-src 'self'; font-src 'self'; manifest-src 'self'; "
        f"style-src 'self' 'nonce-{number}'; img-src 'self' data: blob:; media-src 'self' blob:; "
        "object-src 'none'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
    )


_WITHOUT = f"""<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Starwhale</title>
<style nonce="{_BLANK}">
  :root {{ color-scheme: light dark; font-family: system-ui, sans-serif; line-height: 1.6; }}
  body {{ max-width: 40rem; margin: 10vh auto; padding: 0 1rem; }}
  code {{ font-family: ui-monospace, monospace; }}
</style>
</head>
<body>
<h1>Starwhale</h1>
<p>This server works, but the console is not part of its installation: it was installed from source on a
machine where the console could not be built.</p>
<ul>
  <li>A released wheel holds it: <code>pip install 'starwhale[server]'</code></li>
  <li>In a checkout, with Node.js 20.19 or later: <code>make console</code>, then load this page again.</li>
</ul>
<p>Everything else is there: the API is described at <a href="/api/v1/openapi.json">/api/v1/openapi.json</a>,
and <code>swcli instance login</code> works.</p>
<p lang="zh-CN">服务器运行正常，但此安装不包含控制台：从源码安装时未能构建控制台。请安装正式发布的 wheel，
或在装有 Node.js 20.19 以上版本的源码目录中执行 <code>make console</code>，然后刷新本页。
API 与命令行均可正常使用。</p>
</body>
</html>
"""
