"""A real S3 protocol server in this process: moto's, over HTTP on a free port of the loopback."""

from __future__ import annotations

import logging
import secrets
import urllib.request
from datetime import timedelta
from typing import Any

from moto.server import ThreadedMotoServer

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


class S3Server:
    """One server, with as many buckets as are asked for."""

    def __init__(self) -> None:
        logging.getLogger("werkzeug").setLevel(logging.ERROR)
        self._server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
        self._server.start()
        host, port = self._server.get_host_and_port()
        self.address = (host, port)
        self.url = f"http://{host}:{port}"

    def bucket(self) -> str:
        """Make an empty bucket and return its name."""
        # All servers of a process share what they hold.
        name = f"bucket-{secrets.token_hex(8)}"
        request = urllib.request.Request(f"{self.url}/{name}", method="PUT")
        with urllib.request.urlopen(request, timeout=10) as answer:
            answer.read()
        return name

    def close(self) -> None:
        """Stop."""
        self._server.stop()


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
