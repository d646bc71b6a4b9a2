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


def find_resolve() -> Any:
    """Find the running Resolve: handed over by its menu, or through its scripting module."""
    given = globals()
    if hasattr(given.get("resolve"), "GetProjectManager"):
        return given["resolve"]
    if hasattr(given.get("bmd"), "scriptapp"):
        return answer(given["bmd"].scriptapp("Resolve"))
    folder = os.environ.get("RESOLVE_SCRIPT_API", "")
    folder = os.path.join(folder, "Modules") if folder else os.path.expandvars(MODULES.get(system(), ""))
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


def system() -> str:
    """Name the operating system as the tables above do."""
    return sys.platform if sys.platform in LUT_FOLDERS else "linux"


def apply(grade: Item, home: str, resolve: Any, options: Any) -> List[Item]:
    """Grade every shot. Returns one row a shot: its state (done, not matched, refused) and why."""
    project = resolve.GetProjectManager().GetCurrentProject()
    if project is None:
        raise Stop("no project is open in Resolve: open one")
    ask = getattr(project, "GetSetting", None)  # Resolve gives None for what it does not know
    mode = str(ask("colorScienceMode") if callable(ask) else "").lower()
    if not options.bypassed and ("managed" in mode or mode.startswith("aces")):
        raise Stop(
            f"the project manages color ({mode}), so node 1 does not get the codes of a clip: bypass it for the clips"
            " and use --bypassed, or put the timeline LUTs of `otiograde export OUT handover` on node 1"
        )
    states = {}  # type: Dict[str, str]
    if not options.cdl:
        states = copy_luts(grade, home, options.dry_run)
        if not options.dry_run and not project.RefreshLUTList():
            raise Stop("Resolve did not read its LUT folder again: restart Resolve and run this once more")
    timeline = find_timeline(grade, home, project, options)
    if timeline is None:
        return [row(shot, "would be done", "after the timeline is imported") for shot in grade["shots"]]
    items = items_by_place(timeline)
    return [one(shot, grade, items, states, options) for shot in grade["shots"]]


def row(shot: Item, state: str, why: str) -> Item:
    """Make one row of the table."""
    return {"shot": shot["shot"], "track": shot["track"], "start": shot["start"], "state": state, "why": why}


def copy_luts(grade: Item, home: str, dry_run: bool) -> Dict[str, str]:
    """Copy the LUTs that are as they were written. Returns what is wrong with the others, by LUT."""
    source = os.path.join(home, grade["luts"])
    wrong = {}  # type: Dict[str, str]
    for shot in grade["shots"]:
        path = os.path.join(source, shot["lut"])
        found = sha256(path) if os.path.isfile(path) else ""
        if found != shot["sha256"]:
            what = f"has changed (sha256 {found})" if found else "is missing"
            wrong[shot["lut"]] = "{} {}, it was written as {}".format(path, what, shot["sha256"])
    root = lut_folder()
    if root is None:
        raise Stop(
            "Resolve's LUT folder was not found: copy {} to <LUT folder>/{} by hand, or name the LUT folder in the"
            " environment variable OTIOGRADE_RESOLVE_LUTS".format(source, grade["folder"])
        )
    folder = os.path.join(root, *grade["folder"].split("/"))
    if dry_run:
        print("LUTs would be copied to " + folder)
        return wrong
    try:
        fill(folder, source, {shot["lut"]: shot["sha256"] for shot in grade["shots"] if shot["lut"] not in wrong})
    except OSError as error:
        raise Stop(f"{error}; copy {source} to {folder} by hand, as an administrator") from error
    return wrong


def lut_folder() -> Optional[str]:
    """Find Resolve's LUT folder."""
    named = os.environ.get("OTIOGRADE_RESOLVE_LUTS")
    for place in [named] if named else LUT_FOLDERS[system()]:
        path = os.path.expandvars(os.path.expanduser(place))
        if os.path.isdir(path):
            return path
    return None


