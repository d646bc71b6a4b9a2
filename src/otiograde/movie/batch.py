"""render.bat: the plan as a Windows batch file (cmd.exe)."""

from __future__ import annotations

import re
from collections.abc import Iterable

from otiograde.folder.layout import SEGMENTS
from otiograde.movie import commands
from otiograde.movie.plan import RenderPlan, Segment, SoundTrack
from otiograde.movie.shell import NO_ZSCALE

_HEAD = """\
@echo off
rem Renders {name} into {film}: {frames} frames, each stretch of the edit as a lossless segment, then joined.
rem Written by {program}. Needs FFmpeg 5.1 or later.
rem
rem   render.bat [FFMPEG]       from any folder; does only what is not there yet
rem   set FFMPEG=...            another FFmpeg than the one on the PATH
rem   set DITHER=none           how 8-bit pictures are rounded: none, ordered, error_diffusion
rem   set ENCODER=...           another encoder, or other options
rem   set FORCE=1               do everything again
setlocal EnableExtensions DisableDelayedExpansion
chcp 65001 >nul
if not "%~1"=="" set "FFMPEG=%~1"
if not defined FFMPEG set "FFMPEG=ffmpeg"
if not defined DITHER set "DITHER=error_diffusion"
if not defined ENCODER set "ENCODER={encoder}"
cd /d "%~dp0"
set "FAILED="
set "COMMON={quiet}"
"%FFMPEG%" -version >nul 2>&1
if errorlevel 1 (
    echo There is no FFmpeg here: install it, or name it: render.bat C:\\path\\to\\ffmpeg.exe
    exit /b 1
)
if not exist {segments} mkdir {segments}
"""

#: The most characters of a line that cmd.exe runs, less some for the path of FFmpeg and its first options.
_LONGEST = 8191 - 512

#: With fewer inputs, it is the graph that makes a line too long.
_MANY = 8

#: Words that need no quotes.
_PLAIN = re.compile(r"[A-Za-z0-9_.:/-]+")

#: Characters that no Windows file name has, and that would end a quoted argument or a line.
_UNQUOTABLE = re.compile(r'["\x00-\x1f]')


def batch_file(plan: RenderPlan, name: str, program: str) -> str:
    """Return the batch file, with CRLF. Names from the edit are quoted, or reduced to harmless characters."""
    head = _HEAD.format(
        name=harmless(name),
        program=harmless(program),
        film=commands.movie_name(plan),
        frames=plan.frames,
        encoder=" ".join(commands.encoder_arguments(plan)),
        quiet=" ".join(commands.QUIET),
        segments=SEGMENTS.replace("/", "\\"),
    )
    lines = [*head.rstrip("\n").split("\n"), "", *_variable_lines(plan)]
    lines += ["echo Note:", *(f"echo   {harmless(line)}" for line in plan.notes)] if plan.notes else []
    distinct = {segment.key: segment for segment in plan.segments}.values()
    for number, segment in enumerate(distinct, 1):
        about = harmless(segment.description)
        target = commands.segment_file(segment, "%KIND%")
        rest = [f'-filter_complex "{_expanded(segment.graph)}"', *_quoted_arguments(commands.segment_output(plan))]
        filled = (plan.variables.fill(segment.graph, "error_diffusion", zscale=zscale) for zscale in (True, False))
        growth = max(map(len, filled)) - len(segment.graph)
        lines += ["", f"rem {about}"]
        lines += _make_lines(segment, target, rest, f"{number}/{len(distinct)} {about}", growth)
    if plan.sound:
        rest = [
            f'-filter_complex "{_with_doubled_percents(plan.sound.graph)}"',
            *_quoted_arguments(commands.sound_output()),
        ]
        lines += ["", *_make_lines(plan.sound, commands.sound_file(plan.sound), rest, "sound")]
    lines += ["", "if defined FAILED goto failed", *_join_lines(plan), "if defined FAILED goto failed"]
    lines += ["exit /b 0", "", ":failed", "echo Not rendered:%FAILED%", "exit /b 1"]
    return "\r\n".join(lines) + "\r\n"


