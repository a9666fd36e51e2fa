"""`swcli runtime lock` and `swcli runtime quickstart`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import rich_click as click

from starwhale.cli import packages
from starwhale.cli.frame import Noun

if TYPE_CHECKING:
    from starwhale.cli.session import Session


def add_making(noun: Noun) -> None:
    """Register the commands that work in a directory of the user's."""
    _add_lock(noun)
    quickstart = Noun(name="quickstart", aliases=("qs",), help="Begin a runtime in a directory.")
    noun.add_command(quickstart)
    _add_shell(quickstart)
    _add_uri(quickstart)


def _add_lock(noun: Noun) -> None:
    @noun.leaf(
        "lock", examples=["runtime lock", "runtime lock . -f gpu.yaml --stdout", "runtime lock -s -so"]
    )
    @click.argument(
        "target_dir", required=False, metavar="DIR", help="Directory of runtime.yaml; this one by default."
    )
    @click.option(
        "-f",
        "--yaml-path",
        default="runtime.yaml",
        show_default=True,
        metavar="FILE",
        help="Description of the runtime, in DIR.",
    )
    @click.option(
        "-n", "--env-name", default="", metavar="NAME", help="Lock what an environment of conda holds."
    )
    @click.option(
        "-p", "--env-prefix-path", default="", metavar="DIR", help="Lock what the environment in DIR holds."
    )
    @click.option(
        "-s",
        "--env-use-shell",
        is_flag=True,
        default=False,
        help="Lock what the environment of this shell holds.",
    )
    @click.option("-so", "--stdout", is_flag=True, help="Print the lock and write no file.")
    @click.option(
        "-ie",
        "--include-editable",
        is_flag=True,
        help="Build projects of this machine and lock their wheels.",
    )
    @click.option("-ilw", "--include-local-wheel", is_flag=True, help="Lock wheels of this machine too.")
    @click.option(
        "-dpo", "--dump-pip-options", is_flag=True, help="Note the indexes that pip is configured for."
    )
    @click.option("-nc", "--no-cache", is_flag=True, help="Fetch everything anew.")
    @click.pass_obj
    def lock(session: Session, **told: Any) -> None:
        """Choose a version of every package, with the hashes of its files, and write it down.

        The lock lies in DIR/.starwhale/lock; a build takes it as it is while it still fits. Commit it,
        and everybody gets the same.
        """
        from starwhale.cli.runtimes import lock_runtime

        lock_runtime(session, **told)


def _add_shell(noun: Noun) -> None:
    @noun.leaf(
        "shell",
        examples=["runtime quickstart shell .", "runtime quickstart shell work -p venv -n digits -dce"],
    )
    @click.argument("workdir", metavar="DIR", help="Where to begin; made when it is missing.")
    @click.option("-f", "--force", is_flag=True, help="Write over what is there.")
    @click.option(
        "-p",
        "--python-env",
        type=click.Choice(["venv", "conda"]),
        default="venv",
        show_default=True,
        help="What kind of environment.",
    )
    @click.option(
        "-n", "--name", default="", metavar="NAME", help="Name of the runtime; that of DIR by default."
    )
    @click.option(
        "-dce", "--disable-create-env", is_flag=True, default=False, help="Write the description only."
    )
    @click.option("-i", "--interactive", is_flag=True, default=False, help="Ask for each of these.")
    @click.pass_obj
    def shell(session: Session, **told: Any) -> None:
        """Write a runtime.yaml and make its environment beside it."""
        from starwhale.cli.runtimes import begin_runtime

        begin_runtime(session, **told)


def _add_uri(noun: Noun) -> None:
    @noun.leaf("uri", examples=["runtime quickstart uri digits work"])
    @packages.uri_argument("runtime", "uri")
    @click.argument("workdir", metavar="DIR", help="Where to; made when it is missing.")
    @click.option("-f", "--force", is_flag=True, help="Write over what is there.")
    @click.option("-n", "--name", default="", metavar="NAME", help="Another name for the runtime.")
    @click.option("-dr", "--disable-restore", is_flag=True, default=False, help="Lay the files out only.")
    @click.pass_obj
    def uri(session: Session, **told: Any) -> None:
        """Begin with a copy of a runtime that is there, and make its environment beside it."""
        from starwhale.cli.runtimes import begin_from_runtime

        begin_from_runtime(session, **told)
