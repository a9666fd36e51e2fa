"""A trivial function behind HTTP, written for both sides; run as a program it serves the peer's way."""

from __future__ import annotations

import sys

from starwhale.api.service import Service

svc = Service()


def echo(data: dict[str, int]) -> dict[str, int]:
    return data


svc.add_api(echo, "echo")

if __name__ == "__main__":
    svc.serve("127.0.0.1", int(sys.argv[1]), "bench")
