"""How slow this machine is now, for bounds on what work may cost."""

from __future__ import annotations

import resource
import subprocess
import sys

#: Seconds of a processor that `_WORK` takes where the bounds were found.
REFERENCE = 0.08
#: Much like what programs do as they start, and none of it is ours.
_WORK = "import asyncio, argparse, email.message, http.client, unittest.mock, xml.dom.minidom, sqlite3"


def slowness() -> float:
    """How many times as long the same work takes here as where the bounds were found; 1 at least."""
    return max(1.0, min(_spent() for _ in range(4)) / REFERENCE)


def _spent() -> float:
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    subprocess.run([sys.executable, "-I", "-c", _WORK], check=True)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
