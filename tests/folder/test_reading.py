"""What is read back from an output folder, and one clear line for whatever cannot be."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from planted_folder import RECORD

from otiograde.errors import CubeError, ExportError, OtiogradeError, RecordError
from otiograde.folder.layout import CHECKSUMS
from otiograde.folder.reading import changed_files, read_checksums, read_cube, read_record


def test_changes_are_found(folder: Path) -> None:
    assert changed_files(folder, RECORD) == {}
    (folder / "luts/a.cube").write_bytes(b"touched")
    (folder / "graded.otio").unlink()
    found = changed_files(folder, RECORD)
    assert found == {"graded.otio": "is missing", "luts/a.cube": "has changed since it was written"}
    (folder / CHECKSUMS).write_text("0  ../../etc/passwd\n0  /etc/passwd\n")
    assert changed_files(folder, RECORD).keys() == {CHECKSUMS}


def test_record_is_read_back(folder: Path, tmp_path: Path) -> None:
    assert read_record(folder) == RECORD
    assert read_record(folder / "graded.json") == RECORD
    with pytest.raises(ExportError, match="no output folder of otiograde"):
        read_record(tmp_path)
    (folder / "graded.json").write_bytes(b'{"otiograde": 99}')
    with pytest.raises(RecordError, match=r"graded\.json.*newer"):
        read_record(folder)
    (folder / "graded.json").write_bytes(b"\xff\xfe")
    with pytest.raises(RecordError):
        read_record(folder)


@pytest.mark.parametrize(
    ("text", "line"),
    [
        (b"LUT_3D_SIZE 2\n0 0 0\n", 2),
        (b"LUT_3D_SIZE 1\n", 1),
        (b"\xef\xbb\xbfLUT_3D_SIZE 1\n", 1),
        (b"\xff\xfeL\0U\0T\0", 1),
    ],
)
def test_bad_cubes_name_file_and_line(tmp_path: Path, text: bytes, line: int) -> None:
    path = tmp_path / "bad.cube"
    path.write_bytes(text)
    with pytest.raises(CubeError, match=rf"bad\.cube: line {line}: ") as caught:
        read_cube(path)
    assert caught.value.line == line


@given(st.binary(max_size=300))
def test_no_bytes_break_the_readers(tmp_path_factory: pytest.TempPathFactory, content: bytes) -> None:
    path = tmp_path_factory.getbasetemp() / "any.cube"
    path.write_bytes(content)
    for read in (read_cube, read_record):
        with pytest.raises(OtiogradeError) as caught:
            read(path)
        assert str(path) in str(caught.value)


def test_missing_cube_is_one_clear_line(tmp_path: Path) -> None:
    with pytest.raises(ExportError, match=r"none\.cube cannot be read: No such file"):
        read_cube(tmp_path / "none.cube")


@pytest.mark.parametrize("name", ["graded.json", CHECKSUMS, "luts/a.cube"])
def test_a_file_of_a_terabyte_is_refused_before_it_is_read(folder: Path, name: str) -> None:
    with (folder / name).open("r+b") as file:
        try:
            file.truncate(2**40)
        except OSError:
            pytest.skip("this file system has no such files")
    read = {"graded.json": read_record, CHECKSUMS: read_checksums}.get(name, lambda of: read_cube(of / name))
    with pytest.raises(ExportError, match=r"has more than \d+ bytes"):
        read(folder)
