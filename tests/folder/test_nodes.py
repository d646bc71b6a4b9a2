"""The file that makes ComfyUI load our nodes: written, recognized, and removed again.

Tests: folder/nodes.py
"""

from __future__ import annotations

from pathlib import Path

import pytest

from otiograde.errors import ExportError
from otiograde.folder.nodes import install, uninstall


def test_the_nodes_are_installed_and_removed(tmp_path: Path) -> None:
    nodes = tmp_path / "custom_nodes"
    nodes.mkdir()
    file = nodes / "otiograde" / "__init__.py"
    assert install(tmp_path) == (file, True)
    assert install(nodes) == (file, False)
    file.write_text(file.read_text().replace("Nodes", "Older nodes"))
    assert install(nodes) == (file, True)
    assert uninstall(tmp_path) == (file, True)
    assert not [*nodes.iterdir()]
    assert uninstall(tmp_path) == (file, False)


def test_files_of_others_stay(tmp_path: Path) -> None:
    file = tmp_path / "custom_nodes" / "otiograde" / "__init__.py"
    file.parent.mkdir(parents=True)
    file.write_text("# of somebody else\n")
    for change in (install, uninstall):
        with pytest.raises(ExportError, match="was not written by otiograde"):
            change(tmp_path)
    assert file.read_text() == "# of somebody else\n"


def test_a_folder_that_is_not_comfyuis_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ExportError, match="has no folder custom_nodes"):
        install(tmp_path)


def test_no_link_is_followed(tmp_path: Path) -> None:
    (tmp_path / "custom_nodes").mkdir()
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "custom_nodes" / "otiograde").symlink_to(tmp_path / "elsewhere")
    with pytest.raises(ExportError):
        install(tmp_path)
    assert not [*(tmp_path / "elsewhere").iterdir()]
