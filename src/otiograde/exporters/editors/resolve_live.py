"""Put grades onto the timeline that is open in DaVinci Resolve: a new version for each clip, groups and markers.

The script in Resolve's menu (``media/resolve_menu.py``) loads this file, and this file loads ``resolve_apply.py``
beside it. Both run in Resolve's Python, 3.6 or newer, which has no otiograde. The scripting API is that of Resolve 18.6
to 21 (README.txt in Resolve's folder Developer/Scripting).

No clip is changed unless the timeline is as it was exported. Each clip gets its new version before the first LUT is
set. A clip that refuses its LUT goes back to the version it had.
"""

import hashlib
import importlib.util
import os
from typing import Any, Dict, List, Optional, Tuple

#: The interface that ``resolve_menu.py`` calls. It is counted up when an older script could no longer call it.
LIVE = 1

#: The marker's hidden text, by which a later run finds it, and its color, by which a person does.
MARK, COLOR = "otiograde", "Mint"

Item = Dict[str, Any]


def load(name: str) -> Any:
    """Load a file of this folder as a module."""
    path = os.path.join(os.path.dirname(os.path.abspath(__file__)), name + ".py")
    spec = importlib.util.spec_from_file_location("otiograde_" + name, path)
    if spec is None or spec.loader is None:
        raise ImportError(path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


steps = load("resolve_apply")


def ask(thing: Any, name: str) -> Any:
    """Call a method without arguments. None if this version of Resolve does not have it."""
    method = getattr(thing, name, None)
    return method() if callable(method) else None


class OpenTimeline:
    """The timeline that is open, as it was when the script began."""

    def __init__(self, given: Item, say: Any = print) -> None:
        """Find Resolve among the globals of the script, and its timeline. Raises ``Stop`` if it cannot be graded."""
        self.say = say
        self.resolve = steps.find_resolve(given)
        project = steps.open_project(self.resolve)
        timeline = project.GetCurrentTimeline()
        if timeline is None:
            raise steps.Stop("no timeline is open in Resolve: open one")
        self.name = str(timeline.GetName())
        self.key = key_of(project, timeline)
        self.before = state_of(timeline)
        if not self.before:
            raise steps.Stop(f"the timeline {self.name} has no clips on its video tracks")
        if steps.lut_folder() is None:
            raise steps.Stop("Resolve's LUT folder was not found: name it in OTIOGRADE_RESOLVE_LUTS")

    def export(self, path: str) -> None:
        """Write the timeline as OTIO."""
        _, timeline = self.unchanged()
        kind = getattr(self.resolve, "EXPORT_OTIO", None)
        if kind is None:
            version = ask(self.resolve, "GetVersionString") or "this version"
            raise steps.Stop(f"Resolve {version} does not export OTIO by script: update it to 18.6 or newer")
        if os.path.exists(path):
            os.remove(path)
        said = timeline.Export(path, kind, self.resolve.EXPORT_NONE)
        if not (os.path.isfile(path) and os.path.getsize(path)):
            raise steps.Stop(f"Resolve said {said} and wrote no {path}: is there space, and may it write there?")

    def unchanged(self) -> Tuple[Any, Any]:
        """Return the project and the timeline. Raises ``Stop`` if they are no longer what they were."""
        project = self.resolve.GetProjectManager().GetCurrentProject()
        timeline = project.GetCurrentTimeline() if project is not None else None
        if timeline is None or key_of(project, timeline) != self.key:
            raise steps.Stop(f"the timeline {self.name} is no longer open, so no clip was changed: open it, run again")
        if state_of(timeline) != self.before:
            raise steps.Stop(f"the timeline {self.name} has changed meanwhile, so no clip was changed: run again")
        return project, timeline

    def grade(self, path: str) -> List[Item]:
        """Apply ``grade.json``, and print what else is to be said. Returns one row a shot."""
        grade, home = steps.read_grade(path), os.path.dirname(path)
        grade["shots"] = grade.get("clips", grade["shots"])  # whole clips: the timeline is not split
        # Versions of earlier runs name their LUTs by path: so each set of LUTs has a folder, and none is replaced.
        digests = "".join(shot["sha256"] for shot in grade["shots"])
        grade["below"] = hashlib.sha256(digests.encode("ascii")).hexdigest()[:8] + "/"
        project, timeline = self.unchanged()
        items, wrong = steps.items_by_place(timeline), steps.changed_luts(grade, home)
        found = [(shot, *steps.find(shot, items, wrong)) for shot in grade["shots"]]
        clips = [item for _, item, _ in found if item is not None]
        if not clips:
            why = found[0][2]["why"] if found else "nothing was graded"
            raise steps.Stop(f"no clip of the timeline was matched to a graded shot ({why}), so no clip was changed")
        steps.copy_luts(grade, home, project, wrong)
        self.unchanged()  # copying takes its time
        name, rows = in_new_versions(found, clips, grade)
        done = [(shot, item) for (shot, item, _), row in zip(found, rows) if row["state"] == "done"]  # noqa: B905 - 3.6
        if done:
            self.say(f"graded     in the version {name}: load another version of a clip to be without its grade")
        for line in [*in_groups(project, self.name, done), *in_markers(done)]:
            self.say("note       " + line)
        return rows


def key_of(project: Any, timeline: Any) -> Tuple[str, str]:
    """Tell a timeline from all others: by ids, by names where a version of Resolve has no ids."""
    return str(ask(project, "GetUniqueId") or project.GetName()), str(steps.identity(timeline))


def state_of(timeline: Any) -> List[Tuple[Any, ...]]:
    """List what decides which frames of which media lie where, and which clip is which."""
    placed = sorted(steps.items_by_place(timeline).items())
    return [
        (*place, item.GetEnd(), item.GetLeftOffset(), ask(item, "GetUniqueId"), steps.file_of(item))
        for place, items in placed
        for item in items
    ]


def in_new_versions(found: List[Tuple[Item, Any, Item]], clips: List[Any], grade: Item) -> Tuple[str, List[Item]]:
    """Give each clip a new version, then its LUT in it. Returns the version's name and one row a shot.

    If Resolve fails on the way, all clips go back.
    """
    names = {name for clip in clips for name in clip.GetVersionNameList(0) or []}
    numbers = range(2, len(names) + 3)
    names_of_ours = [steps.VERSION_NAME, *(f"{steps.VERSION_NAME} {number}" for number in numbers)]
    name = next(one for one in names_of_ours if one not in names)
    before = []  # type: List[Tuple[Any, Optional[Item]]]
    try:
        begin(clips, name, before)
        rows = [row if item is None else steps.set_lut(item, shot, grade) for shot, item, row in found]
    except Exception as error:
        go_back(before, name)
        if isinstance(error, steps.Stop):
            raise
        raise steps.Stop(f"Resolve failed ({error!r}): the clips are at the versions they had") from error
    refused = {id(item) for (_, item, _), row in zip(found, rows) if item is not None and row["state"] != "done"}  # noqa: B905
    go_back([(clip, version) for clip, version in before if id(clip) in refused], name)
    return name, rows


def begin(clips: List[Any], name: str, before: List[Tuple[Any, Optional[Item]]]) -> None:
    """Give each clip its new version, and note the one that it had."""
    for clip in clips:
        before.append((clip, clip.GetCurrentVersion()))
        if not steps.new_version(clip, name):
            raise steps.Stop(f"Resolve gave a clip no version called {name}, so no clip was changed")


def go_back(before: List[Tuple[Any, Optional[Item]]], name: str) -> None:
    """Load the version that each clip had, and delete the new one."""
    for clip, version in before:
        try:
            if version:
                clip.LoadVersionByName(version["versionName"], version.get("versionType", 0))
            if name in (clip.GetVersionNameList(0) or []):
                clip.DeleteVersionByName(name, 0)
        except Exception as error:  # the other clips shall go back, too
            print(f"a clip stays in the version {name} ({error!r})")


def in_groups(project: Any, timeline: str, done: List[Tuple[Item, Any]]) -> List[str]:
    """Put the clips of each scene into a color group. A clip that is in a group stays there. Returns notes."""
    if not callable(getattr(project, "AddColorGroup", None)):
        return ["this version of Resolve makes no color groups by script (19 and newer do)"]
    try:
        groups = {str(group.GetName()): group for group in project.GetColorGroupsList() or []}
        scenes = {}  # type: Dict[str, List[Any]]
        for shot, item in done:
            scenes.setdefault(shot["scene"], []).append(item)
        taken, refused = 0, 0
        for scene, items in scenes.items():
            name = "".join(sign if sign.isprintable() else " " for sign in f"otiograde {timeline} {scene}")
            free = [item for item in items if not item.GetColorGroup()]
            taken += sum(str(item.GetColorGroup().GetName()) != name for item in items if item not in free)
            if len(items) > 1 and free:  # one clip is no group
                group = groups.get(name) or project.AddColorGroup(name)
                refused += sum(not (group and item.AssignToColorGroup(group)) for item in free)
    except Exception as error:  # the LUTs are on their clips, and stay
        return [f"Resolve failed at the color groups ({error!r})"]
    lines = {f"{taken} of the clips are in another color group, and stay there": taken}
    lines[f"Resolve put {refused} of the clips into no color group"] = refused
    return [line for line, count in lines.items() if count]


def in_markers(done: List[Tuple[Item, Any]]) -> List[str]:
    """Mark each clip with its scene and the reasons of its grade, in place of a marker of ours. Returns notes."""
    refused = 0
    try:
        for shot, item in done:
            for _ in item.GetMarkers() or {}:
                item.DeleteMarkerByCustomData(MARK)
            marked = [(int(at), int(marker.get("duration", 1))) for at, marker in (item.GetMarkers() or {}).items()]
            taken = {frame for at, count in marked for frame in range(at, at + max(1, count))}
            free = [frame for frame in range(int(item.GetEnd()) - int(item.GetStart())) if frame not in taken]
            words = (COLOR, "otiograde " + shot["scene"], shot["marker"], 1, MARK)
            refused += not (free and item.AddMarker(free[0], *words))
    except Exception as error:  # the LUTs are on their clips, and stay
        return [f"Resolve failed at the markers ({error!r})"]
    return [f"Resolve gave {refused} of the clips no marker"] if refused else []
