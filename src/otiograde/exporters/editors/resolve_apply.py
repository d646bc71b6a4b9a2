"""Put the grades of grade.json onto a timeline of DaVinci Resolve, and say for every shot whether it arrived.

    python resolve_apply.py [grade.json] [--dry-run] [--current] [--cdl] [--bypassed]

Run it with Resolve open and a project loaded: from a terminal (Resolve Studio, Preferences > System > General >
External scripting using: Local), or from Resolve's menu Workspace > Scripts after copying it to Resolve's folder
Fusion/Scripts/Utility (name grade.json in the environment variable OTIOGRADE_GRADE). It needs Python 3.6 or newer.

It copies the LUTs into Resolve's LUT folder, imports the timeline (once), gives every clip a version "otiograde" with
the shot's LUT or CDL on node 1, and reads back what is there. Other versions stay. A LUT holds for its clip's codes: in
a project that manages color, bypass that for the clips and use --bypassed. Exit code: 0 done, 1 some not, 2 not begun.
"""

import argparse
import hashlib
import importlib
import json
import os
import shutil
import sys
from typing import Any, Dict, List, Optional, Tuple

VERSION_NAME = "otiograde"
NODE = 1  # nodes count from 1 since Resolve 16.2

MODULES = {
    "darwin": "/Library/Application Support/Blackmagic Design/DaVinci Resolve/Developer/Scripting/Modules",
    "win32": r"%PROGRAMDATA%\Blackmagic Design\DaVinci Resolve\Support\Developer\Scripting\Modules",
    "linux": "/opt/resolve/Developer/Scripting/Modules",
}
LUT_FOLDERS = {
    "darwin": ["/Library/Application Support/Blackmagic Design/DaVinci Resolve/LUT"],
    "win32": [r"%PROGRAMDATA%\Blackmagic Design\DaVinci Resolve\Support\LUT"],
    "linux": ["/home/resolve/LUT", "/opt/resolve/LUT", "~/.config/Blackmagic Design/LUT"],
}

Item = Dict[str, Any]


class Stop(Exception):  # noqa: N818
    """It cannot begin; the text says why and what to do."""


def main(arguments: Optional[List[str]] = None) -> int:
    """Run the script. Returns its exit code."""
    parser = argparse.ArgumentParser(description="Put otiograde's grades onto a timeline of DaVinci Resolve.")
    parser.add_argument("grade", nargs="?", help="grade.json; beside this script without it")
    parser.add_argument("--dry-run", action="store_true", help="change nothing, only say what would be done")
    parser.add_argument("--current", action="store_true", help="grade the timeline that is open, import none")
    parser.add_argument("--cdl", action="store_true", help="set the CDL of each shot instead of its LUT")
    parser.add_argument("--bypassed", action="store_true", help="the clips bypass the project's color management")
    options = parser.parse_args(arguments)
    try:
        path = grade_path(options.grade)
        grade = read_grade(path)
        rows = apply(grade, os.path.dirname(path), find_resolve(), options)
    except Stop as stop:
        print("otiograde: " + str(stop), file=sys.stderr)
        return 2
    show(rows)
    if not options.dry_run:
        write_report(path, rows)
    return 0 if all(row["state"] in ("done", "would be done") for row in rows) else 1


def grade_path(named: Optional[str]) -> str:
    """Find grade.json: as named, in OTIOGRADE_GRADE, or beside this script."""
    named = named or os.environ.get("OTIOGRADE_GRADE")
    if not named:
        here = globals().get("__file__")  # Resolve's console does not define it
        if not here:
            raise Stop("name grade.json: as an argument, or in the environment variable OTIOGRADE_GRADE")
        named = os.path.join(os.path.dirname(os.path.abspath(here)), "grade.json")
    if not os.path.isfile(named):
        raise Stop(named + " is not there")
    return os.path.abspath(named)


