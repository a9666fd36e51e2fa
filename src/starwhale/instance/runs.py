"""From "run this" to a job: handlers are found, the job is made and run, and its directory is looked after.

Code runs in a directory of its own (`workplace`), so that it may write there, and so that a change to the
original does not change a job that goes on later.
"""

from __future__ import annotations

from dataclasses import replace
from functools import cached_property, partial
from typing import TYPE_CHECKING, Self

from starwhale.instance.elsewhere import look_up
from starwhale.instance.workplace import Workplace, of_job

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from types import TracebackType

    from starwhale.catalog.engine import Session
    from starwhale.core.handlers import HandlerSpec
    from starwhale.core.uri import JobUri
    from starwhale.instance.local import LocalInstance
    from starwhale.jobs.executors.local import LocalExecutor
    from starwhale.jobs.executors.port import Outfit
    from starwhale.jobs.progress import Watch
    from starwhale.jobs.request import JobRequest
    from starwhale.jobs.schemas import JobRead


class Runs:
    """Makes and runs jobs of the local instance. A context manager: its workers end with it.

    The workers stay warm: the one that finds the handlers runs the tasks too.

    Args:
        instance: Where the jobs belong.
    """

    def __init__(self, instance: LocalInstance) -> None:
        self._instance = instance

    @cached_property
    def _executor(self) -> LocalExecutor:
        from starwhale.jobs.executors.local import LocalExecutor

        settings = self._instance.settings
        return LocalExecutor(settings.run, environment=settings.to_env())

    def handlers(self, place: Workplace) -> Mapping[str, HandlerSpec]:
        """Handlers by id, in the order in which they are listed.

        Raises:
            UserCodeError: a module does not import; the message has the user's own line.
            InvalidSpec: there is no such module, or a handler contradicts itself.
        """
        found = place.handlers
        if found is None:
            found = self._executor.discover(_outfit(place))
        return {spec.id: spec for spec in found}

    def create(
        self,
        request: JobRequest,
        place: Workplace,
        *,
        soon: bool = True,
        queue: int | None = None,
        within: Callable[[Session], None] = lambda _: None,
    ) -> JobRead:
        """Write a job of the code in `place` down; see `JobService.create`.

        Args:
            request: What is asked for.
            place: Where its code lies.
            soon: It is to be run at once: a worker starts while it is being planned.
            queue: See `JobService.create`.
            within: See `JobService.create`.
        """
        if soon:
            self._executor.warm(_outfit(place))
        request = replace(
            request,
            workdir=place.workdir,
            source=place.whence,
            code=place.code,
            modules=place.modules,
            model=place.model,
            model_name=place.model_name,
            environment=place.environment,
            runtime=place.interpreter.runtime,
        )
        split = partial(self._executor.split, _outfit(place))
        return self._instance.jobs.create(
            self._instance.actor,
            request,
            split=split,
            look_up=partial(look_up, self._instance),
            queue=queue,
            within=within,
        )

    def run(
        self, job: JobRead, place: Workplace, *, watch: Watch | None = None, keep: bool = False
    ) -> JobRead:
        """Run a job until it rests; see `JobService.run`.

        Args:
            job: The job.
            place: Where its code lies.
            watch: Told how far it is.
            keep: Leave the copy of the code, whatever becomes of the job.
        """
        jobs = self._instance.jobs
        with place.held():
            ended = jobs.run(
                self._instance.actor, jobs.uri(job), self._executor, outfit=_outfit(place), watch=watch
            )
        _tidy(ended, place, keep=keep)
        return ended

    def resume(self, uri: JobUri, *, watch: Watch | None = None, force: bool = False) -> JobRead:
        """Go on with a job that rests; see `JobService.resume`."""
        instance = self._instance
        place = of_job(instance, instance.jobs.info(instance.actor, uri))
        with place.given_up_on_error(), place.held():
            ended = instance.jobs.resume(
                instance.actor, uri, self._executor, outfit=_outfit(place), watch=watch, force=force
            )
        _tidy(ended, place, keep=False)
        return ended

    def close(self) -> None:
        """End the workers."""
        if "_executor" in self.__dict__:
            self._executor.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


def _outfit(place: Workplace) -> Outfit:
    from starwhale.jobs.executors.port import Outfit

    return Outfit(
        workdir=place.workdir,
        modules=place.modules,
        environment={**place.interpreter.environment, **place.environment},
        python=place.interpreter.python,
    )


def _tidy(job: JobRead, place: Workplace, *, keep: bool) -> None:
    """Delete a copy of the code; a later `resume` makes it again."""
    from starwhale.jobs.liveness import ATTENDED

    if job.state not in ATTENDED and not keep:
        place.clear()
