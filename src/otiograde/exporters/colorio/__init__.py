"""Grades without the cut: CDL, LUT formats, OpenColorIO configurations, Nuke."""
