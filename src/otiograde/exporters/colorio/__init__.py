"""Color alone: CDL, LUT formats, OpenColorIO configurations, Nuke."""
