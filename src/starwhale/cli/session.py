"""One run of swcli: how it speaks, and the instance it speaks about."""

from __future__ import annotations

import sys
from functools import cached_property
from typing import TYPE_CHECKING, cast

from starwhale.core.errors import UsageError
from starwhale.core.instances import LOCAL

if TYPE_CHECKING:
    from collections.abc import Mapping

    from starwhale.artifacts.schemas import VersionRead
    from starwhale.cli.output import Output
    from starwhale.core.actor import Actor
    from starwhale.core.addresses import Defaults
    from starwhale.core.config import Config
    from starwhale.core.settings import Settings
    from starwhale.core.uri import ArtifactUri, JobUri
    from starwhale.instance.local import LocalInstance
    from starwhale.instance.opening import Instance
    from starwhale.jobs.schemas import JobRead

TRACEBACKS = 2


class Session:
    """What the options before and after a command said, and what the command works on.

    Args:
        environ: Environment variables of the process.
    """

    def __init__(self, environ: Mapping[str, str]) -> None:
        self.environ = environ
        self.json = False
        self.verbose = 0
        self._open: dict[str, Instance] = {}
        self._chosen: str | None = None
        self._used: str | None = None

    def speak_up(self, times: int) -> None:
        """Raise the level of what is said on stderr; `-v` before and after the command add up."""
        import logging

        from starwhale.cli.log_lines import LogLines

        self.verbose += times
        level = logging.INFO if self.verbose == 1 else logging.DEBUG
        handler = logging.StreamHandler(sys.stderr)
        handler.setFormatter(LogLines())
        logging.basicConfig(level=level, handlers=[handler])
        logging.getLogger("starwhale").setLevel(level)

    @cached_property
    def out(self) -> Output:
        """Where results and talk are written."""
        from starwhale.cli.output import Output

        return Output(json=self.json, environ=self.environ)

    @cached_property
    def settings(self) -> Settings:
        """Where things lie."""
        from starwhale.core.settings import Settings

        return Settings.from_env(self.environ)

    @cached_property
    def config(self) -> Config:
        """The user's config file; within a job of a server ``local`` is that server."""
        from starwhale.core.config import load_config
        from starwhale.instance.home import at_home

        return at_home(load_config(self.settings.config_path), self.environ)

    def project(self, text: str) -> str:
        """Name of the project that `text` addresses, on whose instance the command works from now on.

        Args:
            text: A name or an address; empty for the current project.

        Raises:
            InvalidUri: it is no address of a project.
            UsageError: the command works on another instance already.
        """
        from starwhale.core.addresses import parse_project

        place = parse_project(text, self._defaults())
        self.work_on(place.instance)
        return place.project

    def address(self, text: str, kind: str) -> ArtifactUri:
        """The package that `text` addresses, on whose instance the command works from now on.

        Raises:
            InvalidUri: it is no address of such a package.
            UsageError: the command works on another instance already.
        """
        uri = self.named(text, kind)
        self.work_on(uri.instance)
        return uri

    def named(self, text: str, kind: str) -> ArtifactUri:
        """The package that `text` addresses, on whatever instance that is.

        Raises:
            InvalidUri: it is no address of such a package.
        """
        from starwhale.core.addresses import parse_uri
        from starwhale.core.kinds import Kind

        return parse_uri(text, kind=Kind(kind), defaults=self._defaults())

    def package(self, text: str, kind: str) -> VersionRead:
        """The version that `text` means, on whose instance the command works from now on.

        Raises:
            NotFound: there is none.
            Ambiguous: it means several.
            InvalidUri: it is no address of such a package.
            UsageError: the command works on another instance already.
        """
        uri = self.address(text, kind)
        return self.instance.artifacts.resolve(self.actor, uri)

    def found(self, text: str, kind: str) -> tuple[LocalInstance, VersionRead]:
        """The version that `text` means, and the instance that has it; others may be named beside it.

        Raises:
            NotFound: there is none.
            Ambiguous: it means several.
            InvalidUri: it is no address of such a package.
        """
        from starwhale.core.addresses import parse_uri
        from starwhale.core.kinds import Kind

        uri = parse_uri(text, kind=Kind(kind), defaults=self.config.defaults())
        instance = cast("LocalInstance", self.at(uri.instance))
        return instance, instance.artifacts.resolve(instance.actor, uri)

    def job(self, text: str) -> JobUri:
        """The job that `text` addresses, on whose instance the command works from now on.

        Raises:
            InvalidUri: it is no address of a job.
            UsageError: the command works on another instance already.
        """
        from starwhale.core.addresses import parse_job

        uri = parse_job(text, self._defaults())
        self.work_on(uri.instance)
        return uri

    def found_job(self, text: str) -> tuple[LocalInstance, JobRead]:
        """The job that `text` means, and the instance that has it; others may be named beside it.

        Raises:
            NotFound: there is none.
            Ambiguous: several begin so.
            InvalidUri: it is no address of a job.
        """
        from starwhale.core.addresses import parse_job

        uri = parse_job(text, self.config.defaults())
        instance = cast("LocalInstance", self.at(uri.instance))
        return instance, instance.jobs.info(instance.actor, uri)

    def work_on(self, instance: str) -> None:
        """Say on which instance the command works.

        Args:
            instance: As people write it; empty for the current one.

        Raises:
            InvalidUri: `instance` is no instance.
            NotFound: it is not configured.
            UsageError: the command works on another one already.
        """
        from starwhale.core.addresses import parse_instance

        found = parse_instance(instance, self._defaults())
        if self._chosen is None and self._used not in {None, found}:
            raise UsageError(
                f"instance {found!r} is not the one that this command works on",
                hint=f"make it the current one: `swcli instance use {found}`",
            )
        if self._chosen not in {None, found}:
            raise UsageError(
                f"this command works on one instance, not on {self._chosen!r} and {found!r}",
                hint="`copy` brings a package from one to the other",
            )
        self._chosen = found

    def is_current(self, project: str) -> bool:
        """Whether a project of the instance that is worked on is the one that addresses may leave out."""
        defaults = self.config.defaults()
        return (self._chosen or defaults.instance, project) == (defaults.instance, defaults.project)

    def _defaults(self) -> Defaults:
        """What addresses may leave out: where an instance was named, its own current project."""
        defaults = self.config.defaults()
        if self._chosen in {None, defaults.instance}:
            return defaults
        known = self._chosen is not None and self._chosen in defaults.aliases
        return self.config.selecting(self._chosen or "").defaults() if known else defaults

    def select_project(self, name: str) -> None:
        """Remember in the config file that commands work in project `name` of this instance.

        Raises:
            NotFound: the instance has no alias.
        """
        from starwhale.core.config import update_config
        from starwhale.core.uri import ProjectUri

        place = ProjectUri(instance=self.chosen, project=name)
        update_config(self.settings.config_path, lambda config: config.selecting(place))

    @property
    def chosen(self) -> str:
        """Name of the instance that the command works on."""
        return self._chosen or self.config.current_instance

    @property
    def actor(self) -> Actor:
        """Who gives the commands."""
        return self.instance.actor

    @property
    def instance(self) -> LocalInstance:
        """The instance that the command works on; the current one where no address has named one.

        A `RemoteInstance` has the same attributes, and says of the others that a server lacks them.
        """
        self._used = self.chosen
        return cast("LocalInstance", self.at(self.chosen))

    @property
    def here(self) -> LocalInstance:
        """The store of this machine, whatever the command works on."""
        return cast("LocalInstance", self.at(LOCAL))

    def at(self, name: str) -> Instance:
        """An instance by its name, opened at the first use.

        Raises:
            NotFound: no such alias is configured.
        """
        if name not in self._open:
            from starwhale.instance.opening import open_instance

            self._open[name] = open_instance(self.settings, name)
        return self._open[name]

    def close(self) -> None:
        """Let go of the instances that were opened."""
        while self._open:
            self._open.popitem()[1].close()
