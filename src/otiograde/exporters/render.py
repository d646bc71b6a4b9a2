"""The render scripts, which make the movie of the whole edit with FFmpeg 5.1 or later and nothing else.

The filters state what FFmpeg would otherwise guess: matrix, range, chroma location, float precision, dither and tags
(https://ffmpeg.org/ffmpeg-filters.html#zscale-1). Where encodings are in doubt that one movie would have to mix, the
scripts say so, and render nothing: ``otiograde render`` does the same.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from otiograde.folder.layout import BATCH_FILE, SHELL_SCRIPT
from otiograde.movie.batch import batch_file, refusing_batch
from otiograde.movie.conversion import MixedError
from otiograde.movie.lut_files import Content
from otiograde.movie.plan import plan
from otiograde.movie.shell import refusing_script, shell_script
from otiograde.record.graded import GradedTimeline


def export(record: GradedTimeline) -> Mapping[str, bytes]:
    """Return the two scripts, and the LUTs that convert shots to the movie's encoding; these are baked on access."""
    program = f"otiograde {record.made_with.get('otiograde', '')}".strip()
    name = record.edit.name
    try:
        planned = plan(record)
    except MixedError as error:
        return _encoded(refusing_script(name, program, str(error)), refusing_batch(name, program, str(error)))
    scripts = _encoded(shell_script(planned, name, program), batch_file(planned, name, program))
    return _Files(scripts, planned.luts.exported(path for segment in planned.segments for path in segment.luts))


def _encoded(shell: str, batch: str) -> dict[str, bytes]:
    return {
        SHELL_SCRIPT: shell.encode("utf-8", errors="surrogateescape"),
        BATCH_FILE: batch.encode("utf-8", errors="replace"),
    }


class _Files(Mapping[str, bytes]):
    """The scripts, and LUTs that are baked on access."""

    def __init__(self, scripts: Mapping[str, bytes], luts: Mapping[str, Content]) -> None:
        self._scripts, self._luts = scripts, luts

    def __getitem__(self, path: str) -> bytes:
        return self._scripts[path] if path in self._scripts else self._luts[path]()

    def __iter__(self) -> Iterator[str]:
        yield from self._scripts
        yield from self._luts

    def __len__(self) -> int:
        return len(self._scripts) + len(self._luts)
