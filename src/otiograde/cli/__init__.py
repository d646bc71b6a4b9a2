"""The command line: one file per command, each ends in one library call.

Exit codes: 0 done, 1 an error (one line on stderr), 2 usage, 3 done but a finding failed, 130 interrupted.
"""

from __future__ import annotations

import sys
from importlib import import_module
from typing import Any

import click

from otiograde import __version__
from otiograde.errors import OtiogradeError

#: Command -> what it does in one line. The command itself lives in the module of its name and loads when it is called.
COMMANDS = {
    "carry": "Carry the grades of an earlier output to an edit that was cut again.",
    "compare": "Measure the color difference between two clips or stills.",
    "demo": "Draw a little film with six casts, grade it, and measure the match against the known truth.",
    "export": "Write an output's grades in the formats of other programs.",
    "grade": "Match the shots of an edit (the default: `otiograde EDIT` grades).",
    "install-luts": "Copy an output's LUTs to where Resolve, Premiere or Final Cut looks for them, or take them away.",
    "inspect": "Show what an edit holds and what would be skipped, and why.",
    "lut": "Apply, examine, convert or build .cube LUTs.",
    "render": "Render the whole graded edit into one movie.",
    "review": "Look at an output's grades in a browser, overrule them, and save them again.",
    "undo": "Restore the edit as it was read, without effects of otiograde.",
    "verify": "Check that an output folder is still what its record says, and check the grades again.",
}


class Commands(click.Group):
    """Loads a command when it is called; anything that is no command is an edit to grade."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """The names, for --help."""
        return sorted(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """The command of this name, with its module loaded."""
        if cmd_name not in COMMANDS:
            return None
        name = cmd_name.replace("-", "_")
        command = getattr(import_module(f"otiograde.cli.{name}"), name)
        return command if isinstance(command, click.Command) else None

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """The table of commands, without loading any of them."""
        with formatter.section("Commands"):
            formatter.write_dl(sorted(COMMANDS.items()))

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """What stands after ``--`` is an edit, whatever its name begins with."""
        before = args[: args.index("--")] if "--" in args else ["no sign"]
        if all(word.startswith("-") for word in before) and not {"-h", "--help", "--version"} & set(before):
            args = ["grade", *args]
        return super().parse_args(ctx, args)

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """``otiograde EDIT …`` means ``otiograde grade EDIT …``; a file named like a command is written ``./name``."""
        if args and args[0] not in COMMANDS:
            args = ["grade", *args]
        return super().resolve_command(ctx, args)


@click.group(cls=Commands, context_settings={"help_option_names": ["-h", "--help"], "ignore_unknown_options": True})
@click.version_option(__version__, prog_name="otiograde", message="%(prog)s %(version)s")
def group() -> None:
    """Match the shots of an edited timeline: one grade per shot, proven, in files your programs take.

    \b
      otiograde timeline.otio              writes timeline.graded/ beside the edit
      otiograde a.mp4 b.mp4                the clips, in this order, are the timeline
      otiograde FOLDER                     so are the clips of a folder, in natural name order
    """  # noqa: D301 - click's own sign for text that keeps its lines


def main(arguments: list[str] | None = None) -> Any:
    """Run the command line and leave with its exit code."""
    try:
        code = group.main(arguments, prog_name="otiograde", standalone_mode=False)
    except click.exceptions.Exit as stop:
        code = stop.exit_code
    except click.ClickException as error:
        error.show()
        code = error.exit_code
    except (KeyboardInterrupt, click.Abort):
        click.echo("otiograde: interrupted, nothing was written", err=True)
        code = 130
    except OtiogradeError as error:
        click.echo(f"otiograde: {' '.join(str(error).split())}", err=True)
        code = 1
    except BrokenPipeError:
        sys.stderr.close()
        code = 1
    sys.exit(code if isinstance(code, int) else 0)