def read_grade(path: str) -> Item:
    """Read grade.json."""
    try:
        with open(path, encoding="utf-8") as file:
            grade = json.load(file)
        version, _ = grade["version"], grade["shots"]
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise Stop(f"{path} cannot be read: {error}") from error
    if version != 1:
        raise Stop(f"{path} has version {version}, this script knows 1: export it again")
    return dict(grade)


def find_resolve(given: Optional[Item] = None) -> Any:
    """Find the running Resolve: among the globals that its menu hands over, or through its scripting module."""
    given = globals() if given is None else given
    if hasattr(given.get("resolve"), "GetProjectManager"):
        return given["resolve"]
    if hasattr(given.get("bmd"), "scriptapp"):
        return answer(given["bmd"].scriptapp("Resolve"))
    folder = os.environ.get("RESOLVE_SCRIPT_API", "")
    folder = os.path.join(folder, "Modules") if folder else os.path.expandvars(MODULES.get(sys.platform, ""))
    if folder not in sys.path:
        sys.path.append(folder)
    try:
        module = importlib.import_module("DaVinciResolveScript")
    except ImportError as error:
        raise Stop(f"Resolve's scripting module is not in {folder} ({error}); is Resolve installed?") from error
    return answer(module.scriptapp("Resolve"))


def answer(resolve: Any) -> Any:
    """Give Resolve, if it answered."""
    if resolve is None:
        raise Stop(
            "Resolve does not answer: start it, and allow Preferences > System > General > External scripting"
            " using > Local (Resolve Studio; in the free edition run the script from Workspace > Scripts)"
        )
    return resolve


def apply(grade: Item, home: str, resolve: Any, options: Any) -> List[Item]:
    """Grade every shot. Returns one row a shot: its state (done, not matched, refused) and why."""
    project = open_project(resolve, options.bypassed)
    wrong = {} if options.cdl else changed_luts(grade, home)
    if not options.cdl:
        copy_luts(grade, home, project, wrong, options.dry_run)
    timeline = find_timeline(grade, home, project, options)
    if timeline is None:
        return [row(shot, "would be done", "after the timeline is imported") for shot in grade["shots"]]
    items = items_by_place(timeline)
    return [one(shot, grade, items, wrong, options) for shot in grade["shots"]]


def open_project(resolve: Any, bypassed: bool = False) -> Any:
    """Give the open project, if node 1 of its clips gets their own codes."""
    project = resolve.GetProjectManager().GetCurrentProject()
    if project is None:
        raise Stop("no project is open in Resolve: open one")
    mode = str(project.GetSetting("colorScienceMode") or "").lower()
    if not bypassed and ("managed" in mode or mode.startswith("aces")):
        raise Stop(
            f"the project manages color ({mode}), so node 1 does not get the codes of a clip: bypass it for the clips"
            " and use --bypassed, or put the timeline LUTs of `otiograde export OUT handover` on node 1"
        )
    return project


def row(shot: Item, state: str, why: str) -> Item:
    """Make one row of the table."""
    return {"shot": shot["shot"], "track": shot["track"], "start": shot["start"], "state": state, "why": why}


def changed_luts(grade: Item, home: str) -> Dict[str, str]:
    """Say of each LUT that is not as it was written what is wrong with it."""
    wrong = {}  # type: Dict[str, str]
    for shot in grade["shots"]:
        path = os.path.join(home, grade["luts"], shot["lut"])
        found = sha256(path)
        if found != shot["sha256"]:
            what = f"has changed (sha256 {found})" if found else "is missing"
            wrong[shot["lut"]] = "{} {}, it was written as {}".format(path, what, shot["sha256"])
    return wrong


