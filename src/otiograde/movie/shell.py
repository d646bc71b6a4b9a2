"""render.sh: the plan as a POSIX shell script (dash and bash)."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterable

from otiograde.folder.layout import SEGMENTS
from otiograde.media.arguments import CUT_SHORT
from otiograde.movie import commands
from otiograde.movie.plan import RenderPlan, Segment, SoundTrack

#: What either script says of an FFmpeg built without zimg.
NO_ZSCALE = "This FFmpeg has no zscale filter: colors may be one code off, and 8 bits are not dithered."

_HEAD = """\
#!/bin/sh
# Renders {name} into {film}: {frames} frames, each stretch of the edit as a lossless segment, then joined.
# Written by {program}. Needs FFmpeg 5.1 or later.
#
#   sh render.sh [FFMPEG]                 from any folder; does only what is not up to date
#   FFMPEG=/path/to/ffmpeg sh render.sh   another FFmpeg than the one on the PATH
#   DITHER=none ...                       how 8-bit pictures are rounded: none, ordered, error_diffusion
#   ENCODER='-c:v libx264 -crf 12' ...    another encoder, or other options
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
here=$(dirname -- "$0" && echo .)  # a name may end in a line end, which $( ) takes off
CDPATH= cd -- "${{here%??}}"
script=$(basename -- "$0")

say() {{
    printf '%s\\n' "$*" >&2
}}

if ! command -v "$FFMPEG" >/dev/null; then
    say "$script: there is no program '$FFMPEG': install FFmpeg, or name it: FFMPEG=/path/to/ffmpeg sh $script"
    exit 1
fi

failed=
made=
part=
trap '[ -z "$part" ] || rm -f "$part"; exit 130' HUP INT TERM

# fresh TARGET FILE...: is TARGET newer than every FILE? Its name tells what else decides it.
fresh() {{
    [ -z "${{FORCE:-}}" ] && [ -s "$1" ] || return 1
    target=$1
    shift
    for file in "$@"; do
        [ "$file" -nt "$target" ] && return 1
    done
    return 0
}}

# make TARGET FFMPEG-ARGUMENTS...: TARGET appears whole or not at all
make() {{
    target=$1
    shift
    part=$target.$$.part
    if errors=$("$FFMPEG" {quiet} "$@" "$part" 2>&1)
    then
        case $errors in  # FFmpeg 5 and older exit 0 even so
            {cut_short}) whole= ;;
            *) whole=1 ;;
        esac
    else
        whole=
    fi
    [ -z "$errors" ] || say "$errors"
    if [ -n "$whole" ]
    then
        mv -f "$part" "$target"
        made=1
    else
        rm -f "$part"
        say "  FFmpeg failed: $about"
        failed="$failed
  $about"
    fi
    part=
}}

