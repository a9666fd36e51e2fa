"""From "run this model" to a job: the code is laid out, its handlers are found, the job is made and run.

Code runs in a directory of its own, so that it may write there, and so that a change to the original does
not change a job that goes on later. The directory stays until the job has succeeded or is removed.
"""

from __future__ import annotations

import secrets
import shutil
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from starwhale.core.errors import NotFound, UsageError
from starwhale.core.instances import LOCAL
from starwhale.core.kinds import Kind
from starwhale.core.uri import ArtifactUri, Defaults, JobUri, parse_uri
from starwhale.core.version import short

if TYPE_CHECKING:
    from types import TracebackType
    from typing import Self

    from starwhale.core.handlers import HandlerSpec
    from starwhale.instance.local import LocalInstance
    from starwhale.jobs.executors.local import LocalExecutor
    from starwhale.jobs.executors.port import Outfit
    from starwhale.jobs.progress import Watch
    from starwhale.jobs.schemas import JobRead


@dataclass(frozen=True, slots=True, kw_only=True)
class RunRequest:
    """What to run. Either `model` or `workdir` is given.

    Attributes:
        project: Project of the job.
        defaults: What addresses may leave out.
        model: Version of a model.
        workdir: Directory of code and weights.
        modules: Modules of `workdir` that hold handlers; those of its model.yaml where it is empty.
        model_yaml: Description of `workdir`; its model.yaml by default.
        snapshot: Run `workdir` in a copy.
        keep_snapshot: Keep the copy although the job has succeeded.
        handler: Which handler: its id, its name, or its number in the list.
        datasets: Addresses of what to read.
        validation_datasets: Addresses of what a fine-tuning validates on.
        dataset_head: Rows of each dataset to use, 0 for all.
        overrides: Replicas and resources by handler.
        arguments: What stands after ``--``.
        environment: Variables for the workers.
        log_project: Project of the results; that of the job where it is empty.
        isolation: ``process`` or ``thread``.
        comment: What the user says about the job.
    """

    project: str
    defaults: Defaults = field(default_factory=Defaults)
    model: ArtifactUri | None = None
    workdir: Path | None = None
    modules: tuple[str, ...] = ()
    model_yaml: Path | None = None
    snapshot: bool = True
    keep_snapshot: bool = False
    handler: str = ""
    datasets: tuple[str, ...] = ()
    validation_datasets: tuple[str, ...] = ()
    dataset_head: int = 0
    overrides: Mapping[str, Mapping[str, Any]] = field(default_factory=dict[str, Mapping[str, Any]])
    arguments: tuple[str, ...] = ()
    environment: Mapping[str, str] = field(default_factory=dict[str, str])
    log_project: str = ""
    isolation: str = "process"
    comment: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Prepared:
    """Code that is ready to run.

    Attributes:
        outfit: What a worker needs to run it.
        specs: Its handlers by id, in the order in which they are listed.
        model: Full address of the model, empty for a bare directory.
        model_name: Its name, or that of the directory.
    """

    outfit: Outfit
    specs: Mapping[str, HandlerSpec]
    model: str
    model_name: str


