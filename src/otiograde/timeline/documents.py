"""Take the account of an edit's document, whatever its format."""

from __future__ import annotations

import gc
import json
import re
from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

from otiograde.errors import OtiogradeError
from otiograde.timeline import account_aaf, account_ale, account_edl, account_fcpxml, account_otio, account_xmeml
from otiograde.timeline.account_otio import Measure
from otiograde.timeline.accounts import Account, NoAccount
from otiograde.timeline.bundle import read_playlist
from otiograde.timeline.formats import quiet
from otiograde.timeline.limits import parse_xml
from otiograde.timeline.reading import decoded, one_line


@dataclass(frozen=True, slots=True)
class Document:
    """A file that an edit was read from."""

    path: Path
    #: Suffix in lower case, with its dot.
    suffix: str

    def account(self, name: str, rate: Fraction, measure: Measure) -> Account:
        """Take the account of the timeline of this name, else of the first with pictures.

        ``rate`` is the edit's, in frames a second. ``measure`` returns the media range of a clip that states none.
        Raises ``NoAccount``.
        """
        with quiet():
            taken = self._taken(rate, measure)
            if isinstance(taken, str):
                gc.collect()  # a file that was left open warns when it is collected
        if isinstance(taken, str):
            raise NoAccount(taken)
        named = [account for account in taken if account.name == name]
        shown = [account for account in named or taken if account.events]
        if not (shown or taken):
            raise NoAccount("it states no sequence")
        return (shown or named or taken)[0]

    def _taken(self, rate: Fraction, measure: Measure) -> list[Account] | str:
        """Take the accounts of all timelines of the file; return the reason if that cannot be done."""
        take = _TAKERS.get(self.suffix)
        if take is None:
            return f"otiograde does not count {self.suffix or 'such'} files"
        try:
            return take(self.path, rate, measure)
        except RecursionError:
            return "it is nested too deeply"
        except (NoAccount, OtiogradeError, OSError) as error:
            return one_line(error)
        except Exception as error:  # a document of a stranger may be damaged in any way
            return f"it cannot be counted ({type(error).__name__})"


def _otio(text: str, measure: Measure) -> list[Account]:
    """Take the accounts of OTIO's JSON; OTIO before 0.16 wrote infinity as ``Inf``."""
    try:
        top = json.loads(text)
    except ValueError:
        top = json.loads(re.sub(r"(?<=[:\s,\[])(-?)Inf(?=[,\s\]}])", r"\1Infinity", text))
    return account_otio.accounts(top, measure)


def _of_xml(path: Path) -> list[Account]:
    """Take the accounts of XML, by its root. Raises ``NoAccount``, or ``TimelineError`` if it cannot be parsed."""
    root = parse_xml(path.read_bytes())
    if root.tag not in {"xmeml", "fcpxml"}:
        raise NoAccount(f"otiograde does not count XML with the root {one_line(root.tag, 40)}")
    return account_fcpxml.accounts(root) if root.tag == "fcpxml" else account_xmeml.accounts(root)


_TAKERS: dict[str, Callable[[Path, Fraction, Measure], list[Account]]] = {
    ".otio": lambda path, _, measure: _otio(decoded(path.read_bytes()), measure),
    ".otioz": lambda path, _, measure: _otio(read_playlist(path), measure),
    ".aaf": lambda path, *_: account_aaf.accounts(path),
    ".xml": lambda path, *_: _of_xml(path),
    ".fcpxml": lambda path, *_: _of_xml(path),
    ".ale": lambda path, rate, _: [account_ale.account(decoded(path.read_bytes()), rate)],
    ".edl": lambda path, rate, _: [account_edl.account(decoded(path.read_bytes()), rate)],
}
