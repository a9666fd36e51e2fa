"""Numbers as people read them: moments, spans, sizes, counts."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from datetime import datetime

_SPANS = (
    (365 * 86400, "year"),
    (30 * 86400, "month"),
    (7 * 86400, "week"),
    (86400, "day"),
    (3600, "hour"),
    (60, "minute"),
    (1, "second"),
)
_SIZES = ("B", "KiB", "MiB", "GiB", "TiB", "PiB", "EiB")


def relative(moment: datetime, now: datetime) -> str:
    """How long ago `moment` was, in its largest unit: `3 minutes ago`, `just now`, `in 2 hours`."""
    seconds = (now - moment).total_seconds()
    for span, name in _SPANS:
        count = int(abs(seconds) // span)
        if count:
            many = f"{count} {name}" if count == 1 else f"{count} {name}s"
            return f"{many} ago" if seconds > 0 else f"in {many}"
    return "just now"


def absolute(moment: datetime) -> str:
    """The moment to the second, in the zone of this machine."""
    local = moment.astimezone()
    offset = local.strftime("%z")
    return f"{local:%Y-%m-%d %H:%M:%S} {offset[:3]}:{offset[3:]}"


def both(moment: datetime, now: datetime) -> str:
    """Absolute and relative: `2025-11-21 01:23:45 +00:00 (3 minutes ago)`."""
    return f"{absolute(moment)} ({relative(moment, now)})"


def size(count: int) -> str:
    """Bytes with a binary unit and three digits at most before it: `0 B`, `1.2 KiB`, `34 MiB`."""
    value, step = float(count), 0
    # 1023.95 would round to a number of four digits
    while abs(value) >= 1023.95 and step < len(_SIZES) - 1:
        value, step = value / 1024, step + 1
    digits = 1 if step and abs(value) < 9.95 else 0
    return f"{value:.{digits}f} {_SIZES[step]}"


def span(seconds: float) -> str:
    """A length of time: `0.42 s`, `12.3 s`, `3 min 05 s`, `2 h 03 min`."""
    if seconds < 9.995:
        return f"{seconds:.2f} s"
    if seconds < 59.95:
        return f"{seconds:.1f} s"
    whole = round(seconds)
    if whole < 3600:
        return f"{whole // 60} min {whole % 60:02d} s"
    return f"{whole // 3600} h {whole % 3600 // 60:02d} min"


def number(value: float) -> str:
    """A measured value: whole numbers with thousands apart, others with four digits that mean something."""
    if isinstance(value, int) or (value.is_integer() and abs(value) < 1e15):
        return f"{int(value):,}"
    return f"{value:.4f}" if 1e-3 <= abs(value) < 1e4 else f"{value:.4g}"


def counted(count: int, noun: str) -> str:
    """How many of something there are: `1 run`, `1,200 runs`."""
    return f"{count:,} {noun}" if count == 1 else f"{count:,} {noun}s"
