"""Fields that joined their noun later. This module imports nothing but the standard library."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

#: Metadata of a field that joined its noun later. It is written only where it differs from its default, so a record
#: without need for it has the same bytes as ever.
LATER: Mapping[str, bool] = MappingProxyType({"later": True})
