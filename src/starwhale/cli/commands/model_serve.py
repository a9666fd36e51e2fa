"""`swcli model serve`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import rich_click as click

from starwhale.cli import names, options
from starwhale.cli.frame import Leaf
from starwhale.core.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from starwhale.cli.session import Session
    from starwhale.instance.workplace import Workplace

PROGRAM = "starwhale.serving"


@click.command(
    "serve",
    cls=Leaf,
    examples=[
        "model serve --uri digits",
        "model serve -w . -m app --port 0",
        "model serve -u digits --runtime pytorch --host 0.0.0.0",
    ],
)
@click.option(
    "-w",
    "--workdir",
    type=click.Path(exists=True, file_okay=False),
    metavar="DIR",
    help="Serve a directory of code.",
)
@click.option(
    "-u", "--uri", metavar="MODEL", shell_complete=names.complete("model"), help="Serve a model package."
)
@click.option("-f", "--model-yaml", metavar="FILE", help="Description of the model; model.yaml by default.")
@click.option(
    "-r", "--runtime", default="", metavar="RUNTIME", help="Runtime to serve in; that of swcli by default."
)
@click.option(
    "--host",
    default="127.0.0.1",
    show_default=True,
    metavar="ADDRESS",
    help="Address to listen on; 0.0.0.0 lets other machines in.",
)
@click.option(
    "--port", type=int, default=8080, show_default=True, metavar="PORT", help="Port; 0 takes a free one."
)
@click.option(
    "-fpr",
    "--forbid-packaged-runtime",
    is_flag=True,
    hidden=True,
    help="Do not use the runtime in the package.",
)
@options.modules("Module of the directory that holds functions to serve; may be repeated.")
@click.pass_context
def serve(ctx: click.Context, *, host: str, port: int, runtime: str, **told: Any) -> None:
    """Serve the functions of a model that stand under `@api` over HTTP.

    There is a page to try them out, OpenAPI at /docs, and /v1 for clients of OpenAI where a function chats.
    Ctrl-C or SIGTERM ends it when the calls under way are done.
    """
    session: Session = ctx.obj
    place = _place(session, **told)
    with place.given_up_on_error():
        python = _python(session, runtime)
        status = _attend(session, place, _command(session, place, python, host, port))
    place.clear()
    if status:
        ctx.exit(status)


def _place(
    session: Session,
    *,
    workdir: str | None,
    uri: str | None,
    modules: tuple[str, ...],
    model_yaml: str | None,
    forbid_packaged_runtime: bool,  # noqa: ARG001 - a word of old scripts; no package brings a runtime
) -> Workplace:
    from starwhale.instance.workplace import of_directory, of_package

    if (workdir is None) == (uri is None):
        raise UsageError("either --workdir or --uri must be given", hint="see `swcli model serve --help`")
    if uri is None:
        from starwhale.cli.packages import named_by_directory

        with named_by_directory("name the model in a model.yaml"):
            return of_directory(
                session.here, workdir or ".", modules=modules, model_yaml=model_yaml, copy=False
            )
    if modules or model_yaml:
        raise UsageError("--module and --model-yaml belong to --workdir; a package knows its own")
    return of_package(session.here, session.named(uri, "model"))


def _python(session: Session, runtime: str) -> Path:
    """The interpreter that serves."""
    import sys
    from pathlib import Path

    if not runtime:
        return Path(sys.executable)
    from starwhale.runtimes.service import RuntimeService

    instance, version = session.found(runtime, "runtime")
    runtimes = RuntimeService(instance.artifacts, instance.blobs, instance.settings, session.environ)
    return runtimes.environment(version).python


def _command(session: Session, place: Workplace, python: Path, host: str, port: int) -> list[str]:
    # -P: a module of the user's must not stand in for one of the standard library before we have begun.
    words = [str(python), "-P", "-m", PROGRAM, "--attended", "--host", host, "--port", str(port)]
    words += ["--title", place.model_name or place.workdir.name, "--workdir", str(place.workdir)]
    if session.json:
        words.append("--json")
    if session.verbose:
        words.append("--verbose")
    return [*words, "--", *place.modules]


def _attend(session: Session, place: Workplace, command: Sequence[str]) -> int:
    """Run the server as a child, hand signals on to it, and give its exit status as a shell tells it.

    The child leads a session of its own, so that Ctrl-C at the terminal reaches it once, through us. Its
    standard input ends with this process, which ends it too, however this process dies.
    """
    import os
    import signal
    import subprocess

    from starwhale.kit.children import GRACE

    env = {**place.environment, **os.environ, **session.settings.to_env()}
    env["PYTHONDONTWRITEBYTECODE"] = "1"
    session.close()  # nothing of the store is needed while it runs
    child = subprocess.Popen(
        list(command), cwd=place.workdir, env=env, stdin=subprocess.PIPE, start_new_session=True
    )

    def hand_on(number: int, _frame: object) -> None:
        if child.poll() is None:
            child.send_signal(number)

    before = {
        number: signal.signal(number, hand_on) for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
    }
    try:
        status = child.wait()
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
        if child.poll() is None:
            child.terminate()
            child.wait(GRACE)
        if child.stdin is not None:
            child.stdin.close()
    return status if status >= 0 else 128 - status
