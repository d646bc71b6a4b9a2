"""render.sh: the plan as a POSIX shell script (dash and bash)."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterable

from otiograde.exporters.render_plan import Plan, Step

#: Encoder options: on camera footage x264 at rate factor 2 loses less than the rounding to 8 bits before it.
ENCODER = "-c:v libx264 -preset fast -crf 2"

#: What either script says of an FFmpeg built without zimg.
NO_ZSCALE = "This FFmpeg has no zscale filter: colors may be one code off, and 8 bits are not dithered."

_HEAD = """\
#!/bin/sh
# Renders the graded shots of {name} into rendered/, then joins them by cuts into film.mp4.
# Written by {program}. Needs FFmpeg 5.1 or later.
#
#   sh render.sh [FFMPEG]                 from any folder; does only what is not up to date
#   FFMPEG=/path/to/ffmpeg sh render.sh   another FFmpeg than the one on the PATH
#   DITHER=none ...                       how 8-bit pictures are rounded: none, ordered, error_diffusion
#   ENCODER='-c:v libx264 -crf 18' ...    another encoder, or other options
#   FORCE=1 ...                           do everything again
#
set -eu
FFMPEG=${{1:-${{FFMPEG:-ffmpeg}}}}
DITHER=${{DITHER:-error_diffusion}}
ENCODER=${{ENCODER:-{encoder}}}
case $FFMPEG in
    /*) ;;
    */*) FFMPEG=$PWD/$FFMPEG ;;
esac
CDPATH= cd -- "$(dirname -- "$0")"
script=$(basename -- "$0")

say() {{
    printf '%s\\n' "$*" >&2
}}

if ! command -v "$FFMPEG" >/dev/null; then
    say "$script: there is no program '$FFMPEG': install FFmpeg, or name it: FFMPEG=/path/to/ffmpeg sh $script"
    exit 1
fi

failed=
part=
trap '[ -z "$part" ] || rm -f "$part"; exit 130' HUP INT TERM

# fresh TARGET FILE...: is TARGET newer than this script and every FILE?
fresh() {{
    [ -z "${{FORCE:-}}" ] || return 1
    newer=$1
    shift
    for file in "$script" "$@"; do
        [ "$newer" -nt "$file" ] || return 1
    done
}}

# make TARGET FFMPEG-ARGUMENTS...: TARGET appears whole or not at all
make() {{
    target=$1
    shift
    part=$target.part
    if "$FFMPEG" -hide_banner -nostdin -v error -y "$@" -an -sn -dn -map_metadata -1 -map_chapters -1 -f mp4 "$part"
    then
        mv -f "$part" "$target"
    else
        rm -f "$part"
        say "  $target: FFmpeg failed"
        failed="$failed $target"
    fi
    part=
}}

mkdir -p rendered/film
"""


def shell_script(plan: Plan, name: str, program: str) -> str:
    """Write the script. Names from the edit stand in it only quoted, or in comments on one printable line."""
    lines = [_HEAD.format(name=one_line(name), program=one_line(program), encoder=ENCODER).rstrip("\n"), ""]
    lines += _variables(plan)
    lines += _list("Not rendered:", plan.not_rendered)
    for number, step in enumerate(plan.shots, 1):
        lines += ["", f"# {one_line(step.about)}", *_shot(step, f"{number}/{len(plan.shots)}")]
    lines += _stop_if_failed()
    for step in plan.fits:
        lines += ["", f"# {one_line(step.about)}", *_step(step)]
    lines += _stop_if_failed() if plan.fits else []
    if plan.film:
        lines += ["", f"# {one_line(plan.film.about)}", *_film(plan.film)]
        lines += _stop_if_failed()
    return "\n".join(lines) + "\n"


def one_line(text: str) -> str:
    """Make a name fit for a comment: what is not printable, line ends above all, becomes a question mark."""
    return "".join(sign if sign.isprintable() else "?" for sign in text)


def _variables(plan: Plan) -> list[str]:
    """Set both spellings of the filters; which one holds is decided when the script runs."""
    lines = [f"{name}='{value}'" for name, value in plan.variables.tags.items()]
    lines.append("""if "$FFMPEG" -hide_banner -filters 2>/dev/null | grep ' zscale ' >/dev/null; then""")
    lines += [f'    {name}="{_expanded(value)}"' for name, value in plan.variables.zscale.items()]
    lines.append("else")
    lines.append(f"    say '{NO_ZSCALE}'")
    lines += [f'    {name}="{_expanded(value)}"' for name, value in plan.variables.swscale.items()]
    return [*lines, "fi"]


def _list(title: str, lines: Iterable[str]) -> list[str]:
    body = [f"  {one_line(line)}" for line in lines]
    return ["", "cat >&2 <<'END_OF_LIST'", title, *body, "END_OF_LIST"] if body else []


def _shot(step: Step, number: str) -> list[str]:
    media, *rest = step.needs
    source = '"$media"' if step.source == media else shlex.quote(step.source)
    arguments = f"{_words(step.options)}-i {source} -map 0:V:0 {_filters(step)}"
    return [
        f"media={shlex.quote(media)}",
        f'if fresh {step.target} "$media" {" ".join(rest)}; then',
        f"    say '{number} {step.target} is up to date'",
        "else",
        f"    say '{number} {step.target}'",
        f"    make {step.target} {arguments}",
        "fi",
    ]


def _step(step: Step) -> list[str]:
    arguments = f"{_words(step.options)}-i {step.source} {_filters(step)}"
    return [
        f"fresh {step.target} {' '.join(step.needs)} || {{",
        f"    say '{step.target}'",
        f"    make {step.target} {arguments}",
        "}",
    ]


def _film(step: Step) -> list[str]:
    """Spell the film's step; it is stale when anything rendered is newer."""
    arguments = f"{_words(step.options)}-i {step.source} {_filters(step)}"
    return [
        f'if fresh {step.target} && [ -z "$(find rendered -name "*.mp4" -newer {step.target})" ]; then',
        f"    say '{step.target} is up to date'",
        "else",
        f"    say '{step.target}'",
        f"    make {step.target} {arguments}",
        "fi",
    ]


def _stop_if_failed() -> list[str]:
    return ["", 'if [ -n "$failed" ]; then', '    say "not rendered:$failed"', "    exit 1", "fi"]


def _words(options: Iterable[str]) -> str:
    return "".join(f"{shlex.quote(option)} " for option in options)


def _filters(step: Step) -> str:
    return f'-vf "{_expanded(",".join(step.filters))}" $ENCODER {_expanded(" ".join(step.after))}'


def _expanded(text: str) -> str:
    """Variables of the plan as the shell's."""
    return re.sub(r"\{(\w+)\}", r"${\1}", text)
