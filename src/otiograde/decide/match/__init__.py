"""Decide one balance per shot: one matching strategy a file, behind one Protocol, listed in one table (``MATCHERS``).

The command line reads the table for its choices, so this module imports nothing but the standard library, the errors
and the settings.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping, Sequence
from importlib import import_module
from numbers import Integral, Real
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Protocol

from otiograde.errors import MatchError
from otiograde.record.settings import Anchor

if TYPE_CHECKING:
    from otiograde.record.grade import Grade
    from otiograde.record.scene import Scene
    from otiograde.survey.link import Link
    from otiograde.survey.sample import Sample

#: The class of each strategy by the strategy's name, which is also its module. The module is imported at its first use.
MATCHERS: Mapping[str, str] = MappingProxyType(
    {
        "joint": "Joint",
        "reinhard": "Reinhard",
        "histogram": "Histogram",
        "monge_kantorovich": "MongeKantorovich",
    }
)

#: The type of a field's default -> what its value may be, in types and in words. A record may hold anything.
_KINDS: Mapping[type, tuple[type, str]] = MappingProxyType(
    {float: (Real, "a number"), int: (Integral, "a whole number"), bool: (bool, "true or false")}
)


class Matcher(Protocol):
    """A strategy: solves one scene at a time from samples and links alone. The same input gives the same grades."""

    def solve(self, scene: Scene, samples: Mapping[str, Sample], links: Sequence[Link], anchor: Anchor) -> list[Grade]:
        """Return one grade per shot of ``scene``, in its order. Locked shots and the hero get exact identity."""
        ...


def matcher(name: str, **fields: Any) -> Matcher:
    """Make the strategy of this name (a key of ``MATCHERS``) with these fields.

    Raises ``MatchError`` for a name that is not in the table, and for a field that the strategy does not have or whose
    value is of another type.
    """
    if name not in MATCHERS:
        raise MatchError(f"unknown matcher {name!r}: use one of {', '.join(MATCHERS)}")
    strategy = getattr(import_module(f"otiograde.decide.match.{name}"), MATCHERS[name])
    try:
        made: Matcher = strategy(**fields)
    except TypeError:
        names = [field.name for field in dataclasses.fields(strategy)]
        unknown = sorted(fields.keys() - set(names))
        raise MatchError(f"matcher {name!r} has no field {', '.join(unknown)}: it has {', '.join(names)}") from None
    for field in dataclasses.fields(strategy):
        if field.default is None:  # the decision gives it, not the settings
            if field.name in fields:
                raise MatchError(f"matcher {name!r}: {field.name} is no setting")
            continue
        value, (kind, words) = getattr(made, field.name), _KINDS[type(field.default)]
        if not isinstance(value, kind) or isinstance(value, bool) is not (kind is bool):
            raise MatchError(f"matcher {name!r}: {field.name} is {value!r}, not {words}")
    return made
