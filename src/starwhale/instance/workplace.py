"""Where a job finds the user's code: a package laid out, a copy of a directory, or the directory."""

from __future__ import annotations

import secrets
import shutil
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from starwhale.core.errors import StarwhaleError
from starwhale.core.version import short
from starwhale.instance.elsewhere import bring_model
from starwhale.instance.interpreters import OWN, Interpreter, of_packed, of_plan
from starwhale.kit.holding import held

if TYPE_CHECKING:
    from collections.abc import Generator, Mapping, Sequence

    from starwhale.core.handlers import HandlerSpec
    from starwhale.core.settings import Settings
    from starwhale.core.uri import ArtifactUri
    from starwhale.instance.local import LocalInstance
    from starwhale.jobs.schemas import JobRead


@dataclass(frozen=True, slots=True, kw_only=True)
class Workplace:
    """Where and with what the workers of a job begin.

    Attributes:
        workdir: Directory of the code.
        modules: What to import there.
        environment: Variables of model.yaml.
        handlers: Those that a package brought along; None where they are still to be found.
        model: Full address of the package with its version; empty for a directory.
        model_name: Its name.
        is_copy: `workdir` was made for a job, and goes with it.
        is_new: It was made just now: nobody else needs it.
        source: The directory of the user's, as he wrote it; empty for a package.
        code: Digest of the manifest of what lies in `workdir`; empty where it is the user's own.
        interpreter: The Python that runs it.
    """

    workdir: Path
    modules: tuple[str, ...]
    environment: Mapping[str, str]
    handlers: Sequence[HandlerSpec] | None = None
    model: str = ""
    model_name: str = ""
    is_copy: bool = False
    is_new: bool = False
    source: str = ""
    code: str = ""
    interpreter: Interpreter = OWN

    @property
    def whence(self) -> str:
        """The directory of the user's in full; empty for a package."""
        return str(Path(self.source).resolve()) if self.source else ""

    @contextmanager
    def given_up_on_error(self) -> Generator[None]:
        """Delete a new copy when the block raises, and speak of the directory that the user knows."""
        try:
            yield
        except BaseException as error:
            if self.is_new:
                self.clear()
            if isinstance(error, StarwhaleError) and self.source and self.is_copy:
                error.message = error.message.replace(str(self.workdir), self.source)
            raise

    @contextmanager
    def held(self) -> Generator[None]:
        """Keep what is here of it from being cleared up, however long the job takes."""
        python = self.interpreter.python
        with ExitStack() as stack:
            if self.is_copy:
                stack.enter_context(held(self.workdir))
            if python:
                stack.enter_context(held(Path(python).parents[1]))
            yield

    def clear(self) -> None:
        """Delete a copy; nothing else."""
        if self.is_copy:
            shutil.rmtree(self.workdir, ignore_errors=True)


def of_package(instance: LocalInstance, uri: ArtifactUri, *, packed_runtime: bool = False) -> Workplace:
    """Lay a model package out in a directory of its own.

    Args:
        instance: Where the job belongs.
        uri: The model; one of another instance is fetched first.
        packed_runtime: Run it by the runtime in the package, if there is one.

    Raises:
        NotFound: there is no such model.
        StorageFull: there is no space for it.
    """
    from starwhale.models.builder import environment

    models = instance.models
    version = bring_model(instance, uri)
    description = models.contents.description(version)
    packed = models.contents.runtime(version) if packed_runtime else None
    interpreter = of_packed(instance, packed) if packed is not None else OWN
    full = replace(uri, project=version.project, name=version.name, version=version.version, bare=False)
    return Workplace(
        workdir=models.contents.extract(version, _new_copy(instance.settings)),
        modules=description.modules,
        environment=environment(description.envs),
        handlers=description.handlers,
        model=str(full),
        model_name=version.name,
        is_copy=True,
        is_new=True,
        code=version.manifest,
        interpreter=interpreter,
    )


def of_directory(
    instance: LocalInstance,
    workdir: str,
    *,
    modules: tuple[str, ...] = (),
    model_yaml: str | None = None,
    copy: bool = True,
) -> Workplace:
    """Use a directory, or a copy of what a package of it would hold.

    Raises:
        InvalidSpec: model.yaml is wrong, or nobody says which modules hold handlers.
        StorageFull: there is no space for the copy.
    """
    from starwhale.models.builder import BuildRequest, environment, read_recipe

    described = Path(model_yaml) if model_yaml else None
    recipe = read_recipe(BuildRequest(workdir=Path(workdir), modules=modules, model_yaml=described))
    place, code = recipe.workdir, ""
    if copy:
        code = instance.models.snapshot(recipe)
        place = instance.models.lay_out(code, _new_copy(instance.settings))
    return Workplace(
        workdir=place,
        modules=recipe.modules,
        environment=environment(recipe.envs),
        model_name=recipe.name,
        is_copy=copy,
        is_new=copy,
        source=workdir,
        code=code,
    )


def of_code(
    instance: LocalInstance,
    code: str,
    *,
    modules: tuple[str, ...],
    environment: Mapping[str, str],
    name: str,
    source: str,
) -> Workplace:
    """Lay code out again that a job ran before.

    Args:
        instance: Where it is stored.
        code: Digest of its manifest.
        modules: What to import there.
        environment: Variables for the workers.
        name: What the directory was called.
        source: Where it was.

    Raises:
        NotFound: it is stored no more.
        StorageFull: there is no space for it.
    """
    return Workplace(
        workdir=instance.models.lay_out(code, _new_copy(instance.settings)),
        modules=modules,
        environment=environment,
        model_name=name,
        is_copy=True,
        is_new=True,
        source=source,
        code=code,
    )


def of_job(instance: LocalInstance, job: JobRead) -> Workplace:
    """The directory of a job that is to go on; a copy that is gone is made again.

    Raises:
        Corrupted: a later release made the job.
    """
    from starwhale.jobs.plan import check_format

    plan, workdir = job.plan, Path(job.plan.workdir)
    check_format(plan.format, f"job {short(job.id)}")
    interpreter = of_plan(instance, plan.runtime, plan.model)
    is_new = bool(plan.code) and not workdir.is_dir()
    if is_new:
        workdir = instance.models.lay_out(plan.code, _new_copy(instance.settings))
    return Workplace(
        workdir=workdir,
        modules=plan.modules,
        environment=plan.environment,
        model=plan.model,
        model_name=plan.model_name,
        is_copy=workdir.is_relative_to(_copies(instance.settings)),
        is_new=is_new,
        source=plan.source,
        code=plan.code,
        interpreter=interpreter,
    )


def _copies(settings: Settings) -> Path:
    return settings.run / "code"


def _new_copy(settings: Settings) -> Path:
    return _copies(settings) / secrets.token_hex(8)
