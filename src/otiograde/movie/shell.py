"""render.sh: the plan as a POSIX shell script (dash and bash)."""

from __future__ import annotations

import re
import shlex
from collections.abc import Collection, Iterable, Sequence

from otiograde.folder.layout import SEGMENTS
from otiograde.media.arguments import CUT_SHORT
from otiograde.media.containers import guard
from otiograde.movie import commands
from otiograde.movie.media_folders import media_folders
from otiograde.movie.plan import RenderPlan, Segment, SoundTrack

#: What both scripts print for an FFmpeg built without zimg.
NO_ZSCALE = "This FFmpeg has no zscale filter: colors may be one code off, and 8 bits are not dithered."

#: The parts that the script does alone, for its messages.
OPTIONS = "use --segments, --segment N, --sound, --join, --proof or --media N=FOLDER"

_FAILED = ('if [ -n "$failed" ]; then', '    say "not rendered:$failed"', "    exit 1", "fi")

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
# For a farm whose machines see this folder. Each of these does one part:
#
#   sh render.sh --segments               print the number of segments
#   sh render.sh --segment N              render segment N, from 1
#   sh render.sh --sound                  render the sound
#   sh render.sh --join                   join the segments and the sound
#   sh render.sh --proof                  decode the movie, and count its frames
#   ... --media N=FOLDER                  media folder N is FOLDER on this machine; as the edit names them:
{folders}
#
set -eu
FFMPEG=${{FFMPEG:-ffmpeg}}
DITHER=${{DITHER:-error_diffusion}}
ENCODER=${{ENCODER:-{encoder}}}
here=$(dirname -- "$0" && echo .)  # a name may end in a line end, which $( ) takes off
script=$(basename -- "$0")

say() {{
    printf '%s\\n' "$*" >&2
}}

wrong() {{
    say "$script: $*"
    exit 2
}}

only=
wanted=
suffix=
while [ $# -gt 0 ]; do
    option=$1
    shift
    case $option in
        --segments) echo {count}; exit 0 ;;
        --sound | --join | --proof) only=${{option#--}} ;;
        --segment | --media)
            [ $# -gt 0 ] || wrong "$option needs a number"
            number=${{1%%=*}}
            case $number in '' | 0* | *[!0-9]* | ??????????*) wrong "$option $1: $number is not a number from 1" ;; esac
            if [ "$option" = --segment ]; then
                [ "$1" = "$number" ] && [ "$number" -le {count} ] || wrong "--segment $1: there are {count}"
                only=segment
                wanted=$number
            else
                [ "$number" -le {folder_count} ] || wrong "--media $1: there are {folder_count} media folders"
                case $1 in
                    *=/* | *=) eval "there$number=\\${{1#*=}}" ;;
                    *) wrong "--media $1: give $number=/a/folder" ;;
                esac
            fi
            shift ;;
        -*) wrong "there is no option $option: {options}" ;;
        *) FFMPEG=$option ;;
    esac
done
# Machines share the folder: their processes may have the same number
[ -z "$only" ] || suffix=@$(uname -n)

case $FFMPEG in
    /*) ;;
    */*) FFMPEG=$PWD/$FFMPEG ;;
esac
CDPATH= cd -- "${{here%??}}"

if ! command -v "$FFMPEG" >/dev/null; then
    say "$script: there is no program '$FFMPEG': install FFmpeg, or name it: FFMPEG=/path/to/ffmpeg sh $script"
    exit 1
fi

failed=
made=
part=
trap '[ -z "$part" ] || rm -f "$part"; exit 130' HUP INT TERM

# turn PART [N]: is it this part's turn?
turn() {{
    case $only in
        '') return 0 ;;
        "$1") [ "$1" != segment ] || [ "$2" = "$wanted" ] ;;
        *) return 1 ;;
    esac
}}

# find_here PATH: sets $path to where PATH is on this machine
{mapping}

# fresh TARGET FILE...: is TARGET newer than every FILE? Its name tells what else decides it.
fresh() {{
    [ -z "${{FORCE:-}}" ] && [ -s "$1" ] || return 1
    target=$1
    shift
    for file in "$@"; do
        find_here "$file"
        [ "$path" -nt "$target" ] && return 1
    done
    return 0
}}

# tidy TARGET: deletes its parts that killed scripts left
tidy() {{
    for old in "$1".*.part; do
        owner=${{old#"$1".}}
        owner=${{owner%"$suffix".part}}
        case $owner in
            '' | *[!0-9]*) ;;
            *) kill -0 "$owner" 2>/dev/null || rm -f "$old" ;;
        esac
    done
}}

