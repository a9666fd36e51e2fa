"""One run of swcli: how it speaks, and the instance it speaks about."""

from __future__ import annotations

import sys
from functools import cached_property
from typing import TYPE_CHECKING

from starwhale.core.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from starwhale.cli.output import Output
    from starwhale.core.actor import Actor
    from starwhale.core.config import Config
    from starwhale.core.settings import Settings
    from starwhale.core.uri import ArtifactUri, JobUri
    from starwhale.instance.local import LocalInstance

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
        self._open: LocalInstance | None = None

    def speak_up(self, times: int) -> None:
        """Raise the level of what is said on stderr; `-v` before and after the command add up."""
        import logging

        self.verbose += times
        level = logging.INFO if self.verbose == 1 else logging.DEBUG
        logging.basicConfig(level=level, stream=sys.stderr, format="%(levelname)s %(name)s: %(message)s")
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
        """The user's config file."""
        from starwhale.core.config import load_config

        return load_config(self.settings.config_path)

    def project(self, text: str) -> str:
        """Name of the project that `text` addresses on this machine; empty text means the current one.

        Raises:
            InvalidUri: it is no address of a project.
            UsageError: the project lies on another instance.
        """
        from starwhale.core.uri import parse_project

        place = parse_project(text, self.config.defaults())
        self.need_local(place.instance)
        return place.project

    def address(self, text: str, kind: str) -> ArtifactUri:
        """The package of this machine that `text` addresses.

        Raises:
            InvalidUri: it is no address of such a package.
            UsageError: it lies on another instance.
        """
        from starwhale.core.kinds import Kind
        from starwhale.core.uri import parse_uri

        uri = parse_uri(text, kind=Kind(kind), defaults=self.config.defaults())
        self.need_local(uri.instance)
        return uri

    def job(self, text: str) -> JobUri:
        """The job of this machine that `text` addresses.

        Raises:
            InvalidUri: it is no address of a job.
            UsageError: it lies on another instance.
        """
        from starwhale.core.uri import parse_job

        uri = parse_job(text, self.config.defaults())
        self.need_local(uri.instance)
        return uri

    def need_local(self, instance: str) -> None:
        """Refuse an instance that is not this machine.

        Raises:
            InvalidUri: `instance` is no instance.
            NotFound: it is not configured.
            UsageError: it is a server.
        """
        from starwhale.core.instances import LOCAL
        from starwhale.core.uri import parse_instance

        found = parse_instance(instance, self.config.defaults())
        if found != LOCAL:
            hint = "name one of this machine: local/project/NAME"
            raise UsageError(
                f"instance {found!r} is a server, which this command cannot reach yet", hint=hint
            )

    def select_project(self, name: str) -> None:
        """Remember in the config file that commands work in project `name` of this machine."""
        from starwhale.core.config import update_config
        from starwhale.core.instances import LOCAL
        from starwhale.core.uri import ProjectUri

        place = ProjectUri(instance=LOCAL, project=name)
        update_config(self.settings.config_path, lambda config: config.selecting(place))

    @property
    def actor(self) -> Actor:
        """Who gives the commands."""
        return self.instance.actor

    @property
    def instance(self) -> LocalInstance:
        """The instance that commands work on, opened at the first use."""
        if self._open is None:
            from starwhale.instance.local import LocalInstance

            self._open = LocalInstance(self.settings)
        return self._open

    def close(self) -> None:
        """Let go of the instance if one was opened."""
        if self._open is not None:
            self._open.close()
            self._open = None
