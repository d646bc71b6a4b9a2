"""Prove the grades, reduce or remove those that do harm, and report it.

Links hold color pairs that no fit has used. Two shots agree if those pairs agree. A grade without such pairs cannot be
proved: it is "unverifiable", never "passed", and only its LUT is judged (health, clipping, size). The distance of
statistics is no criterion: the classical strategies make it small by construction, whatever the content. Agreement is
measured on the balances, because a look is the same for the whole scene and intended.
"""

from __future__ import annotations

from otiograde.decide.verify.case import Case, Difference, difference
from otiograde.decide.verify.checks import CHECKS, check_all
from otiograde.decide.verify.settling import Remember, afresh, settle
from otiograde.decide.verify.witnesses import evidence_of

__all__ = ["CHECKS", "Case", "Difference", "Remember", "afresh", "check_all", "difference", "evidence_of", "settle"]
