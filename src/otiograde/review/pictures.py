"""The pictures of a folder under the names that its shots have once they were split or joined."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import PurePosixPath

from otiograde.folder.layout import CUTS, cut_picture_path, picture_path
from otiograde.record.edit import Edit
from otiograde.record.shot import Shot


def pictures_after(pictures: Mapping[str, bytes], before: Edit, after: Edit) -> Mapping[str, bytes]:
    """Return the pictures of the edit ``before`` for the edit ``after``: each goes to the shot that shows its frame."""
    there, now = ({(shot.id, shot.source): shot for shot in edit.shots} for edit in (before, after))
    gone = {shot.id: shot for key, shot in there.items() if key not in now}
    if not gone:
        return pictures
    new = [shot for key, shot in now.items() if key not in there]
    names: dict[str, str] = {}
    for name in pictures:
        shot, frame, at_cut = _parsed(name)
        owner = _showing(gone[shot], frame, new) if shot in gone else shot
        if owner:
            path = cut_picture_path if at_cut else picture_path
            names[path(owner, frame) if shot in gone else name] = name
    return _Renamed(pictures, names)


def _parsed(name: str) -> tuple[str, int, bool]:
    """Return the shot and the frame of a picture, and whether it lies at a cut. The shot is empty for other files."""
    path = PurePosixPath(name)
    at_cut = path.parts[1:2] == (CUTS,) and "." in path.stem
    shot, _, frame = path.stem.rpartition(".") if at_cut else ("/".join(path.parts[1:-1]), "", path.stem)
    return (shot, int(frame), at_cut) if frame.isdecimal() else ("", 0, False)


def _showing(shot: Shot, frame: int, new: list[Shot]) -> str:
    """Return the new shot that shows a frame of one that is gone; empty if there is none."""
    shown = (n.id for n in new if n.media.path == shot.media.path and n.source.start <= frame < n.source.end)
    return next(shown, "")


class _Renamed(Mapping[str, bytes]):
    """A mapping under other names: new name -> old name."""

    def __init__(self, pictures: Mapping[str, bytes], names: Mapping[str, str]) -> None:
        self._pictures, self._names = pictures, names

    def __getitem__(self, name: str) -> bytes:
        return self._pictures[self._names[name]]

    def __iter__(self) -> Iterator[str]:
        return iter(self._names)

    def __len__(self) -> int:
        return len(self._names)
