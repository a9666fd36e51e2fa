"""Jobs of tasks that do nothing: seconds from the start of each to its end.

usage: task_jobs.py HANDLER ISOLATION JOBS warm|fresh
"""

from __future__ import annotations

import json
import statistics
import sys
import time
from dataclasses import replace
from pathlib import Path

from starwhale.api.session import local
from starwhale.instance.runs import Runs
from starwhale.instance.workplace import of_directory
from starwhale.jobs.request import JobRequest


def main(handler: str, isolation: str, jobs: int, start: str) -> None:
    """Run so many jobs, each with workers of its own: started before the clock, or while it runs."""
    instance = local()
    place = of_directory(
        instance, str(Path(__file__).parent / "tasks"), modules=("tasks",), model_yaml=None, copy=False
    )
    with Runs(instance) as runs:
        known = tuple(runs.handlers(place).values())
    took: list[float] = []
    for _ in range(jobs):
        with Runs(instance) as runs:
            specs = runs.handlers(place if start == "warm" else replace(place, handlers=known))
            request = JobRequest(
                project="self", specs=specs, handler=handler, workdir=place.workdir, isolation=isolation
            )
            job = runs.create(request, place)
            began = time.perf_counter()
            ended = runs.run(job, place)
            took.append(time.perf_counter() - began)
            assert ended.state == "SUCCESS", ended.cause
    print(json.dumps({"median": statistics.median(took), "least": min(took)}))


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2], int(sys.argv[3]), sys.argv[4])
