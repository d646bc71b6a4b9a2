"""Prove the grades, take back what does harm, and say so.

Links carry pairs of colors that no fit has seen; two shots agree when those pairs do. A grade without such pairs cannot
be proved: it is "unverifiable", never "passed", and only what its LUT does by itself (health, clipping, size) is
judged. The distance of statistics judges nothing: the classical strategies make it small by construction, whatever the
content.
Agreement is that of the balances; a look is the same for the whole scene, and wanted.
"""

from __future__ import annotations

from otiograde.decide.verify.case import Case, Difference, difference
from otiograde.decide.verify.checks import CHECKS, check_all
from otiograde.decide.verify.settling import settle
from otiograde.decide.verify.summary import summary
from otiograde.decide.verify.witnesses import evidence_of

__all__ = ["CHECKS", "Case", "Difference", "check_all", "difference", "evidence_of", "settle", "summary"]
