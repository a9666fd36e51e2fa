"""`swcli runtime`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import rich_click as click
from click.core import ParameterSource

from starwhale.cli import options, packages
from starwhale.cli.commands.runtime_make import add_making
from starwhale.cli.commands.runtime_use import add_using
from starwhale.cli.frame import Noun

if TYPE_CHECKING:
    from starwhale.cli.session import Session

SOURCES = ("conda", "conda_prefix", "venv", "shell", "docker", "yaml")

runtime = Noun(name="runtime", aliases=("rt",), help="Lock, version and restore environments of Python.")

_SOURCE_OPTIONS = options.all_of(
    click.option("-c", "--conda", default="", metavar="NAME", help="Take an environment of conda as it is."),
    click.option(
        "-cp", "--conda-prefix", default="", metavar="DIR", help="The same, by the directory it lies in."
    ),
    click.option("-v", "--venv", metavar="DIR", help="Take an environment of venv or uv as it is."),
    click.option("-s", "--shell", is_flag=True, help="Take the environment that this shell has activated."),
    click.option(
        "-y",
        "--yaml",
        default="runtime.yaml",
        show_default=True,
        metavar="FILE",
        help="Description of the runtime; what it names is looked for beside it.",
    ),
    click.option("-d", "--docker", default="", metavar="IMAGE", help="Name an image that holds everything."),
)
_LOCK_OPTIONS = options.all_of(
    click.option(
        "-del",
        "--disable-env-lock",
        is_flag=True,
        help="Choose no versions now; they are chosen whenever the runtime is restored.",
    ),
    click.option("-nc", "--no-cache", is_flag=True, help="Fetch everything anew."),
    click.option(
        "-dad",
        "--download-all-deps",
        is_flag=True,
        hidden=True,
        help="Take every wheel into the package, so that it is restored without an index.",
    ),
    click.option(
        "-ie",
        "--include-editable",
        is_flag=True,
        hidden=True,
        help="Build projects of this machine into the package.",
    ),
    click.option(
        "-ilw", "--include-local-wheel", is_flag=True, hidden=True, help="Take wheels of this machine along."
    ),
    click.option(
        "-dpo", "--dump-pip-options", is_flag=True, help="Note the indexes that pip is configured for."
    ),
    click.option("-dcc", "--dump-condarc", is_flag=True, help="Note the settings of conda."),
)
_MACHINE_OPTIONS = options.all_of(
    click.option("--cuda", default="", metavar="VERSION", help="Version of CUDA that is needed, like 12.4."),
    click.option("--cudnn", default="", metavar="VERSION", help="Version of cuDNN that is needed."),
    click.option(
        "--arch",
        type=click.Choice(["amd64", "arm64", "noarch"]),
        default="noarch",
        show_default=True,
        help="Lock for Linux on such machines; noarch means what the file says, or this machine.",
    ),
)


@runtime.leaf(
    "build",
    examples=[
        "runtime build",
        "runtime build -y gpu/runtime.yaml -t best",
        "runtime build --venv .venv -n digits",
    ],
)
@_SOURCE_OPTIONS
@_LOCK_OPTIONS
@_MACHINE_OPTIONS
@options.name
@click.option(
    "-p", "--project", default="", metavar="PROJECT", help="Project to build in; the current one by default."
)
@options.tags
@click.option("--push", metavar="PROJECT", help="Copy the new version to another project as well.")
@click.option("--force-push", is_flag=True, help="With --push: take tags away from other versions there.")
@click.pass_context
def build(ctx: click.Context, **told: Any) -> None:
    """Lock an environment and pack it into a version of a runtime.

    Every package is chosen now, with the hashes of its files. The same content is the same version:
    building it again only moves the tags.
    """
    from starwhale.cli.runtimes import build_runtime

    given = {name for name in SOURCES if ctx.get_parameter_source(name) is not ParameterSource.DEFAULT}
    session: Session = ctx.obj
    build_runtime(session, given={name for name in given if told[name]}, **told)


add_making(runtime)
add_using(runtime)
packages.add_common(runtime, "runtime")


@runtime.leaf("info", examples=["runtime info digits", "runtime info digits -of lock"])
@packages.uri_argument("runtime")
@click.option(
    "-of",
    "--output-filter",
    type=click.Choice(["basic", "runtime_yaml", "manifest", "lock", "all"]),
    default="basic",
    show_default=True,
    help="What to show.",
)
@click.pass_obj
def info(session: Session, runtime: str, output_filter: str) -> None:
    """Show a version of a runtime: its Python, its packages, its locks."""
    from starwhale.cli.runtime_views import show_runtime

    show_runtime(session, session.address(runtime, "runtime"), output_filter)


@runtime.leaf("verify", examples=["runtime verify digits"])
@packages.uri_argument("runtime")
@packages.discard_option
@click.pass_obj
def verify(session: Session, runtime: str, discard: bool) -> None:
    """Hash every file of a version again, and those of its environment where one was made here."""
    from starwhale.core.errors import Corrupted

    found = session.package(runtime, "runtime")
    runtimes = session.instance.runtimes
    changed = runtimes.verify(found, discard=discard)
    value = {**packages.facts(found), "changed": changed}
    if not changed:
        session.out.line(f"{found} is whole, and so is its environment", value)
        return
    if session.json:
        session.out.document(value)
    for path in changed:
        session.out.say(f"changed: {path}")
    raise Corrupted(
        f"{len(changed)} of the files in the environment of {found} are not what was installed",
        hint="`swcli runtime activate --force-restore yes` makes it anew",
    )
