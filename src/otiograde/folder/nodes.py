"""The file that makes ComfyUI load the nodes of otiograde."""

from __future__ import annotations

from pathlib import Path

from otiograde.errors import ExportError
from otiograde.folder.marked import remove_marked, write_marked

#: Where ComfyUI looks for nodes, below its folder, and the folder of ours.
FOLDER, OURS = "custom_nodes", "otiograde"
#: First line of our file, by which it is recognized.
MARK = "# Written by `otiograde install-nodes`."
CONTENT = f'''{MARK}
"""Nodes for ComfyUI: match clips, recover a look, apply a LUT, and save a graded edit."""

try:
    from otiograde.comfyui import NODE_CLASS_MAPPINGS, NODE_DISPLAY_NAME_MAPPINGS
except ImportError as error:
    import sys

    raise ImportError(
        f"otiograde is not in ComfyUI's Python, or too old ({{error}}): {{sys.executable}} -m pip install otiograde"
    ) from error

__all__ = ["NODE_CLASS_MAPPINGS", "NODE_DISPLAY_NAME_MAPPINGS"]
'''


def install(folder: Path) -> tuple[Path, bool]:
    """Write the file into ComfyUI's folder, or its ``custom_nodes``; return it, and whether it was written.

    Raises ``ExportError`` for a folder that is not ComfyUI's, and for a file that otiograde did not write.
    """
    path = _path(folder)
    return path, write_marked(path, CONTENT, within=_nodes_folder(folder))


def uninstall(folder: Path) -> tuple[Path, bool]:
    """Remove the file; return it, and whether it was there. Raises ``ExportError`` as ``install`` does."""
    path = _path(folder)
    removed = remove_marked(path, MARK)
    try:
        if removed and not any(path.parent.iterdir()):
            path.parent.rmdir()
    except OSError as error:
        raise ExportError(f"{path.parent}: cannot be removed ({error.strerror}): check its permissions") from error
    return path, removed


def _path(folder: Path) -> Path:
    return _nodes_folder(folder) / OURS / "__init__.py"


def _nodes_folder(folder: Path) -> Path:
    if folder.name == FOLDER:
        return folder
    if (folder / FOLDER).is_dir():
        return folder / FOLDER
    raise ExportError(f"{folder}: has no folder {FOLDER}: name the folder of ComfyUI")
