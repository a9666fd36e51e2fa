"""What every command is made of: lazy rows, words by prefix or alias, the options that all share."""

from __future__ import annotations

from importlib import import_module
from inspect import cleandoc
from typing import TYPE_CHECKING, Any, TypeAlias

import rich_click as click

from starwhale.core.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from starwhale.cli.session import Session
    from starwhale.cli.table import Row

Body: TypeAlias = "Callable[..., None]"
Register: TypeAlias = "Callable[[Body], Leaf]"

SETTINGS: dict[str, Any] = {
    "help_option_names": ["-h", "--help"],
    "max_content_width": 100,
    "rich_help_config": {
        "theme": "default-slim",
        "enable_theme_env_var": False,
        "commands_before_options": True,
        "options_table_column_types": ["opt_short", "opt_long_metavar", "help"],
        "options_table_help_sections": ["help", "required", "default", "envvar"],
        "default_string": "\\[default: {}]",
        "delimiter_slash": " / ",
    },
}
SHARED = "Shared options"


def _session(ctx: click.Context) -> Session | None:
    from starwhale.cli.session import Session

    return ctx.find_object(Session)


def _remember_output(ctx: click.Context, _param: click.Parameter, value: str | None) -> None:
    session = _session(ctx)
    if session is not None and value is not None:
        session.json = value == "json"


def _remember_verbose(ctx: click.Context, _param: click.Parameter, value: int) -> None:
    session = _session(ctx)
    if session is not None and value:
        session.speak_up(value)


def shared_options(taken: Sequence[click.Parameter], *, panel: str | None = SHARED) -> list[click.Parameter]:
    """The options that every command understands; a short form that the command uses itself is left out."""
    used = {text for param in taken for text in (*param.opts, *param.secondary_opts)}

    def names(short: str, long: str) -> list[str]:
        return [long] if short in used else [short, long]

    return [
        click.RichOption(
            names("-o", "--output"),
            type=click.Choice(["text", "json"]),
            callback=_remember_output,
            expose_value=False,
            panel=panel,
            help="Print for people, or JSON for programs.",
        ),
        click.RichOption(
            names("-v", "--verbose"),
            count=True,
            metavar="BOOLEAN",  # what rich-click shows nothing for
            callback=_remember_verbose,
            expose_value=False,
            panel=panel,
            help="Say more on stderr; -vv also shows tracebacks.",
        ),
    ]


class Leaf(click.RichCommand):
    """A command that does something.

    Args:
        examples: Command lines shown under the help, without `swcli`; a test parses each.
    """

    def __init__(self, *args: Any, examples: Sequence[str] = (), **kwargs: Any) -> None:
        own: list[click.Parameter] = kwargs.get("params") or []
        kwargs["params"] = [*own, *shared_options(own)]
        panels = dict.fromkeys(
            panel for each in own if isinstance(panel := getattr(each, "panel", None), str)
        )
        kwargs["panels"] = [click.RichOptionPanel(name) for name in ("Arguments", *panels, "Options", SHARED)]
        kwargs["context_settings"] = {**SETTINGS, **(kwargs.get("context_settings") or {})}
        super().__init__(*args, **kwargs)
        self.examples = tuple(examples)

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        try:
            return super().parse_args(ctx, args)
        except click.UsageError as error:
            error.ctx = error.ctx or ctx  # so that the message can name the help
            raise

    def get_help_option(self, ctx: click.RichContext) -> click.Option | None:
        option = super().get_help_option(ctx)
        if isinstance(option, click.RichOption):
            option.panel = SHARED
        return option

    def format_help_text(self, ctx: click.RichContext, formatter: click.RichHelpFormatter) -> None:
        from rich.text import Text

        # a blank line between paragraphs, which rich-click has not behind the first
        for paragraph in cleandoc(self.help or "").split("\n\n"):
            formatter.write(formatter.highlighter(Text(" ".join(paragraph.split()) + "\n")))

    def format_epilog(self, ctx: click.RichContext, formatter: click.RichHelpFormatter) -> None:
        super().format_epilog(ctx, formatter)
        if self.examples:
            from rich.text import Text

            formatter.write(Text("Examples:"))
            for line in self.examples:
                formatter.write(Text(f"  swcli {line}", style="cyan"), soft_wrap=True)


class Stub(click.RichCommand):
    """A row of the table that nobody has entered yet."""

    def __init__(self, row: Row) -> None:
        super().__init__(name=row.name, short_help=row.summary, aliases=row.aliases)
        self.row = row

    def load(self) -> click.Command:
        """Import the module of the row and hand back the real command."""
        module, _, attribute = self.row.target.partition(":")
        return getattr(import_module(module), attribute)


class Noun(click.RichGroup):
    """A group of commands, entered by name, alias or unique prefix."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        own: list[click.Parameter] = kwargs.get("params") or []
        kwargs["params"] = [*own, *shared_options(own, panel=None)]
        kwargs["context_settings"] = {**SETTINGS, **(kwargs.get("context_settings") or {})}
        kwargs.setdefault("callback", lambda: None)
        super().__init__(*args, **kwargs)

    def leaf(self, name: str, *, aliases: Sequence[str] = (), **settings: Any) -> Register:
        """Decorate the function of a command of this group."""

        def register(function: Body) -> Leaf:
            command = click.command(name, cls=Leaf, aliases=tuple(aliases), **settings)(function)
            self.add_command(command)
            return command

        return register

    def list_commands(self, ctx: click.Context) -> list[str]:
        # in the order of a day's work, as they were written down
        return list(self.commands)

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        if not args and not ctx.resilient_parsing:
            click.echo(ctx.get_help())
            ctx.exit(0)
        return super().parse_args(ctx, args)

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        try:
            name = self.word(args[0])
            if name is None:
                raise self._unknown(ctx, args[0])
        except UsageError:
            if ctx.resilient_parsing:  # a shell that asks what comes next must get no error for an answer
                return None, None, args[1:]
            raise
        command = self.commands[name]
        return name, command.load() if isinstance(command, Stub) else command, args[1:]

    def word(self, text: str) -> str | None:
        """Full name of the command that `text` means; None when it means none.

        Raises:
            UsageError: `text` is the beginning of several.
        """
        if text in self.commands:
            return text
        for name, command in self.commands.items():
            if text in getattr(command, "aliases", ()):
                return name
        found = [
            name for name, command in self.commands.items() if name.startswith(text) and not command.hidden
        ]
        if len(found) > 1:
            candidates = " or ".join(f"'{name}'" for name in found)
            raise UsageError(f"'{text}' may mean {candidates}", hint="write a letter more")
        return found[0] if found else None

    def _unknown(self, ctx: click.Context, text: str) -> UsageError:
        from starwhale.kit.suggest import nearest

        words = [*self.commands, *(a for c in self.commands.values() for a in getattr(c, "aliases", ()))]
        if text.startswith("-"):
            return UsageError(f"no option {text!r} before a command", hint=f"see `{ctx.command_path} --help`")
        guess = nearest(text, words)
        if guess is None:
            hint = f"`{ctx.command_path} --help` lists the commands"
        else:
            hint = f"did you mean `{ctx.command_path} {self.word(guess)}`?"
        return UsageError(f"no command {text!r} in `{ctx.command_path}`", hint=hint)