mkdir -p {segments}
"""


def shell_script(plan: RenderPlan, name: str, program: str) -> str:
    """Write the script. Names from the edit stand in it only quoted, or in comments on one printable line."""
    head = _HEAD.format(
        name=one_line(name),
        program=one_line(program),
        film=commands.film_name(plan),
        frames=plan.frames,
        encoder=" ".join(commands.film_encoder(plan)),
        quiet=" ".join(commands.QUIET),
        segments=SEGMENTS,
        cut_short=" | ".join(f"*'{words}'*" for words in CUT_SHORT),
    )
    lines = [*head.rstrip("\n").split("\n"), "", *_variables(plan), *_list("Note:", plan.notes)]
    once = {segment.key: segment for segment in plan.segments}.values()
    for number, segment in enumerate(once, 1):
        lines += ["", *_segment(plan, segment, f"{number}/{len(once)}")]
    if plan.sound:
        lines += ["", *_sound(plan.sound)]
    lines += ["", 'if [ -n "$failed" ]; then', '    say "not rendered:$failed"', "    exit 1", "fi"]
    return "\n".join([*lines, "", *_film(plan)]) + "\n"


def one_line(text: str) -> str:
    """Make a name fit for a comment: what is not printable, line ends above all, becomes a question mark."""
    return "".join(sign if sign.isprintable() else "?" for sign in text)


def _variables(plan: RenderPlan) -> list[str]:
    """Set both spellings of the filters; which one holds is decided when the script runs."""
    lines = [
        """if "$FFMPEG" -hide_banner -filters 2>/dev/null | grep ' zscale ' >/dev/null; then""",
        "    kind=$DITHER",
    ]
    lines += [f'    {name}="{_expanded(value)}"' for name, value in plan.variables.zscale.items()]
    lines += ["else", f"    say '{NO_ZSCALE}'", "    kind=swscale"]
    lines += [f'    {name}="{_expanded(value)}"' for name, value in plan.variables.swscale.items()]
    return [*lines, "fi"]


def _list(title: str, lines: Iterable[str]) -> list[str]:
    body = [f"  {one_line(line)}" for line in lines]
    return ["", "cat >&2 <<'END_OF_LIST'", title, *body, "END_OF_LIST"] if body else []


def _segment(plan: RenderPlan, segment: Segment, number: str) -> list[str]:
    target = f'"{commands.segment_file(segment, "$kind")}"'
    needs = " ".join([*segment.luts, *(shlex.quote(path) for path in dict.fromkeys(i.file for i in segment.inputs))])
    graph = f'-filter_complex "{_expanded(segment.graph)}"'
    return [
        f"about={shlex.quote(one_line(segment.about))}",
        f"fresh {target} {needs} || {{".replace("  ", " "),
        f'    say "{number} $about"',
        f"    make {target} {_words(commands.inputs(segment))}{graph} {_words(commands.segment_output(plan))}",
        "}",
    ]


def _sound(sound: SoundTrack) -> list[str]:
    target = commands.sound_file(sound)
    needs = " ".join(shlex.quote(path) for path in dict.fromkeys(each.file for each in sound.inputs))
    graph = f'-filter_complex "{sound.graph}"'
    return [
        "about=sound",
        f"fresh {target} {needs} || {{",
        '    say "$about"',
        f"    make {target} {_words(commands.inputs(sound))}{graph} {_words(commands.sound_output())}",
        "}",
    ]


def _film(plan: RenderPlan) -> list[str]:
    """Join the segments, where the list of them, the encoder or one of them is not what it was."""
    film, listed = commands.film_name(plan), commands.LIST
    words = _words([*commands.film_inputs(plan, listed), "-vf", plan.join])
    output = _words(commands.film_output(plan, one_line))
    sound = commands.sound_file(plan.sound) if plan.sound else "no sound"
    return [
        f"about={film}",
        "{",
        f"""    printf '# %s, {sound}\\n' "$ENCODER" """.rstrip(),
        "    for key in \\",
        *(f"        {segment.key} \\" for segment in plan.segments),
        "    ; do",
        """        printf 'file segments/%s.%s.mkv\\n' "$key" "$kind" """.rstrip(),
        "    done",
        f"}} > {listed}.part",
        f'if [ -z "$made" ] && [ -z "${{FORCE:-}}" ] && [ -s {film} ] && cmp -s {listed} {listed}.part; then',
        f"    rm -f {listed}.part",
        f"    say '{film} is up to date'",
        "else",
        f"    rm -f {film}",
        f"    mv -f {listed}.part {listed}",
        f"    say '{film}'",
        f"    make {film} {words}$ENCODER {output}",
        "fi",
        'if [ -n "$failed" ]; then',
        '    say "not rendered:$failed"',
        "    exit 1",
        "fi",
    ]


def _words(options: Iterable[str]) -> str:
    return "".join(f"{shlex.quote(option)} " for option in options)


def _expanded(text: str) -> str:
    """Variables of the plan as the shell's; what the shell would read inside its quotes is escaped."""
    return re.sub(r"\{(\w+)\}", r"${\1}", text.replace("\\", "\\\\"))