def refusing_batch(name: str, program: str, why: str) -> str:
    """Return a batch file that renders nothing, and says why."""
    lines = [
        "@echo off",
        f"rem Would render {harmless(name)}. Written by {harmless(program)}.",
        f"echo {harmless(why)}",
    ]
    return "\r\n".join([*lines, "exit /b 1"]) + "\r\n"


def harmless(text: str) -> str:
    """Make a name safe in ``rem`` and ``echo``: ``%`` and the special characters of cmd.exe become underscores."""
    return re.sub(r"[^\w .,:/()+-]", "_", text, flags=re.ASCII)


def _variable_lines(plan: RenderPlan) -> list[str]:
    return [
        '"%FFMPEG%" -hide_banner -filters 2>nul | findstr /c:" zscale " >nul',
        "if errorlevel 1 goto swscale",
        'set "KIND=%DITHER%"',
        *_set_lines(plan.variables.zscale),
        "goto ready",
        ":swscale",
        f"echo {NO_ZSCALE}",
        'set "KIND=swscale"',
        *_set_lines(plan.variables.swscale),
        ":ready",
    ]


def _set_lines(values: dict[str, str]) -> list[str]:
    return [f'set "{name}={_expanded(value)}"' for name, value in values.items()]


def _make_lines(job: Segment | SoundTrack, target: str, rest: list[str], about: str, growth: int = 0) -> list[str]:
    """Run FFmpeg if its target is missing. The target is complete or is not written.

    ``growth`` is by how many characters the variables lengthen the line.
    """
    target = target.replace("/", "\\")
    fail = f'set "FAILED=%FAILED% {target}"'
    if any(_UNQUOTABLE.search(source.path) for source in job.inputs):
        return [f"echo {about}", "echo   the name of its media cannot be written in a batch file", fail]
    lines = (
        " ".join(
            ['"%FFMPEG%" %COMMON%', *_quoted_arguments(commands.inputs(job, short=short)), *rest, f'"{target}.part"']
        )
        for short in (False, True)
    )
    command = next((line for line in lines if len(line) + growth <= _LONGEST), "")
    if not command:
        why = "has too many inputs" if len(job.inputs) > _MANY else "is too long"
        return [f"echo {about}", f"echo   it {why} for a batch file: use otiograde render", fail]
    label = f"have_{re.sub('[^0-9a-z]', '', target.rpartition(chr(92))[2].partition('.')[0])}"
    return [
        f'if not defined FORCE if exist "{target}" goto {label}',
        f"echo {about}",
        f'{command} && move /y "{target}.part" "{target}" >nul || {fail}',
        f":{label}",
    ]


def _join_lines(plan: RenderPlan) -> list[str]:
    movie, segment_list = commands.movie_name(plan), commands.SEGMENT_LIST
    lines = [
        f"echo {line}>>{_with_backslashes(segment_list)}"
        for segment in plan.segments
        for line in (f"file segments/{segment.key}.%KIND%.mkv", commands.SEGMENT_OPTION)
    ]
    arguments = _quoted_arguments([*commands.movie_inputs(plan, segment_list), "-vf", plan.join_filters])
    output = _quoted_arguments(commands.movie_output(plan, harmless))
    command = " ".join(['"%FFMPEG%" %COMMON%', *arguments, "%ENCODER%", *output, f'"{movie}.part"'])
    fail = f'set "FAILED=%FAILED% {movie}"'
    return [
        f"type nul >{_with_backslashes(segment_list)}",
        *lines,
        f"echo {movie}",
        f'{command} && move /y "{movie}.part" "{movie}" >nul || {fail}',
    ]


def _with_backslashes(path: str) -> str:
    return path.replace("/", "\\")


def _quoted_arguments(options: Iterable[str]) -> list[str]:
    return [option if _PLAIN.fullmatch(option) else f'"{_with_doubled_percents(option)}"' for option in options]


def _with_doubled_percents(text: str) -> str:
    return text.replace("%", "%%")


def _expanded(text: str) -> str:
    """Turn the plan's variables into the batch file's."""
    return re.sub(r"\{(\w+)\}", r"%\1%", _with_doubled_percents(text.replace('"', "")))