# make TARGET FFMPEG-ARGUMENTS...: TARGET appears whole or not at all
make() {{
    target=$1
    shift
    tidy "$target"
    part=$target.$$$suffix.part
    count=$#
    while [ "$count" -gt 0 ]; do
        find_here "$1"
        shift
        set -- "$@" "$path"
        count=$((count - 1))
    done
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
    """Return the script. Names from the edit appear only quoted, or in comments on one printable line."""
    distinct = {segment.key: segment for segment in plan.segments}.values()
    folders = media_folders(plan)
    head = _HEAD.format(
        folders="\n".join(f"#     {number}  {one_line(folder)}" for number, folder in enumerate(folders, 1))
        or "#     none",
        mapping=_finding(folders),
        folder_count=len(folders),
        count=len(distinct),
        options=OPTIONS,
        name=one_line(name),
        program=one_line(program),
        film=commands.movie_name(plan),
        frames=plan.frames,
        encoder=" ".join(commands.encoder_arguments(plan)),
        quiet=" ".join(commands.QUIET),
        segments=SEGMENTS,
        cut_short=" | ".join(f"*'{message}'*" for message in CUT_SHORT),
    )
    lines = [*head.rstrip("\n").split("\n"), "", *_variable_lines(plan), *_message_lines("Note:", plan.notes)]
    for number, segment in enumerate(distinct, 1):
        block = _segment_lines(plan, segment, f"{number}/{len(distinct)}")
        lines += ["", f"if turn segment {number}; then", *block, "fi"]
    if plan.sound:
        lines += ["", "if turn sound; then", *_sound_lines(plan.sound), "fi"]
    lines += ["", *_FAILED, "", "if turn join; then", *_missing_lines(plan, distinct), *_join_lines(plan), "fi"]
    return "\n".join([*lines, "", *_proof_lines(plan)]) + "\n"


def _finding(folders: Sequence[str]) -> str:
    """Return the function that finds media whose folder has another name on this machine."""
    cases = [
        f"        {folder}/*) path=${{there{number}:-{folder}}}/${{1#{folder}/}} ;;"
        for number, folder in enumerate(map(shlex.quote, folders), 1)
    ]
    return "\n".join(["find_here() {", "    case $1 in", *cases, "        *) path=$1 ;;", "    esac", "}"])


def _missing_lines(plan: RenderPlan, distinct: Collection[Segment]) -> list[str]:
    """Name what has to be rendered before the movie is joined. What is newer than the movie joins it again."""
    files = [commands.segment_file(segment, "$kind") for segment in distinct]
    movie = commands.movie_name(plan)
    sound = [commands.sound_file(plan.sound)] if plan.sound else []
    return [
        'if [ "$only" = join ]; then',
        "    number=0",
        "    missing=",
        "    for file in \\",
        *(f'        "{file}" \\' for file in [*files, *sound]),
        "    ; do",
        "        number=$((number + 1))",
        '        if [ ! -s "$file" ]; then',
        '            missing="$missing $number"',
        f'        elif [ "$file" -nt {movie} ]; then',
        "            made=1",
        "        fi",
        "    done",
        '    if [ -n "$missing" ]; then',
        f'        say "$script: not rendered yet:$missing (of {len(files)} segments'
        + (f", {len(files) + 1} is the sound" if sound else "")
        + ')"',
        "        exit 1",
        "    fi",
        "fi",
    ]


def _proof_lines(plan: RenderPlan) -> list[str]:
    """Decode the movie to its end, and count its frames."""
    movie = commands.movie_name(plan)
    arguments = _quoted_arguments([*commands.QUIET, "-xerror", *guard(movie), "-i", movie, "-map", "0:v:0"])
    return [
        'if [ "$only" = proof ]; then',
        f'    [ -s {movie} ] || {{ say "$script: there is no {movie} yet: join it first"; exit 1; }}',
        f"    frames=$(\"$FFMPEG\" {arguments}-f framecrc - | grep -c '^0,') || :",
        f'    if [ "$frames" -ne {plan.frames} ]; then',
        f'        say "$script: {movie} has $frames frames that can be decoded, not {plan.frames}: join it again"',
        "        exit 1",
        "    fi",
        f'    say "{movie} has all of its {plan.frames} frames"',
        "fi",
    ]


def refusing_script(name: str, program: str, why: str) -> str:
    """Return a script that renders nothing, and says why."""
    head = f"#!/bin/sh\n# Would render {one_line(name)}. Written by {one_line(program)}.\n"
    return f"{head}printf '%s\\n' {shlex.quote(one_line(why))} >&2\nexit 1\n"


def one_line(text: str) -> str:
    """Make a name safe in a comment: unprintable characters, such as line ends, become question marks."""
    return "".join(sign if sign.isprintable() else "?" for sign in text)


def _variable_lines(plan: RenderPlan) -> list[str]:
    """Set the variables for zscale and for swscale. The script chooses between them when it runs."""
    lines = [
        """if "$FFMPEG" -hide_banner -filters 2>/dev/null | grep ' zscale ' >/dev/null; then""",
        "    kind=$DITHER",
    ]
    lines += [f'    {name}="{_expanded(value)}"' for name, value in plan.variables.zscale.items()]
    lines += ["else", f"    say '{NO_ZSCALE}'", "    kind=swscale"]
    lines += [f'    {name}="{_expanded(value)}"' for name, value in plan.variables.swscale.items()]
    return [*lines, "fi"]


def _message_lines(title: str, lines: Iterable[str]) -> list[str]:
    body = [f"  {one_line(line)}" for line in lines]
    return ["", "cat >&2 <<'END_OF_LIST'", title, *body, "END_OF_LIST"] if body else []


def _segment_lines(plan: RenderPlan, segment: Segment, number: str) -> list[str]:
    target = f'"{commands.segment_file(segment, "$kind")}"'
    needs = " ".join(
        shlex.quote(path) for path in (*segment.luts, *dict.fromkeys(source.file for source in segment.inputs))
    )
    graph = f'-filter_complex "{_expanded(segment.graph)}"'
    inputs, output = _quoted_arguments(commands.inputs(segment)), _quoted_arguments(commands.segment_output(plan))
    return [
        f"about={shlex.quote(one_line(segment.description))}",
        f"fresh {target} {needs} || {{".replace("  ", " "),
        f'    say "{number} $about"',
        f"    make {target} {inputs}{graph} {output}",
        "}",
    ]


def _sound_lines(sound: SoundTrack) -> list[str]:
    target = commands.sound_file(sound)
    needs = " ".join(shlex.quote(path) for path in dict.fromkeys(source.file for source in sound.inputs))
    graph = f'-filter_complex "{sound.graph}"'
    inputs, output = _quoted_arguments(commands.inputs(sound)), _quoted_arguments(commands.sound_output())
    return [
        "about=sound",
        f"fresh {target} {needs} || {{",
        '    say "$about"',
        f"    make {target} {inputs}{graph} {output}",
        "}",
    ]


def _join_lines(plan: RenderPlan) -> list[str]:
    """Join the segments if their list, the encoder or one of them has changed."""
    movie, segment_list = commands.movie_name(plan), commands.SEGMENT_LIST
    arguments = _quoted_arguments([*commands.movie_inputs(plan, segment_list), "-vf", plan.join_filters])
    output = _quoted_arguments(commands.movie_output(plan, one_line))
    sound = commands.sound_file(plan.sound) if plan.sound else "no sound"
    unchanged = f"[ -s {movie} ] && cmp -s {segment_list} {segment_list}.part"
    return [
        f"about={movie}",
        "{",
        f"""    printf '# %s, {sound}\\n' "$ENCODER" """.rstrip(),
        "    for key in \\",
        *(f"        {segment.key} \\" for segment in plan.segments),
        "    ; do",
        f"""        printf 'file segments/%s.%s.mkv\\n{commands.SEGMENT_OPTION}\\n' "$key" "$kind" """.rstrip(),
        "    done",
        f"}} > {segment_list}.part",
        f'if [ -z "$made" ] && [ -z "${{FORCE:-}}" ] && {unchanged}; then',
        f"    rm -f {segment_list}.part",
        f"    say '{movie} is up to date'",
        "else",
        f"    rm -f {movie}",
        f"    mv -f {segment_list}.part {segment_list}",
        f"    say '{movie}'",
        f"    make {movie} {arguments}$ENCODER {output}",
        "fi",
        *_FAILED,
    ]


def _quoted_arguments(options: Iterable[str]) -> str:
    return "".join(f"{shlex.quote(option)} " for option in options)


def _expanded(text: str) -> str:
    """Turn the plan's variables into the shell's, and escape what the shell would read inside quotes."""
    return re.sub(r"\{(\w+)\}", r"${\1}", re.sub(r'([\\"$`])', r"\\\1", text))