def copy_luts(grade: Item, home: str, project: Any, wrong: Dict[str, str], dry_run: bool = False) -> None:
    """Copy the LUTs that are as they were written into Resolve's folder, and let it read the folder again."""
    source, root = os.path.join(home, grade["luts"]), lut_folder()
    if root is None:
        raise Stop(
            "Resolve's LUT folder was not found: copy {} to <LUT folder>/{} by hand, or name the LUT folder in the"
            " environment variable OTIOGRADE_RESOLVE_LUTS".format(source, grade["folder"])
        )
    folder = os.path.join(root, *grade["folder"].split("/"))
    if dry_run:
        print("LUTs would be copied to " + folder)
        return
    luts = {shot["lut"]: shot["sha256"] for shot in grade["shots"] if shot["lut"] not in wrong}
    try:
        fill(folder, source, luts, grade.get("below", ""))
    except OSError as error:
        raise Stop(f"{error}; copy {source} to {folder} by hand, as an administrator") from error
    if not project.RefreshLUTList():
        raise Stop("Resolve did not read its LUT folder again: restart Resolve and run this once more")


def lut_folder() -> Optional[str]:
    """Find Resolve's LUT folder."""
    named = os.environ.get("OTIOGRADE_RESOLVE_LUTS")
    folders = [named] if named else LUT_FOLDERS.get(sys.platform, LUT_FOLDERS["linux"])
    return next(filter(os.path.isdir, (os.path.expandvars(os.path.expanduser(path)) for path in folders)), None)


def fill(folder: str, source: str, luts: Dict[str, str], below: str = "") -> None:
    """Copy LUTs (name -> sha256) ``below`` a folder; a file there that is not ours is never overwritten."""
    for name in ["", *luts]:
        os.makedirs(os.path.dirname(os.path.join(folder, below + name)), exist_ok=True)
    notes = os.path.join(folder, "otiograde.json")
    files, before = {}, {}  # type: Tuple[Dict[str, str], Dict[str, str]]
    if os.path.isfile(notes):
        try:
            with open(notes, encoding="utf-8") as file:
                stored = json.load(file)
            files, before = dict(stored["files"]), dict(stored.get("before", {}))
        except (ValueError, KeyError, TypeError):
            raise Stop(notes + " is damaged: remove the folder it is in, and run this again") from None
    present = {name: sha256(os.path.join(folder, below + name)) for name in sorted(luts)}
    for name, there in present.items():
        if there not in ("", luts[name], files.get(below + name), before.get(below + name)):
            raise Stop(f"{os.path.join(folder, below + name)} was not written by otiograde: move it away")
    for name in [name for name in present if present[name] != luts[name]]:
        target = os.path.join(folder, below + name)
        if present[name]:
            before[below + name] = present[name]
        files[below + name] = luts[name]
        # Listed first, with what it replaces: so the next run finishes what an interrupted one began.
        note(notes, {"otiograde": 1, "files": files, "before": before})
        shutil.copyfile(os.path.join(source, name), target + ".part")
        os.replace(target + ".part", target)
    if before:
        note(notes, {"otiograde": 1, "files": files})


def note(path: str, content: Dict[str, Any]) -> None:
    """Write JSON, whole or not at all."""
    with open(path + ".part", "w", encoding="utf-8") as file:
        json.dump(content, file, indent=1, sort_keys=True)
    os.replace(path + ".part", path)


def sha256(path: str) -> str:
    """Hash a file; empty if there is none."""
    if not os.path.isfile(path):
        return ""
    with open(path, "rb") as file:
        return hashlib.sha256(file.read()).hexdigest()


def find_timeline(grade: Item, home: str, project: Any, options: Any) -> Any:
    """Give the timeline to grade, made the current one: settings reach the current timeline only."""
    if options.current:
        timeline = project.GetCurrentTimeline()
        if timeline is None:
            raise Stop("no timeline is open in Resolve: open one, or run without --current")
        return timeline
    timelines = [project.GetTimelineByIndex(index + 1) for index in range(int(project.GetTimelineCount()))]
    named = [timeline for timeline in timelines if timeline.GetName() == grade["timeline_name"]]
    if options.dry_run:
        if not named:
            print("The timeline would be imported as " + grade["timeline_name"])
        return named[-1] if named else None
    timeline = named[-1] if named else import_timeline(grade, home, project)
    project.SetCurrentTimeline(timeline)
    current = project.GetCurrentTimeline()
    if current is None or identity(current) != identity(timeline):
        raise Stop("Resolve did not open the timeline {}: open it and use --current".format(grade["timeline_name"]))
    return timeline


