"""Rules for paths on other machines: what is below a folder, on which platform, and nothing else."""

from __future__ import annotations

import pytest

from otiograde.means.paths import PathRule, Platform, mapped


@pytest.mark.parametrize(
    ("rule", "path", "platform", "there"),
    [
        ("/a=/b", "/a/x.mov", "linux", "/b/x.mov"),
        ("/a=/b", "/a", "linux", "/b"),
        ("/a=/b", "/ab/x.mov", "linux", "/ab/x.mov"),
        ("/a/=/b/", "/a/x y=z.mov", "macos", "/b/x y=z.mov"),
        ("/a=/", "/a/x", "linux", "/x"),
        ("/=/b", "/a/x", "linux", "/b/a/x"),
        (r"X:\media=/mnt/m", r"x:\Media\shot 1\a.mov", "linux", "/mnt/m/shot 1/a.mov"),
        (r"X:\media=/mnt/m", "X:/media/a.mov", "linux", "/mnt/m/a.mov"),
        (r"\\server\share=/mnt/m", r"\\SERVER\share\a.mov", "linux", "/mnt/m/a.mov"),
        (r"/mnt/m=X:\media", "/mnt/m/s/a.mov", "windows", r"X:\media\s\a.mov"),
        (r"/mnt/m=X:\media", "/mnt/m/s/a.mov", "linux", "/mnt/m/s/a.mov"),
        (r"windows:/mnt/m=\\server\m", "/mnt/m/a.mov", "windows", r"\\server\m\a.mov"),
        ("macos:/mnt/m=/Volumes/m", "/mnt/m/a.mov", "macos", "/Volumes/m/a.mov"),
        ("macos:/mnt/m=/Volumes/m", "/mnt/m/a.mov", "linux", "/mnt/m/a.mov"),
    ],
)
def test_a_path_below_the_folder_is_renamed(rule: str, path: str, platform: Platform, there: str) -> None:
    assert mapped(path, [PathRule.parse(rule)], platform) == there


def test_the_first_rule_that_applies_decides() -> None:
    rules = [PathRule.parse(text) for text in ("macos:/m=/Volumes/m", "/m/a=/fast", "/m=/slow")]
    assert mapped("/m/a/x", rules, "linux") == "/fast/x"
    assert mapped("/m/b/x", rules, "linux") == "/slow/b/x"
    assert mapped("/m/a/x", rules, "macos") == "/Volumes/m/a/x"


@pytest.mark.parametrize("text", ["", "/a", "=", "/a=", "a=/b", "/a=b", "linux:=", "solaris:/a=/b"])
def test_what_is_no_rule_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"is not"):
        PathRule.parse(text)
