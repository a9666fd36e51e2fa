"""A real S3 protocol server: moto's, over HTTP on a free port of the loopback."""

from __future__ import annotations

import secrets
import subprocess
import sys
import urllib.request
from datetime import timedelta
from typing import Any

from starwhale.storage.objects.remote import RemoteObjects

# Quick, so that a fault costs milliseconds; the defaults wait as long as a network needs.
QUICK_RETRY = {
    "max_retries": 10,
    "backoff": {
        "init_backoff": timedelta(milliseconds=2),
        "max_backoff": timedelta(milliseconds=20),
        "base": 2,
    },
}


# In a process of its own, so that it answers however busy the threads of a test are; it ends with its input,
# which is over when whoever runs the tests is, however that came.
_SERVE = """
import logging, sys
from moto.server import ThreadedMotoServer
logging.getLogger("werkzeug").setLevel(logging.ERROR)
server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
server.start()
print(*server.get_host_and_port(), flush=True)
sys.stdin.read()
"""


class S3Server:
    """One server, with as many buckets as are asked for."""

    def __init__(self) -> None:
        command = [sys.executable, "-c", _SERVE]
        self._process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        assert self._process.stdout is not None
        host, port = self._process.stdout.readline().split()
        self.address = (host, int(port))
        self.url = f"http://{host}:{port}"

    def bucket(self) -> str:
        """Make an empty bucket and return its name."""
        name = f"bucket-{secrets.token_hex(8)}"
        self._send("PUT", name)
        return name

    def check_keys(self) -> None:
        """From now on refuse whoever comes with keys that nobody was given: there are none."""
        self._send("POST", "moto-api/reset-auth", b"0")

    def _send(self, method: str, path: str, content: bytes | None = None) -> None:
        request = urllib.request.Request(f"{self.url}/{path}", method=method, data=content)
        request.add_header("Content-Type", "text/plain")
        with urllib.request.urlopen(request, timeout=60) as answer:
            answer.read()

    def close(self) -> None:
        """Stop."""
        self._process.communicate()


def open_s3(endpoint: str, bucket: str, **options: Any) -> RemoteObjects:
    """A store in a bucket, spoken to at `endpoint`."""
    given: dict[str, Any] = {"client_options": {"allow_http": True}, "retry_config": QUICK_RETRY} | options
    return RemoteObjects(
        f"s3://{bucket}/some/prefix",
        endpoint=endpoint,
        region="us-east-1",
        access_key_id="key",
        secret_access_key="secret",
        **given,
    )