def identity(timeline: Any) -> str:
    """Tell a timeline from others: by its id, by its name in versions that have none."""
    unique = getattr(timeline, "GetUniqueId", None)
    return str(unique() if callable(unique) else timeline.GetName())


def import_timeline(grade: Item, home: str, project: Any) -> Any:
    """Import the media that the pool does not have, then the timeline: the other way round clips come in offline."""
    pool = project.GetMediaPool()
    known = set(pool_paths(pool.GetRootFolder()))
    wanted = {source["path"]: source for source in grade["media"] if key(source["path"]) not in known}
    for path in sorted(wanted):
        source = wanted[path]
        numbers = {"FilePath": path, "StartIndex": source["first"], "EndIndex": source["last"]}
        if os.path.isdir(os.path.dirname(path)) if source["sequence"] else os.path.isfile(path):
            pool.ImportMedia([numbers] if source["sequence"] else [path])
    path = os.path.normpath(os.path.join(home, grade["timeline"]))
    if not os.path.isfile(path):
        raise Stop(path + " is not there")
    timeline = pool.ImportTimelineFromFile(path, {"timelineName": grade["timeline_name"], "importSourceClips": True})
    if timeline is None:
        raise Stop(f"Resolve does not import {path}: import the edit by hand and use --current")
    return timeline


def pool_paths(folder: Any) -> List[str]:
    """List the files that the media pool has."""
    inner = [path for below in folder.GetSubFolderList() or [] for path in pool_paths(below)]
    return [key(clip.GetClipProperty("File Path") or "") for clip in folder.GetClipList() or []] + inner


def key(path: str) -> str:
    """Make paths comparable."""
    return os.path.normcase(os.path.normpath(path)) if path else ""


def items_by_place(timeline: Any) -> Dict[Tuple[int, int], List[Any]]:
    """Sort the clips of the video tracks by track (from 1) and first frame (from 0 at the timeline's beginning)."""
    places = {}  # type: Dict[Tuple[int, int], List[Any]]
    first = int(timeline.GetStartFrame())
    for track in range(1, int(timeline.GetTrackCount("video")) + 1):
        for item in timeline.GetItemListInTrack("video", track) or []:
            places.setdefault((track, int(item.GetStart()) - first), []).append(item)
    return places


def one(shot: Item, grade: Item, items: Dict[Tuple[int, int], List[Any]], wrong: Dict[str, str], options: Any) -> Item:
    """Grade one shot."""
    item, why = find(shot, items, wrong)
    if item is None:
        return why
    if options.cdl and not shot["cdl"]:
        return row(shot, "refused", shot["cdl_why"])
    if options.dry_run:
        return row(shot, "would be done", "CDL" if options.cdl else shot["lut"])
    if not new_version(item, VERSION_NAME):
        return row(shot, "refused", "Resolve gave the clip no version called " + VERSION_NAME)
    return set_cdl(item, shot) if options.cdl else set_lut(item, shot, grade)


