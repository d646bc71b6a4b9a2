"""Errors: one tree, one line each, and it survives a worker process."""

from __future__ import annotations

import pickle

import pytest

from otiograde import errors
from otiograde.errors import CubeError, MediaError, OtiogradeError

KINDS = [kind for kind in vars(errors).values() if isinstance(kind, type) and issubclass(kind, OtiogradeError)]


@pytest.mark.parametrize("kind", KINDS)
def test_every_error_is_ours_and_stands_in_the_tree(kind: type[OtiogradeError]) -> None:
    error = kind("what, where and what to do")
    assert str(error) == "what, where and what to do"
    assert kind.__name__ in str(errors.__doc__)
    assert str(pickle.loads(pickle.dumps(error))) == str(error)
    if kind is not OtiogradeError:
        (base,) = set(kind.__bases__) - {OtiogradeError}
        assert f"{kind.__name__} ({base.__name__})" in str(errors.__doc__)


def test_a_cube_error_names_its_line() -> None:
    assert (str(CubeError("no size", line=3)), CubeError("no size", line=3).line) == ("line 3: no size", 3)


def test_a_media_error_bears_command_and_log() -> None:
    error = MediaError("broken", command=("ffmpeg", "-i", "a"), log=("moov atom not found",))
    assert (error.command, error.log, str(error)) == (("ffmpeg", "-i", "a"), ("moov atom not found",), "broken")