def fill(folder: str, source: str, luts: Dict[str, str]) -> None:
    """Copy LUTs (name -> sha256); a file there that this script did not write is never overwritten."""
    for name in ["", *luts]:
        os.makedirs(os.path.dirname(os.path.join(folder, name)), exist_ok=True)
    notes = os.path.join(folder, "otiograde.json")
    files, before = {}, {}  # type: Tuple[Dict[str, str], Dict[str, str]]
    if os.path.isfile(notes):
        try:
            with open(notes, encoding="utf-8") as file:
                stored = json.load(file)
            files, before = dict(stored["files"]), dict(stored.get("before", {}))
        except (ValueError, KeyError, TypeError):
            raise Stop(notes + " is damaged: remove the folder it is in, and run this again") from None
    for name in sorted(luts):
        target = os.path.join(folder, name)
        there = sha256(target) if os.path.isfile(target) else ""
        if there not in ("", luts[name], files.get(name), before.get(name)):
            raise Stop(f"{target} was not written by otiograde: move it away")
    for name in sorted(luts):
        target = os.path.join(folder, name)
        there = sha256(target) if os.path.isfile(target) else ""
        if there != luts[name]:
            if there:
                before[name] = there
            files[name] = luts[name]
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
    """Hash a file."""
    with open(path, "rb") as file:
        return hashlib.sha256(file.read()).hexdigest()


def find_timeline(grade: Item, home: str, project: Any, options: Any) -> Any:
    """Give the timeline to grade, made the current one: settings reach the current timeline only."""
    if options.current:
        timeline = project.GetCurrentTimeline()
        if timeline is None:
            raise Stop("no timeline is open in Resolve: open one, or run without --current")
        return timeline
    timeline = None
    for index in range(1, int(project.GetTimelineCount()) + 1):
        if project.GetTimelineByIndex(index).GetName() == grade["timeline_name"]:
            timeline = project.GetTimelineByIndex(index)
    if timeline is None and options.dry_run:
        print("The timeline would be imported as " + grade["timeline_name"])
        return None
    if timeline is None:
        timeline = import_timeline(grade, home, project)
    if options.dry_run:
        return timeline
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
        there = os.path.isdir(os.path.dirname(path)) if source["sequence"] else os.path.isfile(path)
        if there:
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
    found = [key(clip.GetClipProperty("File Path") or "") for clip in folder.GetClipList() or []]
    for inner in folder.GetSubFolderList() or []:
        found += pool_paths(inner)
    return found


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
    if shot["nested"]:
        return row(shot, "not matched", "it lies inside a nested timeline: open that one and use --current")
    if options.cdl and not shot["cdl"]:
        return row(shot, "refused", shot["cdl_why"])
    if shot["lut"] in wrong:
        return row(shot, "refused", wrong[shot["lut"]])
    there = items.get((shot["track"], shot["start"]), [])
    if not there:
        return row(shot, "not matched", "no clip begins at frame {} of V{}".format(shot["start"], shot["track"]))
    fitting = [item for item in there if shows(item, shot)]
    if len(fitting) != 1:
        names = ", ".join(sorted(file_of(item) or "no media" for item in there))
        return row(shot, "not matched", "the clip there shows {}, not {}".format(names, shot["file"]))
    if options.dry_run:
        return row(shot, "would be done", "CDL" if options.cdl else shot["lut"])
    if not new_version(fitting[0]):
        return row(shot, "refused", "Resolve gave the clip no version called " + VERSION_NAME)
    return set_cdl(fitting[0], shot) if options.cdl else set_lut(fitting[0], shot, grade)


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


def new_version(item: Any) -> bool:
    """Switch to the version of ours, made if it is not there, so that the grades of others stay."""
    if VERSION_NAME in (item.GetVersionNameList(0) or []):
        item.LoadVersionByName(VERSION_NAME, 0)
    else:
        item.AddVersion(VERSION_NAME, 0)
    return str((item.GetCurrentVersion() or {}).get("versionName", "")) == VERSION_NAME


def set_lut(item: Any, shot: Item, grade: Item) -> Item:
    """Put the LUT on node 1 and read it back: a setter may say True and do nothing."""
    make = getattr(item, "GetNodeGraph", None)
    graph = (make() if callable(make) else None) or item  # before Resolve 19 the clip itself had SetLUT
    path = "{}/{}".format(grade["folder"], shot["lut"])
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


def show(rows: List[Item]) -> None:
    """Print the table, and how many shots are in which state."""
    for each in rows:
        print("{:<12} V{} {:>7}  {}  {}".format(*(each[name] for name in ("state", "track", "start", "shot", "why"))))
    states = [each["state"] for each in rows]
    counts = [f"{states.count(state)} {state}" for state in sorted(set(states))]
    print(", ".join(counts) or "no shots")


def write_report(path: str, rows: List[Item]) -> None:
    """Write the rows beside grade.json."""
    try:
        with open(os.path.join(os.path.dirname(path), "resolve_report.json"), "w", encoding="utf-8") as file:
            json.dump({"version": 1, "shots": rows}, file, indent=1)
    except OSError as error:
        print(f"the report cannot be written: {error}", file=sys.stderr)


if __name__ == "__main__":
    sys.exit(main())