def find(shot: Item, items: Dict[Tuple[int, int], List[Any]], wrong: Dict[str, str]) -> Tuple[Any, Item]:
    """Give the clip of a shot, or None and the row that says why there is none."""
    if shot["nested"]:
        return None, row(shot, "not matched", "it lies inside a nested timeline: open that one and use --current")
    if shot["lut"] in wrong:
        return None, row(shot, "refused", wrong[shot["lut"]])
    there = items.get((shot["track"], shot["start"]), [])
    if not there:
        return None, row(shot, "not matched", "no clip begins at frame {start} of V{track}".format(**shot))
    fitting = [item for item in there if shows(item, shot)]
    if len(fitting) != 1:
        names = ", ".join(sorted(file_of(item) or "no media" for item in there))
        return None, row(shot, "not matched", "the clip there shows {}, not {}".format(names, shot["file"]))
    return fitting[0], row(shot, "matched", "")


def shows(item: Any, shot: Item) -> bool:
    """Whether a clip shows the shot's media; Resolve names a sequence name.[1001-1100].exr."""
    name, wanted = file_of(item), last_part(shot["file"])
    return bool(name) and (name.startswith(wanted) if shot["sequence"] else name == wanted)


def file_of(item: Any) -> str:
    """Give the file name of a clip's media; empty for titles, generators and offline clips."""
    media = item.GetMediaPoolItem()
    names = [media.GetClipProperty(name) for name in ("File Path", "File Name")] if media else []
    return last_part(str(next(filter(None, names), "")))


def last_part(path: str) -> str:
    """Give the last part of a path of any system. On Linux a name may hold a backslash, so both sides are cut alike."""
    return path.replace("\\", "/").rstrip("/").split("/")[-1]


def new_version(item: Any, name: str) -> bool:
    """Switch to the version of this name, made if it is not there, so that the grades of others stay."""
    if name not in (item.GetVersionNameList(0) or []):
        item.AddVersion(name, 0)
    item.LoadVersionByName(name, 0)
    return str((item.GetCurrentVersion() or {}).get("versionName", "")) == name


def set_lut(item: Any, shot: Item, grade: Item) -> Item:
    """Put the LUT on node 1 and read it back: a setter may say True and do nothing."""
    make = getattr(item, "GetNodeGraph", None)
    graph = (make() if callable(make) else None) or item  # before Resolve 19 the clip itself had SetLUT
    path = "{}/{}{}".format(grade["folder"], grade.get("below", ""), shot["lut"])
    said = graph.SetLUT(NODE, path)
    found = str(graph.GetLUT(NODE) or "").replace("\\", "/")
    if found == path or found.endswith("/" + path):
        return row(shot, "done", path + shot.get("note", ""))
    return row(shot, "refused", "Resolve said {} to {}, and node 1 has {}".format(said, path, found or "no LUT"))


def set_cdl(item: Any, shot: Item) -> Item:
    """Set the CDL of node 1. Resolve wants text, and has nothing to read a CDL back with."""
    cdl = shot["cdl"]
    words = {name: " ".join(f"{value:.6f}" for value in cdl[name.lower()]) for name in ("Slope", "Offset", "Power")}
    if item.SetCDL({**words, "Saturation": "{:.6f}".format(cdl["saturation"]), "NodeIndex": str(NODE)}):
        return row(shot, "done", "CDL set (Resolve cannot read it back: look at the picture)")
    return row(shot, "refused", "Resolve said no to the CDL")


def show(rows: List[Item], say: Any = print) -> None:
    """Print the table, and how many shots are in which state."""
    for each in rows:
        say("{:<12} V{} {:>7}  {}  {}".format(*(each[name] for name in ("state", "track", "start", "shot", "why"))))
    states = [each["state"] for each in rows]
    say(", ".join(f"{states.count(state)} {state}" for state in sorted(set(states))) or "no shots")


def write_report(path: str, rows: List[Item]) -> None:
    """Write the rows beside grade.json."""
    try:
        with open(os.path.join(os.path.dirname(path), "resolve_report.json"), "w", encoding="utf-8") as file:
            json.dump({"version": 1, "shots": rows}, file, indent=1)
    except OSError as error:
        print(f"the report cannot be written: {error}", file=sys.stderr)


if __name__ == "__main__":
    sys.exit(main())
