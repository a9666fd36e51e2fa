"""Restores a locked runtime again and again, from a cache that is warm; nothing of it is left between."""

from __future__ import annotations

import json
import os
import shutil
import sys
import time
from pathlib import Path

from starwhale.core.addresses import Defaults, parse_uri
from starwhale.core.kinds import Kind
from starwhale.core.settings import Settings
from starwhale.instance.local import LocalInstance
from starwhale.runtimes.builder import BuildRequest
from starwhale.runtimes.service import RuntimeService

YAML = "name: bench\ndependencies: [{pip: [scikit-learn, pandas, httpx, jinja2]}]\n"

workdir, runs = Path(sys.argv[1]), int(sys.argv[2])
workdir.mkdir(parents=True, exist_ok=True)
(workdir / "runtime.yaml").write_text(YAML)
uri = parse_uri("bench", kind=Kind.RUNTIME, defaults=Defaults())
with LocalInstance(Settings.from_env(os.environ)) as instance:
    runtimes = RuntimeService(instance.artifacts, instance.blobs, instance.settings, os.environ)
    built = runtimes.build(instance.actor, "self", BuildRequest(yaml=workdir / "runtime.yaml"))
    cold: list[float] = []
    python = runtimes.restore(instance.actor, uri)
    for _ in range(runs):
        shutil.rmtree(instance.settings.root / "runtimes")
        start = time.perf_counter()
        python = runtimes.restore(instance.actor, uri)
        cold.append(time.perf_counter() - start)
    start = time.perf_counter()
    runtimes.restore(instance.actor, uri)
    again = time.perf_counter() - start
    start = time.perf_counter()
    facts = runtimes.compare(python)
    compared = time.perf_counter() - start
print(
    json.dumps({"restore": min(cold), "again": again, "compare": compared, "packages": len(facts.packages)})
)
