"""Five hundred texts that lead elsewhere, where a name or a path is expected."""

from __future__ import annotations

from itertools import product
from pathlib import PurePath

_UPS = ["..", ". .", "...", "....", "..;", "..%00", "．．", "‥", "․․", "..\u200b"]
_SLASHES = ["/", "\\", "//", "/./", "\\/", "%2f", "%5c", "%252f", "%c0%af", "∕", "／", ";/"]
_ENDS = ["etc/passwd", "secret.txt", "catalog.sqlite", ""]
_ALONE = [
    "",
    ".",
    "..",
    "/",
    "\\",
    "~",
    "~root",
    "-rf",
    "/etc/passwd",
    "//etc/passwd",
    "file:///etc/passwd",
    "C:\\Windows\\win.ini",
    "C:/Windows/win.ini",
    "\\\\server\\share\\x",
    "//server/share/x",
    "\\\\?\\C:\\x",
    "/proc/self/environ",
    "/dev/stdin",
    "a\0b",
    "a\0/../b",
    "%00",
    "a%00.txt",
    "a\nb",
    "a\r\nX-Evil: 1",
    "a\tb",
    "\x7f",
    "\x1b[31m",
    "CON",
    "NUL.txt",
    "a.",
    "a ",
    " a",
    "a" * 81,
    "a" * 5000,
    "é" * 100,
    "\u202egnp.exe",
    "a/b",
    "a?b",
    "a#b",
    "a;b",
    "a&b=c",
    "a@b",
    "a:b",
    "a*b",
    "${jndi:ldap://x}",
    "{{7*7}}",
    "$(id)",
    "`id`",
    "' OR 1=1 --",
    '"; DROP TABLE projects; --',
    "latest/../../x",
    "v0/../v1",
    "local/project/other/dataset/x",
    "cloud://server/project/x",
    "http://169.254.169.254/latest",
    "s3://bucket/key",
    "@evil",
    "..git",
    ".git/config",
    "null",
    "None",
    "undefined",
    "true",
    "0",
    "-1",
    "1e309",
    "9" * 400,
]


def corpus(outside: PurePath) -> list[str]:
    """The texts.

    Args:
        outside: A file that nobody may reach.
    """
    made = [up + slash + end for up, slash, end in product(_UPS, _SLASHES, _ENDS)]
    deep = [
        f"{slash.join(['..'] * depth)}{slash}{outside}"
        for slash in ("/", "\\", "%2f")
        for depth in (1, 4, 12)
    ]
    return list(dict.fromkeys([*_ALONE, str(outside), *deep, *made]))[:520]
