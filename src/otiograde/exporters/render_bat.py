"""render.bat: the plan as a Windows batch file (cmd.exe)."""

from __future__ import annotations

import re

from otiograde.exporters.render_plan import Plan, Step
from otiograde.exporters.render_sh import ENCODER, NO_ZSCALE

_HEAD = """\
@echo off
rem Renders the graded shots of {name} into rendered, then joins them by cuts into film.mp4.
rem Written by {program}. Needs FFmpeg 5.1 or later.
rem
rem   render.bat [FFMPEG]       from any folder; renders everything anew
rem   set FFMPEG=...            another FFmpeg than the one on the PATH
rem   set DITHER=none           how 8-bit pictures are rounded: none, ordered, error_diffusion
rem   set ENCODER=...           another encoder, or other options
setlocal EnableExtensions DisableDelayedExpansion
chcp 65001 >nul
if not "%~1"=="" set "FFMPEG=%~1"
if not defined FFMPEG set "FFMPEG=ffmpeg"
if not defined DITHER set "DITHER=error_diffusion"
if not defined ENCODER set "ENCODER={encoder}"
cd /d "%~dp0"
set "FAILED="
set "COMMON=-hide_banner -nostdin -v error -y"
set "REST=-an -sn -dn -map_metadata -1 -map_chapters -1 -f mp4"
"%FFMPEG%" -version >nul 2>&1
if errorlevel 1 (
    echo There is no FFmpeg here: install it, or name it: render.bat C:\\path\\to\\ffmpeg.exe
    exit /b 1
)
if not exist rendered\\film mkdir rendered\\film
"""

#: What no Windows file name holds, and what would end a quoted word or a line.
_UNSPEAKABLE = re.compile(r'["\x00-\x1f]')


def batch_file(plan: Plan, name: str, program: str) -> str:
    """Write the batch file, with CRLF. Names from the edit stand in it quoted, or reduced to harmless signs."""
    lines = [_HEAD.format(name=harmless(name), program=harmless(program), encoder=ENCODER).rstrip("\n"), ""]
    lines += _variables(plan)
    lines += ["echo Not rendered:", *(f"echo   {harmless(line)}" for line in plan.not_rendered)]
    for number, step in enumerate(plan.shots, 1):
        lines += ["", f"rem {harmless(step.about)}", f"echo {number}/{len(plan.shots)} {step.target}", *_make(step)]
    lines += ["", "if defined FAILED goto failed"]
    for step in plan.fits:
        lines += ["", f"rem {harmless(step.about)}", f"echo {step.target}", *_make(step)]
    if plan.film:
        lines += ["", "if defined FAILED goto failed"] if plan.fits else []
        lines += ["", f"echo {plan.film.target}", *_make(plan.film)]
    lines += ["if defined FAILED goto failed", "exit /b 0", "", ":failed", "echo Not rendered:%FAILED%", "exit /b 1"]
    return "\r\n".join("\n".join(lines).split("\n")) + "\r\n"


def harmless(text: str) -> str:
    """Make a name fit for a remark or an echo: ``%`` and the signs of cmd.exe become underscores."""
    return re.sub(r"[^\w .,:/()+-]", "_", text, flags=re.ASCII)


def _variables(plan: Plan) -> list[str]:
    return [
        *_set(plan.variables.tags),
        '"%FFMPEG%" -hide_banner -filters 2>nul | findstr /c:" zscale " >nul',
        "if errorlevel 1 goto swscale",
        *_set(plan.variables.zscale),
        "goto ready",
        ":swscale",
        f"echo {NO_ZSCALE}",
        *_set(plan.variables.swscale),
        ":ready",
    ]


def _set(values: dict[str, str]) -> list[str]:
    return [f'set "{name}={_expanded(value)}"' for name, value in values.items()]


def _make(step: Step) -> list[str]:
    """Spell a step whose target appears whole or not at all."""
    target = step.target.replace("/", "\\")
    if _UNSPEAKABLE.search(step.source):
        return ["echo   the name of its media cannot be written in a batch file", f'set "FAILED=%FAILED% {target}"']
    options = "".join(f'"{_quoted(option)}" ' for option in step.options)
    picture = f'-map 0:V:0 -vf "{_expanded(",".join(step.filters))}" %ENCODER% {_expanded(" ".join(step.after))}'
    command = f'"%FFMPEG%" %COMMON% {options}-i "{_quoted(step.source)}" {picture} %REST% "{target}.part"'
    return [f'{command} && move /y "{target}.part" "{target}" >nul || set "FAILED=%FAILED% {target}"']


def _quoted(text: str) -> str:
    return text.replace("%", "%%")


def _expanded(text: str) -> str:
    """Variables of the plan as the batch file's."""
    return re.sub(r"\{(\w+)\}", r"%\1%", text)
