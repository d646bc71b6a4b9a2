# ruff: noqa: N802 (the names are those of the program)
"""A strict stand-in for DaVinci Resolve, after the README of its scripting API: it does no more than that text says.

LUTs are known only after ``RefreshLUTList``; CDLs are text; nodes count from 1; settings reach the current timeline
only; and a setter can be told to say True and do nothing, as real ones are reported to.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any


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


class Item:
    def __init__(self, timeline: Timeline, start: int, count: int, path: str | None) -> None:
        self.timeline, self.start, self.count = timeline, start, count
        self.media = Media(path) if path else None
        self.version, self.versions = "Version 1", ["Version 1"]
        self.luts: dict[str, str] = {"Version 1": "the colorist's own.cube"}
        self.cdl: dict[str, str] | None = None

    def GetStart(self) -> int:
        return self.timeline.first + self.start

    def GetEnd(self) -> int:
        return self.GetStart() + self.count

    def GetName(self) -> str:
        return "a name that tells nothing"

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
        self.versions.append(name)
        self.version = name
        return True

    def LoadVersionByName(self, name: str, kind: int) -> bool:
        assert kind == 0
        assert name in self.versions
        self.version = name
        return True

    def GetCurrentVersion(self) -> dict[str, Any]:
        return {"versionName": self.version, "versionType": 0}

    def SetCDL(self, cdl: dict[str, str]) -> bool:
        assert set(cdl) == {"NodeIndex", "Slope", "Offset", "Power", "Saturation"}
        assert all(type(value) is str for value in cdl.values())
        assert cdl["NodeIndex"] == "1"
        assert [len(cdl[name].split()) for name in ("Slope", "Offset", "Power", "Saturation")] == [3, 3, 3, 1]
        self.cdl = cdl
        return True


class Timeline:
    def __init__(self, resolve: Resolve, name: str, first: int = 86400) -> None:
        self.resolve, self.name, self.first = resolve, name, first
        self.tracks: list[list[Item]] = []

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


class Project:
    def __init__(self, resolve: Resolve) -> None:
        self.resolve = resolve
        self.timelines: list[Timeline] = []
        self.current: Timeline | None = None
        self.pool = Pool(resolve)
        self.settings = {"colorScienceMode": "davinciYRGB"}

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


class Resolve:
    """``made`` is what an imported timeline holds: tracks of (start, count, media path)."""

    def __init__(self, lut_folder: Path, made: list[list[tuple[int, int, str | None]]] | None) -> None:
        self.lut_folder, self.made = lut_folder, made
        self.discovered: set[str] = set()
        self.project = Project(self)
        self.open = True
        self.lazy = self.stubborn = False
        self.imports = 0

    def GetProjectManager(self) -> Resolve:
        return self

    def GetCurrentProject(self) -> Project | None:
        return self.project if self.open else None
