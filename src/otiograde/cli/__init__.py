"""The command line: one file for each command, and each command ends in one library call.

Exit codes: 0 done, 1 an error (one line on stderr), 2 usage, 3 done but a finding failed, 130 interrupted.
"""

from __future__ import annotations

import os
import sys
from contextlib import suppress
from importlib import import_module
from typing import Any

import click
from click.shell_completion import CompletionItem

from otiograde import __version__
from otiograde.errors import OtiogradeError

#: Command -> its help in one line. The command is in the module of its name, which is imported when it is called.
COMMANDS = {
    "cache": "Show how large the cache is, or empty it.",
    "carry": "Transfer the grades of an earlier output to an edit that was cut again.",
    "compare": "Measure the color difference between two clips or stills.",
    "cut": "Find the cuts of a finished movie, and write them as an edit.",
    "demo": "Draw a small movie with six known color casts and a drift, grade it, and measure the match.",
    "doctor": "Examine what otiograde works with on this machine, and say how to get what is missing.",
    "export": "Write the grades of an output in the formats of other programs.",
    "grade": "Match the shots of an edit. `otiograde EDIT` is short for `otiograde grade EDIT`.",
    "install-luts": "Copy the LUTs of an output to the LUT folder of Resolve, Premiere or Final Cut, or remove them.",
    "install-nodes": "Make ComfyUI load the nodes of otiograde.",
    "inspect": "Show the shots of an edit, and what would be skipped and why.",
    "lut": "Apply, examine, convert or build .cube LUTs.",
    "render": "Render the graded edit as one movie.",
    "review": "Review the grades of an output in a browser, overrule them, and save.",
    "undo": "Write the edit as it was read, without the effects of otiograde.",
    "verify": "Check the files of an output against its record, and its grades against the media.",
    "watch": "Grade an edit whenever it is saved.",
}


class Commands(click.Group):
    """Imports a command when it is called. A first word that is no command names an edit to grade."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Return the names for --help."""
        return sorted(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Import and return the command of this name."""
        if cmd_name not in COMMANDS:
            return None
        name = cmd_name.replace("-", "_")
        command = getattr(import_module(f"otiograde.cli.{name}"), name)
        return command if isinstance(command, click.Command) else None

    def shell_complete(self, ctx: click.Context, incomplete: str) -> list[CompletionItem]:
        """Offer the commands, with their help. The first word may be an edit as well, so files are offered, too."""
        names = [name for name in self.list_commands(ctx) if name.startswith(incomplete)]
        items = [CompletionItem(name, help=COMMANDS[name]) for name in names]
        # First, since bash drops what comes before it.
        edits = [] if incomplete.startswith("-") else [CompletionItem(incomplete, type="file")]
        return [*edits, *items, *click.Command.shell_complete(self, ctx, incomplete)]

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the table of commands without importing any of them."""
        with formatter.section("Commands"):
            formatter.write_dl(sorted(COMMANDS.items()))

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Take a word after ``--`` as an edit, even if it begins with a dash."""
        before = args[: args.index("--")] if "--" in args else ["no --"]
        if all(word.startswith("-") for word in before) and not {"-h", "--help", "--version"} & set(before):
            args = ["grade", *args]
        return super().parse_args(ctx, args)

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """Read ``otiograde EDIT`` as ``otiograde grade EDIT``. A file named like a command is written ``./name``."""
        if args and args[0] not in COMMANDS:
            args = ["grade", *args]
        return super().resolve_command(ctx, args)


@click.group(cls=Commands, context_settings={"help_option_names": ["-h", "--help"], "ignore_unknown_options": True})
@click.version_option(__version__, prog_name="otiograde", message="%(prog)s %(version)s")
def group() -> None:
    """Match the shots of an edited timeline: one checked grade for each shot, in files that other programs read.

    \b
      otiograde timeline.otio              write timeline.graded/ beside the edit
      otiograde a.mp4 b.mp4                take the clips, in this order, as the timeline
      otiograde FOLDER                     take the clips of a folder, in natural name order
    """  # noqa: D301 - click keeps the lines of a paragraph that begins with this escape


def main(arguments: list[str] | None = None) -> Any:
    """Run the command line and exit with its exit code."""
    try:
        code = group.main(arguments, prog_name="otiograde", standalone_mode=False)
    except click.exceptions.Exit as stop:
        code = stop.exit_code
    except click.ClickException as error:
        error.show()
        code = error.exit_code
    except (KeyboardInterrupt, click.Abort):
        with suppress(OSError):  # the terminal may be closed
            click.echo("otiograde: interrupted, nothing was written", err=True)
        code = 130
    except OtiogradeError as error:
        click.echo(f"otiograde: {' '.join(str(error).split())}", err=True)
        code = 1
    except BrokenPipeError:
        sys.stderr.close()
        code = 1
    except OSError as error:
        what = f"{error.filename} cannot be used" if error.filename else "the output cannot be written"
        with suppress(OSError):
            click.echo(f"otiograde: {what}: {error.strerror or error}", err=True)
        _discard_output()
        # After an interrupt click writes to the terminal, which may be what was closed.
        code = 130 if isinstance(error.__context__, KeyboardInterrupt) else 1
    sys.exit(code if isinstance(code, int) else 0)


def _discard_output() -> None:
    """Send what is still to be written to nowhere: Python would fail to write it when it ends."""
    nowhere = os.open(os.devnull, os.O_WRONLY)
    for stream in (sys.stdout, sys.stderr):
        with suppress(OSError, ValueError, AttributeError):
            stream.flush()
            continue
        with suppress(OSError, ValueError, AttributeError):
            os.dup2(nowhere, stream.fileno())
    os.close(nowhere)
