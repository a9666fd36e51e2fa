"""Signatures of deliveries: who receives one can tell that it is ours, and that it is fresh.

The signature is ``v1=`` and the HMAC-SHA256, in hexadecimal, of ``TIMESTAMP.ID.BODY`` under the secret of
the webhook. The id is the same however often a delivery is tried, so that a receiver can tell repetitions.
"""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Mapping

ID = "Starwhale-Delivery"
TIMESTAMP = "Starwhale-Timestamp"
SIGNATURE = "Starwhale-Signature"
EVENT = "Starwhale-Event"
#: Seconds by which the clocks may differ, and a delivery may be old.
TOLERANCE = 300
_FORM = "v1="


def sign(secret: str, timestamp: int, delivery: str, body: bytes) -> str:
    """The signature of a delivery."""
    signed = f"{timestamp}.{delivery}.".encode() + body
    return _FORM + hmac.new(secret.encode(), signed, hashlib.sha256).hexdigest()


def is_genuine(
    secret: str, headers: Mapping[str, str], body: bytes, now: float, tolerance: float = TOLERANCE
) -> bool:
    """Whether a request is a delivery of ours, and not an old one sent again by somebody else.

    Args:
        secret: What was shown when the webhook was made.
        headers: Of the request, whatever their case.
        body: Of the request, unchanged.
        now: The present moment, Unix time.
        tolerance: Seconds.
    """
    found = {name.lower(): value for name, value in headers.items()}
    timestamp, delivery = found.get(TIMESTAMP.lower(), ""), found.get(ID.lower(), "")
    if not timestamp.isascii() or not timestamp.isdigit() or abs(now - int(timestamp)) > tolerance:
        return False
    right = sign(secret, int(timestamp), delivery, body)
    return hmac.compare_digest(right.encode(), found.get(SIGNATURE.lower(), "").encode())
