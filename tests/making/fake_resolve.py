# ruff: noqa: N802 (the names are those of the program)
"""A strict stand-in for DaVinci Resolve, after the README of its scripting API: it does no more than that text says.

LUTs are known only after ``RefreshLUTList``; CDLs are text; nodes count from 1; settings reach the current timeline
only; and a setter can be told to say True and do nothing, as real ones are reported to.

``Resolve.number`` is the program's version, from 18.6 to 21. What a version lacks is None, as in the program; a name
that no version has is an error. A marker's frame counts from the clip's beginning, and holds one marker.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, ClassVar

COLORS = {"Blue", "Cyan", "Green", "Yellow", "Red", "Pink", "Purple", "Fuchsia"}
COLORS |= {"Rose", "Lavender", "Sky", "Mint", "Lemon", "Sand", "Cocoa", "Cream"}


class Versioned:
    """An object of the program: ``SINCE`` is the version that brought a name, if not all have it."""

    SINCE: ClassVar[dict[str, float]] = {}

    def __getattribute__(self, name: str) -> Any:
        since = type(self).SINCE.get(name)
        return None if since is not None and since > self.program().number else object.__getattribute__(self, name)

    def program(self) -> Resolve:
        raise NotImplementedError


class Group:
    def __init__(self, name: str) -> None:
        self.name = name

    def GetName(self) -> str:
        return self.name


class Media:
    def __init__(self, path: str) -> None:
        self.path = path

    def GetClipProperty(self, name: str) -> str:
        assert name in {"File Path", "File Name"}
        return self.path if name == "File Path" else Path(self.path).name


class Graph:
    def __init__(self, item: Item) -> None:
        self.item = item

    def GetNumNodes(self) -> int:
        return 1

    def SetLUT(self, node: int, path: str) -> bool:
        assert type(node) is int
        assert type(path) is str
        resolve = self.item.timeline.resolve
        if resolve.lazy:
            return True
        known = path in resolve.discovered
        if node != 1 or not known or resolve.project.current is not self.item.timeline:
            return False
        self.item.luts[self.item.version] = path
        return True

    def GetLUT(self, node: int) -> str:
        assert node == 1
        return self.item.luts.get(self.item.version, "")


class Item(Versioned):
    SINCE: ClassVar = {"GetNodeGraph": 19, "GetColorGroup": 19, "AssignToColorGroup": 19}

    def __init__(self, timeline: Timeline, start: int, count: int, path: str | None) -> None:
        self.timeline, self.start, self.count, self.first = timeline, start, count, 0
        self.group: Group | None = None
        self.markers: dict[float, dict[str, Any]] = {}
        self.kind = 0
        self.media = Media(path) if path else None
        self.version, self.versions = "Version 1", ["Version 1"]
        self.luts: dict[str, str] = {"Version 1": "the colorist's own.cube"}
        self.cdl: dict[str, str] | None = None

    def program(self) -> Resolve:
        return self.timeline.resolve

    def GetUniqueId(self) -> str:
        return str(id(self))

    def GetLeftOffset(self) -> int:
        return self.first

    def GetStart(self) -> int:
        return self.timeline.first + self.start

    def GetEnd(self) -> int:
        return self.GetStart() + self.count

    def GetName(self) -> str:
        return "a name that tells nothing"

    def SetLUT(self, node: int, path: str) -> bool:
        assert self.program().number < 19, "deprecated: the clip's graph has it"
        return Graph(self).SetLUT(node, path)

    def GetLUT(self, node: int) -> str:
        assert self.program().number < 19
        return Graph(self).GetLUT(node)

    def GetColorGroup(self) -> Group | None:
        return self.group

    def AssignToColorGroup(self, group: Group) -> bool:
        assert group in self.program().project.groups, "an existing group of the project"
        self.group = group
        return True

    def GetMarkers(self) -> dict[float, dict[str, Any]]:
        return {frame: dict(marker) for frame, marker in self.markers.items()}

    def AddMarker(self, frame: int, color: str, name: str, note: str, duration: int, custom: str) -> bool:
        assert [type(value) for value in (frame, color, name, note, duration, custom)] == [int, str, str, str, int, str]
        assert color in COLORS
        assert 0 <= frame < self.count
        assert duration >= 1
        if float(frame) in self.markers:
            return False
        words = {"color": color, "name": name, "note": note, "customData": custom}
        self.markers[float(frame)] = {**words, "duration": float(duration)}
        return True

    def DeleteMarkerByCustomData(self, custom: str) -> bool:
        for frame, marker in self.markers.items():
            if marker["customData"] == custom:
                del self.markers[frame]
                return True
        return False

    def GetMediaPoolItem(self) -> Media | None:
        return self.media

    def GetNodeGraph(self, layer: int = 1) -> Graph:
        assert layer == 1
        return Graph(self)

    def GetVersionNameList(self, kind: int) -> list[str]:
        assert kind == 0
        return list(self.versions)

    def AddVersion(self, name: str, kind: int) -> bool:
        assert kind == 0
        assert name not in self.versions, "Resolve has it already"
        if self.timeline.resolve.project.current is not self.timeline:
            return False
        if self in self.timeline.resolve.stuck:
            return False
        self.versions.append(name)
        self.luts[name] = self.luts.get(self.version, "")
        if self.timeline.resolve.loads_new:
            self.version, self.kind = name, 0
        return True

    def LoadVersionByName(self, name: str, kind: int) -> bool:
        assert kind in {0, 1}
        if self in self.timeline.resolve.stuck:
            return False
        assert kind == 1 or name in self.versions
        self.version, self.kind = name, kind
        return True

    def DeleteVersionByName(self, name: str, kind: int) -> bool:
        assert kind == 0
        if name == self.version or name not in self.versions:
            return False
        self.versions.remove(name)
        self.luts.pop(name, None)
        return True

    def GetCurrentVersion(self) -> dict[str, Any]:
        return {"versionName": self.version, "versionType": self.kind}

    def SetCDL(self, cdl: dict[str, str]) -> bool:
        assert set(cdl) == {"NodeIndex", "Slope", "Offset", "Power", "Saturation"}
        assert all(type(value) is str for value in cdl.values())
        assert cdl["NodeIndex"] == "1"
        assert [len(cdl[name].split()) for name in ("Slope", "Offset", "Power", "Saturation")] == [3, 3, 3, 1]
        self.cdl = cdl
        return True


class Timeline:
    """``file`` is what Export writes."""

    def __init__(self, resolve: Resolve, name: str, first: int = 86400) -> None:
        self.resolve, self.name, self.first = resolve, name, first
        self.tracks: list[list[Item]] = []
        self.file = b""

    def Export(self, path: str, kind: Any, subtype: Any) -> bool:
        assert type(path) is str
        assert Path(path).suffix == ".otio"
        assert (kind, subtype) == (self.resolve.EXPORT_OTIO, self.resolve.EXPORT_NONE)
        if not self.file:
            return False
        Path(path).write_bytes(self.file)
        return True

    def GetName(self) -> str:
        return self.name

    def GetUniqueId(self) -> str:
        return str(id(self))

    def GetStartFrame(self) -> int:
        return self.first

    def GetTrackCount(self, kind: str) -> int:
        assert kind == "video"
        return len(self.tracks)

    def GetItemListInTrack(self, kind: str, track: int) -> list[Item]:
        assert kind == "video"
        assert 1 <= track <= len(self.tracks), "tracks count from 1"
        return self.tracks[track - 1]


class Folder:
    def __init__(self) -> None:
        self.clips: list[Media] = []

    def GetClipList(self) -> list[Media]:
        return self.clips

    def GetSubFolderList(self) -> list[Folder]:
        return []


class Pool:
    def __init__(self, resolve: Resolve) -> None:
        self.resolve, self.root = resolve, Folder()

    def GetRootFolder(self) -> Folder:
        return self.root

    def ImportMedia(self, items: list[Any]) -> list[Media]:
        made = []
        for item in items:
            if isinstance(item, dict):
                assert set(item) == {"FilePath", "StartIndex", "EndIndex"}
                made.append(Media(item["FilePath"]))
            else:
                assert Path(item).is_file()
                made.append(Media(item))
        self.root.clips += made
        return made

    def ImportTimelineFromFile(self, path: str, options: dict[str, Any]) -> Timeline | None:
        assert set(options) <= {"timelineName", "importSourceClips", "sourceClipsPath", "sourceClipsFolders"}
        assert Path(path).suffix in {".aaf", ".edl", ".xml", ".fcpxml", ".drt", ".adl", ".otio"}
        json.loads(Path(path).read_text("utf-8"))
        self.resolve.imports += 1
        if self.resolve.made is None:
            return None
        timeline = Timeline(self.resolve, options["timelineName"])
        for track in self.resolve.made:
            timeline.tracks.append([Item(timeline, *place) for place in track])
        self.resolve.project.timelines.append(timeline)
        return timeline


class Project(Versioned):
    SINCE: ClassVar = {"AddColorGroup": 19, "GetColorGroupsList": 19}

    def __init__(self, resolve: Resolve) -> None:
        self.resolve = resolve
        self.groups: list[Group] = []
        self.timelines: list[Timeline] = []
        self.current: Timeline | None = None
        self.pool = Pool(resolve)
        self.settings = {"colorScienceMode": "davinciYRGB"}

    def program(self) -> Resolve:
        return self.resolve

    def GetName(self) -> str:
        return "film"

    def GetUniqueId(self) -> str:
        return str(id(self))

    def GetColorGroupsList(self) -> list[Group]:
        return list(self.groups)

    def AddColorGroup(self, name: str) -> Group | None:
        assert type(name) is str
        if name in {group.name for group in self.groups}:
            return None
        self.groups.append(Group(name))
        return self.groups[-1]

    def GetSetting(self, name: str) -> str:
        return self.settings.get(name, "")

    def RefreshLUTList(self) -> bool:
        found = self.resolve.lut_folder.rglob("*.cube")
        self.resolve.discovered = {path.relative_to(self.resolve.lut_folder).as_posix() for path in found}
        return True

    def GetMediaPool(self) -> Pool:
        return self.pool

    def GetTimelineCount(self) -> int:
        return len(self.timelines)

    def GetTimelineByIndex(self, index: int) -> Timeline:
        assert 1 <= index <= len(self.timelines), "timelines count from 1"
        return self.timelines[index - 1]

    def SetCurrentTimeline(self, timeline: Timeline) -> bool:
        if not self.resolve.stubborn:
            self.current = timeline
        return True

    def GetCurrentTimeline(self) -> Timeline | None:
        return self.current


class Resolve(Versioned):
    """``made`` is what an imported timeline holds: tracks of (start, count, media path)."""

    SINCE: ClassVar = {"EXPORT_OTIO": 18.5}
    EXPORT_OTIO, EXPORT_NONE = 17.0, 3.0
    number = 20.0

    def __init__(self, lut_folder: Path, made: list[list[tuple[int, int, str | None]]] | None) -> None:
        self.lut_folder, self.made = lut_folder, made
        self.discovered: set[str] = set()
        self.project = Project(self)
        self.open = True
        self.lazy = self.stubborn = False
        self.imports = 0
        #: Whether AddVersion makes the new version the current one, and the clips whose versions do not change.
        self.loads_new = True
        self.stuck: list[Item] = []

    def program(self) -> Resolve:
        return self

    def GetVersionString(self) -> str:
        return f"{self.number}.0"

    def GetProjectManager(self) -> Resolve:
        return self

    def GetCurrentProject(self) -> Project | None:
        return self.project if self.open else None
