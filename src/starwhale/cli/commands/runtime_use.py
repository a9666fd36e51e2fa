"""`swcli runtime activate`, `run`, `restore`, `extract`, `dockerize`, `copy`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import rich_click as click

from starwhale.cli import packages
from starwhale.cli.copying import add_copy
from starwhale.cli.frame import Leaf, Noun

if TYPE_CHECKING:
    from starwhale.cli.session import Session


class RunLeaf(Leaf):
    """A command with the words of another behind it, after `--` or after the runtime."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        # Without a `--`, the first word of the command begins it, options of its own included.
        ctx.allow_interspersed_args = "--" in args
        ctx.ignore_unknown_options = "--" not in args
        return super().parse_args(ctx, args)


@click.command(
    "run",
    cls=RunLeaf,
    examples=["runtime run digits -- python train.py", "runtime run digits --cwd src -- pytest -q"],
)
@packages.uri_argument("runtime", "uri")
@click.argument(
    "command", nargs=-1, type=click.UNPROCESSED, metavar="-- COMMAND", help="Program and its arguments."
)
@click.option("--cwd", default=None, metavar="DIR", help="Where it runs; here by default.")
@click.option(
    "--live-stream",
    is_flag=True,
    expose_value=False,
    help="Show what it prints at once, which is done in any case.",
)
@click.pass_obj
def run(session: Session, uri: str, command: tuple[str, ...], cwd: str | None) -> None:
    """Run a command in the environment of a runtime; its exit status becomes ours."""
    from starwhale.cli.runtime_uses import run_in_runtime

    run_in_runtime(session, uri, command, cwd=cwd)


def add_using(noun: Noun) -> None:
    """Register the commands that use a version of a runtime."""
    _add_activate(noun)
    noun.add_command(run)
    _add_restore(noun)
    _add_extract(noun)
    _add_dockerize(noun)
    add_copy(noun, "runtime")


def _add_activate(noun: Noun) -> None:
    @noun.leaf(
        "activate", aliases=("actv",), examples=["runtime activate digits", "runtime activate digits -f yes"]
    )
    @packages.uri_argument("runtime", "uri")
    @click.option(
        "-f",
        "--force-restore",
        is_flag=False,
        flag_value="yes",
        metavar="yes",
        help="Make the environment anew, whatever is there.",
    )
    @click.pass_obj
    def activate(session: Session, uri: str, force_restore: str | None) -> None:
        """Open a shell in which the environment of a runtime is active; `exit` leaves it.

        Where there is no terminal, the command that activates it is printed.
        """
        from starwhale.cli.runtime_uses import activate_runtime

        activate_runtime(session, session.address(uri, "runtime"), force=force_restore)


def _add_restore(noun: Noun) -> None:
    @noun.leaf("restore", hidden=True, examples=["runtime restore digits"])
    @click.argument(
        "target", metavar="RUNTIME|DIR", help="A runtime, or a directory that one was extracted to."
    )
    @click.pass_obj
    def restore(session: Session, target: str) -> None:
        """Make the environment of a runtime on this machine, and say where its Python is."""
        from starwhale.cli.runtimes import restore_runtime

        restore_runtime(session, target)


def _add_extract(noun: Noun) -> None:
    @noun.leaf("extract", examples=["runtime extract digits --target-dir work"])
    @packages.uri_argument("runtime")
    @click.option(
        "-f", "--force", is_flag=True, help="Go into a directory that is not empty, over its files."
    )
    @click.option(
        "--target-dir",
        default="",
        metavar="DIR",
        help="Where to; a directory of the runtime's name by default.",
    )
    @click.pass_obj
    def extract(session: Session, runtime: str, *, force: bool, target_dir: str) -> None:
        """Lay the files of a runtime out: its description, its locks, its wheels."""
        from starwhale.cli.runtimes import extract_runtime

        extract_runtime(session, session.address(runtime, "runtime"), target_dir, force=force)


def _add_dockerize(noun: Noun) -> None:
    @noun.leaf(
        "dockerize",
        examples=[
            "runtime dockerize digits --dry-run",
            "runtime dockerize digits -t registry.example/digits:1 --push",
        ],
    )
    @packages.uri_argument("runtime", "uri")
    @click.option(
        "-t", "--tag", "tags", multiple=True, metavar="NAME", help="Name of the image; may be repeated."
    )
    @click.option("--push", is_flag=True, help="Send the image to its registry.")
    @click.option(
        "--platform",
        "platforms",
        type=click.Choice(["amd64", "arm64"]),
        multiple=True,
        default=["amd64"],
        show_default=True,
        help="For which machines; may be repeated.",
    )
    @click.option("--dry-run", is_flag=True, help="Only write what docker would build, and show how.")
    @click.option(
        "--use-starwhale-builder",
        is_flag=True,
        help="Let a builder of its own make it, for several platforms.",
    )
    @click.option("--reset-qemu-static", is_flag=True, help="Set the emulation of other platforms up before.")
    @click.pass_obj
    def dockerize(session: Session, uri: str, **told: Any) -> None:
        """Write a Dockerfile of a runtime, and let docker build it."""
        from starwhale.cli.runtime_uses import dockerize_runtime

        dockerize_runtime(session, session.address(uri, "runtime"), **told)
