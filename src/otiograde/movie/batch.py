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

#: What no Windows file name holds, and what would end a quoted word or a line.
_UNSPEAKABLE = re.compile(r'["\x00-\x1f]')


def batch_file(plan: RenderPlan, name: str, program: str) -> str:
    """Write the batch file, with CRLF. Names from the edit stand in it quoted, or reduced to harmless signs."""
    head = _HEAD.format(
        name=harmless(name),
        program=harmless(program),
        film=commands.film_name(plan),
        frames=plan.frames,
        encoder=" ".join(commands.film_encoder(plan)),
        quiet=" ".join(commands.QUIET),
        segments=SEGMENTS.replace("/", "\\"),
    )
    lines = [*head.rstrip("\n").split("\n"), "", *_variables(plan)]
    lines += ["echo Note:", *(f"echo   {harmless(line)}" for line in plan.notes)] if plan.notes else []
    once = {segment.key: segment for segment in plan.segments}.values()
    for number, segment in enumerate(once, 1):
        about = harmless(segment.about)
        target = commands.segment_file(segment, "%KIND%")
        rest = [f'-filter_complex "{_expanded(segment.graph)}"', *_words(commands.segment_output(plan))]
        lines += ["", f"rem {about}", *_make(segment, target, rest, f"{number}/{len(once)} {about}")]
    if plan.sound:
        rest = [f'-filter_complex "{_quoted(plan.sound.graph)}"', *_words(commands.sound_output())]
        lines += ["", *_make(plan.sound, commands.sound_file(plan.sound), rest, "sound")]
    lines += ["", "if defined FAILED goto failed", *_film(plan), "if defined FAILED goto failed"]
    lines += ["exit /b 0", "", ":failed", "echo Not rendered:%FAILED%", "exit /b 1"]
    return "\r\n".join(lines) + "\r\n"


def harmless(text: str) -> str:
    """Make a name fit for a remark or an echo: ``%`` and the signs of cmd.exe become underscores."""
    return re.sub(r"[^\w .,:/()+-]", "_", text, flags=re.ASCII)


def _variables(plan: RenderPlan) -> list[str]:
    return [
        '"%FFMPEG%" -hide_banner -filters 2>nul | findstr /c:" zscale " >nul',
        "if errorlevel 1 goto swscale",
        'set "KIND=%DITHER%"',
        *_set(plan.variables.zscale),
        "goto ready",
        ":swscale",
        f"echo {NO_ZSCALE}",
        'set "KIND=swscale"',
        *_set(plan.variables.swscale),
        ":ready",
    ]


def _set(values: dict[str, str]) -> list[str]:
    return [f'set "{name}={_expanded(value)}"' for name, value in values.items()]


def _make(step: Segment | SoundTrack, target: str, rest: list[str], about: str) -> list[str]:
    """Spell a step whose target appears whole or not at all."""
    target = target.replace("/", "\\")
    fail = f'set "FAILED=%FAILED% {_expanded(target)}"'
    if any(_UNSPEAKABLE.search(each.path) for each in step.inputs):
        return [f"echo {about}", "echo   the name of its media cannot be written in a batch file", fail]
    command = " ".join(['"%FFMPEG%" %COMMON%', *_words(commands.inputs(step)), *rest, f'"{target}.part"'])
    label = f"have_{re.sub('[^0-9a-z]', '', target.rpartition(chr(92))[2].partition('.')[0])}"
    return [
        f'if not defined FORCE if exist "{target}" goto {label}',
        f"echo {about}",
        f'{command} && move /y "{target}.part" "{target}" >nul || {fail}',
        f":{label}",
    ]


def _film(plan: RenderPlan) -> list[str]:
    film, listed = commands.film_name(plan), commands.LIST
    lines = [f"echo file segments/{segment.key}.%KIND%.mkv>>{_back(listed)}" for segment in plan.segments]
    words = _words([*commands.film_inputs(plan, listed), "-vf", plan.join])
    output = _words(commands.film_output(plan, harmless))
    command = " ".join(['"%FFMPEG%" %COMMON%', *words, "%ENCODER%", *output, f'"{film}.part"'])
    fail = f'set "FAILED=%FAILED% {film}"'
    return [
        f"type nul >{_back(listed)}",
        *lines,
        f"echo {film}",
        f'{command} && move /y "{film}.part" "{film}" >nul || {fail}',
    ]


def _back(path: str) -> str:
    return path.replace("/", "\\")


def _words(options: Iterable[str]) -> list[str]:
    return [f'"{_quoted(option)}"' for option in options]


def _quoted(text: str) -> str:
    return text.replace("%", "%%")


def _expanded(text: str) -> str:
    """Variables of the plan as the batch file's."""
    return re.sub(r"\{(\w+)\}", r"%\1%", text)
