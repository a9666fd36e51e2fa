"""`swcli completion`: scripts that teach the shell our words."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import rich_click as click

from starwhale.cli.frame import Noun
from starwhale.core.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from starwhale.cli.session import Session

SHELLS = ("bash", "zsh", "fish")
PROGRAMS = ("swcli", "sw", "starwhale")

completion = Noun(name="completion", help="Let the shell complete commands on TAB.")


shell_argument = click.argument(
    "shell",
    required=False,
    type=click.Choice(SHELLS),
    metavar="[bash|zsh|fish]",
    help="Which shell; the one you use by default.",
)


@completion.leaf("install", examples=["completion install", "completion install zsh"])
@shell_argument
@click.pass_obj
def install(session: Session, shell: str | None) -> None:
    """Install completion for your shell.

    Writes a script beside the config file and, for bash and zsh, one line into the start-up file
    of the shell. Doing it again changes nothing.
    """
    shell = shell or _used_shell(session.environ)
    home = Path(session.environ.get("HOME") or Path.home())
    if shell == "fish":
        written = _install_fish(home, session.environ)
        changed = False
    else:
        script = session.settings.config_path.parent / "completion" / f"swcli.{shell}"
        _write(script, "".join(_source(shell, program) for program in PROGRAMS))
        startup = _startup_file(shell, home, session.environ)
        changed = _add_line(startup, f'. "{script}"  # completion of swcli')
        written = [script, startup] if changed else [script]
    text = f"completion for {shell} is installed; open a new shell to use it"
    session.out.line(text, {"shell": shell, "written": written, "startup_changed": changed})


@completion.leaf("show", examples=["completion show fish"])
@shell_argument
@click.pass_obj
def show(session: Session, shell: str | None) -> None:
    """Print the completion script of a shell."""
    shell = shell or _used_shell(session.environ)
    source = _source(shell, "swcli")
    if session.json:
        session.out.document({"shell": shell, "script": source})
    else:
        click.echo(source, nl=False)


def _used_shell(environ: Mapping[str, str]) -> str:
    name = Path(environ.get("SHELL", "")).name
    if name in SHELLS:
        return name
    said = f"the shell {name!r} is not known" if name else "the environment does not say which shell you use"
    raise UsageError(said, hint=f"name one of {', '.join(SHELLS)}")


def _source(shell: str, program: str) -> str:
    from click.shell_completion import get_completion_class

    from starwhale.cli.main import swcli

    kind = get_completion_class(shell)
    if kind is None:
        raise UsageError(f"no completion for the shell {shell!r}", hint=f"name one of {', '.join(SHELLS)}")
    return kind(swcli, {}, program, f"_{program.upper()}_COMPLETE").source().rstrip() + "\n"


def _install_fish(home: Path, environ: Mapping[str, str]) -> list[Path]:
    config = Path(environ.get("XDG_CONFIG_HOME") or home / ".config")
    written: list[Path] = []
    for program in PROGRAMS:
        script = config / "fish" / "completions" / f"{program}.fish"
        _write(script, _source("fish", program))
        written.append(script)
    return written


def _startup_file(shell: str, home: Path, environ: Mapping[str, str]) -> Path:
    if shell == "zsh":
        return Path(environ.get("ZDOTDIR") or home) / ".zshrc"
    return home / ".bashrc"


def _write(path: Path, text: str) -> None:
    from starwhale.kit.files import atomic_write

    atomic_write(path, text.encode())


def _add_line(path: Path, line: str) -> bool:
    """Append `line` unless it is there; in place, since start-up files are often links."""
    text = path.read_text(encoding="utf-8", errors="surrogateescape") if path.exists() else ""
    if line in text.splitlines():
        return False
    gap = "" if not text or text.endswith("\n") else "\n"
    with path.open("a", encoding="utf-8") as file:
        file.write(f"{gap}{line}\n")
    return True
