"""The script in Resolve's menu: written where it belongs, with any path in it, and removed again.

Tests: folder/menu.py, folder/marked.py
"""

from __future__ import annotations

from pathlib import Path

import pytest

from otiograde.errors import ExportError
from otiograde.folder.installing import Machine
from otiograde.folder.marked import write_marked
from otiograde.folder.menu import FILE, MARK, install, script, scripts_folder, uninstall

TEMPLATE = '"""Words."""\n\nPYTHON = ""\nLIVE = ""\n'


def test_resolves_folder_on_each_system(tmp_path: Path) -> None:
    roaming = tmp_path / "roaming"
    for system, below in {
        "darwin": "Library/Application Support/Blackmagic Design/DaVinci Resolve",
        "win32": "roaming/Blackmagic Design/DaVinci Resolve/Support",
        "linux": ".local/share/DaVinciResolve",
    }.items():
        (tmp_path / below).mkdir(parents=True)
        machine = Machine(system, tmp_path, {"APPDATA": str(roaming)})
        assert scripts_folder(machine) == tmp_path / below / "Fusion/Scripts/Utility"
    named = Machine("linux", tmp_path, {"OTIOGRADE_RESOLVE_SCRIPTS": "/elsewhere"})
    assert scripts_folder(named) == Path("/elsewhere")
    for system in ("win32", "aix"):
        with pytest.raises(ExportError, match="OTIOGRADE_RESOLVE_SCRIPTS"):
            scripts_folder(Machine(system, tmp_path / "nobody", {}))


@pytest.mark.parametrize("name", ['a "b"', "a 'b' \\", "a\nimport os", "LIVE = ''", "ü ☃"])
def test_any_path_is_data(tmp_path: Path, name: str) -> None:
    python, live = tmp_path / name, tmp_path / f"live {name}"
    python.touch()
    live.touch()
    text = script(TEMPLATE, str(python), live)
    assert text.isascii()
    assert text.splitlines()[0] == MARK
    space: dict[str, str] = {}
    exec(text, space)
    assert (space["PYTHON"], space["LIVE"], space["__doc__"]) == (str(python), str(live), "Words.")


def test_a_python_that_is_not_there_is_refused(tmp_path: Path) -> None:
    (tmp_path / "live").touch()
    for python in ("", str(tmp_path / "nothing")):
        with pytest.raises(ExportError, match="is not a file"):
            script(TEMPLATE, python, tmp_path / "live")


def test_it_is_written_and_removed(tmp_path: Path) -> None:
    folder, text = tmp_path / "Scripts" / "Utility", f"{MARK}\nPYTHON = 'a'\n"
    assert install(folder, text, dry_run=True) == (folder / FILE, True)
    assert not folder.exists()
    assert install(folder, text) == (folder / FILE, True)
    assert install(folder, text) == (folder / FILE, False)
    assert install(folder, text.replace("'a'", "'b'")) == (folder / FILE, True)
    assert uninstall(folder, dry_run=True) == (folder / FILE, True)
    assert (folder / FILE).read_text().endswith("'b'\n")
    assert uninstall(folder) == (folder / FILE, True)
    assert uninstall(folder) == (folder / FILE, False)
    assert not list(folder.iterdir())


def test_a_script_of_somebody_else_stays(tmp_path: Path) -> None:
    (tmp_path / FILE).write_text(f"{MARK} not quite\n")
    for change in (lambda: install(tmp_path, f"{MARK}\n"), lambda: uninstall(tmp_path)):
        with pytest.raises(ExportError, match="was not written by otiograde"):
            change()
    assert (tmp_path / FILE).read_text() == f"{MARK} not quite\n"


def test_a_folder_that_cannot_be_made_or_read_is_one_line(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(ExportError, match="cannot be made"):
        install(tmp_path / "file" / "Utility", f"{MARK}\n")
    (tmp_path / "folder").mkdir()
    with pytest.raises(ExportError, match="cannot be read"):
        write_marked(tmp_path / "folder", f"{MARK}\n", within=tmp_path)
