"""Headers of answers that carry what users have uploaded."""

from __future__ import annotations

#: It is never shown as a page of ours.
UNTRUSTED = {"Content-Security-Policy": "sandbox; default-src 'none'", "Content-Disposition": "attachment"}
