"""What a frame carries beside its pixels and PyAV does not pass on; filters of FFmpeg read and write it."""

from __future__ import annotations

from fractions import Fraction

import av
from av.filter.graph import Graph
from av.video.frame import VideoFrame

from otiograde.record.shot import FieldOrder


def flag_of(frame: VideoFrame) -> FieldOrder:
    """Return the order of the fields that the flags of a frame state."""
    if not frame.interlaced_frame:
        return "progressive"
    return "bottom" if filtered(frame, "select", "eq(interlace_type,TOPFIRST)") is None else "top"


def with_flag(frame: VideoFrame, order: FieldOrder) -> VideoFrame:
    """Return the frame with flags for this order of fields."""
    flagged = filtered(frame, "setfield", {"top": "tff", "bottom": "bff", "progressive": "prog"}[order])
    return frame if flagged is None else flagged


def without_side_data(frame: VideoFrame, kind: int) -> VideoFrame:
    """Return the frame without side data of a kind, which is a number of FFmpeg."""
    rest = filtered(frame, "sidedata", f"mode=delete:type={kind}")
    return frame if rest is None else rest


def filtered(frame: VideoFrame, name: str, options: str) -> VideoFrame | None:
    """Pass a frame through one filter; None if the filter drops it. Raises ``av.error.FFmpegError``."""
    graph = Graph()
    time = frame.time_base or Fraction(1, 1000)
    source = graph.add_buffer(width=frame.width, height=frame.height, format=frame.format, time_base=time)
    graph.link_nodes(source, graph.add(name, options), graph.add("buffersink")).configure()
    graph.push(frame)
    try:
        passed = graph.pull()
    except av.error.BlockingIOError:
        return None
    assert isinstance(passed, VideoFrame)  # noqa: S101  (a graph of video filters)
    return passed