class Runs:
    """Makes and runs jobs of the local instance; close it, or use it as a context manager.

    Its workers stay warm from one job to the next.

    Args:
        instance: Where the jobs belong.
    """

    def __init__(self, instance: LocalInstance) -> None:
        self._instance = instance
        self._laid_out: set[Path] = set()
        self._keep: set[Path] = set()

    @cached_property
    def _executor(self) -> LocalExecutor:
        from starwhale.jobs.executors.local import LocalExecutor

        settings = self._instance.settings
        return LocalExecutor(settings.run, environment=settings.to_env())

    def prepare(self, request: RunRequest) -> Prepared:
        """Lay out the code and find its handlers, in a worker that then runs the tasks.

        Raises:
            NotFound: the model or the directory is missing.
            InvalidSpec: model.yaml is wrong, or there is no handler.
            UserCodeError: a module does not import; the message has the user's own line.
        """
        if (request.model is None) == (request.workdir is None):
            raise UsageError("a run takes either a model or a directory", hint="give --uri or --workdir")
        return self._of_model(request) if request.model is not None else self._of_directory(request)

    def create(self, request: RunRequest, prepared: Prepared) -> JobRead:
        """Write the job down; nothing of it runs yet.

        Raises:
            NotFound: there is no such handler, dataset or project.
            Ambiguous: a name means several.
            InvalidSpec: the graph of handlers or a resource is wrong.
            UsageError: a step reads rows and nobody said which.
        """
        from starwhale.jobs.request import JobRequest

        def address(text: str) -> ArtifactUri:
            return parse_uri(text, kind=Kind.DATASET, defaults=request.defaults)

        asked = JobRequest(
            project=request.project,
            specs=prepared.specs,
            handler=request.handler,
            datasets=tuple(map(address, request.datasets)),
            validation_datasets=tuple(map(address, request.validation_datasets)),
            defaults=request.defaults,
            dataset_head=request.dataset_head,
            overrides=request.overrides,
            workdir=prepared.outfit.workdir,
            modules=prepared.outfit.modules,
            model=prepared.model,
            model_name=prepared.model_name,
            arguments=request.arguments,
            environment=prepared.outfit.environment,
            log_project=request.log_project,
            isolation=request.isolation,
            comment=request.comment,
        )
        executor, outfit = self._executor, prepared.outfit
        job = self._instance.jobs.create(
            self._instance.actor,
            asked,
            split=lambda position, step, head: executor.split(outfit, position, step, head),
        )
        self._keep.add(outfit.workdir)
        return job

    def run(self, job: JobRead, *, watch: Watch | None = None, keep_snapshot: bool = False) -> JobRead:
        """Run a job until it rests; see `JobService.run`."""
        done = self._instance.jobs.run(self._instance.actor, self._uri(job), self._executor, watch=watch)
        return self._tidied(done, keep_snapshot=keep_snapshot)

    def resume(self, uri: JobUri, *, watch: Watch | None = None, force: bool = False) -> JobRead:
        """Go on with a job that was paused, canceled or broken off, or that failed.

        Raises:
            Conflict: somebody runs it, or it has succeeded.
            NotFound: there is no such job, or its code is gone.
        """
        job = self._instance.jobs.info(self._instance.actor, uri)
        place = self._code_again(job)
        done = self._instance.jobs.resume(
            self._instance.actor, uri, self._executor, watch=watch, force=force, workdir=place
        )
        return self._tidied(done, keep_snapshot=False)

    def close(self) -> None:
        """End the workers, and remove code that no job has taken."""
        if "_executor" in self.__dict__:
            self._executor.close()
        for place in self._laid_out - self._keep:
            shutil.rmtree(place.parent, ignore_errors=True)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _place(self) -> Path:
        """A new directory for code, not yet there."""
        place = self._instance.settings.run / "code" / secrets.token_hex(8) / "src"
        place.parent.mkdir(parents=True)
        self._laid_out.add(place)
        return place

    def _of_model(self, request: RunRequest) -> Prepared:
        from starwhale.jobs.executors.port import Outfit
        from starwhale.models.builder import environment

        instance = self._instance
        assert request.model is not None
        version = instance.models.resolve(instance.actor, request.model)
        description = instance.models.description(version)
        place = instance.models.extract(version, self._place())
        outfit = Outfit(
            workdir=place,
            modules=description.modules,
            environment={**environment(description.envs), **request.environment},
        )
        full = ArtifactUri(
            instance=LOCAL,
            project=version.project,
            kind=Kind.MODEL,
            name=version.name,
            version=version.version,
        )
        specs = {spec.id: spec for spec in description.handlers}
        return Prepared(outfit=outfit, specs=specs, model=str(full), model_name=version.name)

    def _of_directory(self, request: RunRequest) -> Prepared:
        from starwhale.jobs.executors.port import Outfit
        from starwhale.models.builder import BuildRequest, environment, read_recipe

        assert request.workdir is not None
        recipe = read_recipe(
            BuildRequest(workdir=request.workdir, modules=request.modules, model_yaml=request.model_yaml)
        )
        place = recipe.workdir
        if request.snapshot:
            place = self._instance.models.snapshot(recipe, self._place())
        outfit = Outfit(
            workdir=place,
            modules=recipe.modules,
            environment={**environment(recipe.envs), **request.environment},
        )
        specs = {spec.id: spec for spec in self._executor.discover(outfit)}
        if not specs:
            raise NotFound(
                f"no handler in {', '.join(recipe.modules)}",
                hint="decorate a function with @starwhale.handler() or @starwhale.evaluation.predict",
            )
        return Prepared(outfit=outfit, specs=specs, model="", model_name=recipe.name)

    def _code_again(self, job: JobRead) -> Path:
        """Where the code of a job lies; that of a model is laid out anew where it is gone."""
        place = Path(job.plan.workdir)
        if place.is_dir():
            return place
        if not job.plan.model:
            raise NotFound(
                f"the code of job {short(job.id)} is gone: {place}", hint="run it again from its directory"
            )
        models = self._instance.models
        uri = parse_uri(job.plan.model, kind=Kind.MODEL, defaults=Defaults())
        again = models.extract(models.resolve(self._instance.actor, uri), self._place())
        self._keep.add(again)
        return again

    def _tidied(self, job: JobRead, *, keep_snapshot: bool) -> JobRead:
        from starwhale.jobs.states import JobState

        place = Path(job.plan.workdir)
        ours = place.is_relative_to(self._instance.settings.run)
        if ours and not keep_snapshot and job.state is JobState.SUCCESS:
            self._laid_out.add(place)
            self._keep.discard(place)
        return job

    def _uri(self, job: JobRead) -> JobUri:
        return self._instance.jobs.uri(job)


def start(instance: LocalInstance, request: RunRequest, *, watch: Watch | None = None) -> JobRead:
    """Prepare, make and run a job, and stay until it rests."""
    with Runs(instance) as runs:
        job = runs.create(request, runs.prepare(request))
        return runs.run(job, watch=watch, keep_snapshot=request.keep_snapshot)
