"""A scheduler in a process of its own: ``python play.py ROOT WORKDIR run|resume [JOB] [key=value]``.

Prints the id of the job as soon as there is one, and its state at the end.
"""

from __future__ import annotations

import resource
import sys
from dataclasses import replace
from functools import partial
from pathlib import Path

from starwhale.core.errors import StarwhaleError
from starwhale.core.kinds import Kind
from starwhale.core.settings import Settings
from starwhale.core.uri import ArtifactUri, JobUri
from starwhale.instance.local import LocalInstance
from starwhale.jobs.executors.local import LocalExecutor
from starwhale.jobs.executors.port import Outfit
from starwhale.jobs.request import JobRequest


def main(root: Path, workdir: Path, what: str, *words: str) -> int:
    options = dict(word.split("=", 1) for word in words if "=" in word)
    settings = replace(Settings.at(root), lease_seconds=float(options.get("lease", "1")))
    instance = LocalInstance(settings)
    actor, jobs = instance.actor, instance.jobs
    with LocalExecutor(settings.run, environment=settings.to_env()) as executor:
        try:
            if what == "run":
                outfit = Outfit(workdir=workdir, modules=("code_of_user",))
                specs = {spec.id: spec for spec in executor.discover(outfit)}
                dataset = ArtifactUri(instance="local", project="self", kind=Kind.DATASET, name="d")
                predict = "code_of_user:predict"
                overrides = {predict: {"replicas": int(options.get("replicas", "1"))}}
                request = JobRequest(
                    project="self",
                    specs=specs,
                    datasets=(dataset,),
                    workdir=workdir,
                    modules=outfit.modules,
                    overrides=overrides if predict in specs else {},
                    isolation=options.get("isolation", "process"),
                )
                uri = jobs.uri(jobs.create(actor, request, split=partial(executor.split, outfit)))
                print(uri.job, flush=True)
                found = jobs.run(actor, uri, executor)
            else:
                uri = JobUri(instance="local", project="self", job=words[0])
                print(uri.job, flush=True)
                found = jobs.resume(actor, uri, executor, force="force" in words)
        except StarwhaleError as error:
            print(f"{error.code}: {error}", flush=True)
            return error.exit_status
    print(found.state, found.cause, flush=True)
    if "account" in words:
        used = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
        print(sum(each.ru_utime + each.ru_stime for each in used))
        print(" ".join(sorted({name.partition(".")[0] for name in sys.modules})))
    return 0


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1]), Path(sys.argv[2]), *sys.argv[3:]))
