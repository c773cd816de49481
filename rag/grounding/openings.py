"""How a sentence of an answer opens before it says anything: "However,", "In summary,", "Based on the given context,".

Models begin so, and people. It ties the sentence to the one before it or says whence the answer has it; no source could
confirm it, and as words of the claim it would be missing there. What tells a time, an order, a scope or a condition
("First,", "In 2023,", "In general,", "Given a question,") is said of the matter, and stays.
"""

from __future__ import annotations

import re
from typing import Final

_MARKERS: Final = (
    "additionally|furthermore|moreover|besides|also|therefore|thus|hence|consequently|accordingly|finally|lastly|"
    "ultimately|overall|altogether|meanwhile|similarly|likewise|nevertheless|nonetheless|however|indeed|alternatively|"
    "conversely|specifically|notably|importantly|interestingly|significantly|essentially|basically|actually|anyway|"
    "sure|well|ok|okay|yes|no|yeah|yea|yep|nope|hi|hello|so|now|"
    r"in\s+(?:addition|summary|conclusion|short|brief|sum|essence|particular|fact|turn|contrast|other\s+words|"
    r"any\s+case|this\s+(?:case|situation|way|sense))|by\s+contrast|that\s+(?:is|said|being\s+said)|"
    r"having\s+said\s+that|to\s+(?:summari[sz]e|sum\s+up|conclude|be\s+(?:clear|precise|specific))|"
    r"as\s+(?:such|a\s+(?:result|consequence))|on\s+the\s+(?:one\s+hand|other\s+hand|contrary)|"
    r"for\s+(?:example|instance|this\s+reason|these\s+reasons)|(?:above|after)\s+all|all\s+in\s+all|"
    r"at\s+the\s+same\s+time|(?:more|most)\s+(?:importantly|specifically|precisely|notably)|"
    r"(?:despite|because\s+of|due\s+to|beyond)\s+this|of\s+course|by\s+the\s+way"
)
_GIVER: Final = r"(?:given|provided|available|supplied|presented|above|cited|quoted|following|attached)"
_SOURCES: Final = (
    r"(?:contexts?|information|passages?|sources?|texts?|documents?|excerpts?|abstracts?|(?:search\s+)?results|"
    r"evidence|materials?|references?|notes|papers?|articles?|snippets?|data|details|citations?)"
)
_GIVEN: Final = (
    r"(?:based\s+(?:up)?on|according\s+to|judging\s+(?:by|from)|going\s+by|on\s+the\s+basis\s+of|as\s+per|"
    r"as\s+(?:stated|mentioned|noted|shown|indicated|described|reported)\s+in)\s+(?:(?:all|only|solely)\s+)?"
    rf"(?:(?:(?:the|these|this|those|my|your|our)\s+)?(?:{_GIVER}\s+{_SOURCES}|{_SOURCES}\s+{_GIVER}|contexts?)|"
    r"(?:the|these|this|those|your|our)\s+(?:passages?|excerpts?|snippets?|search\s+results))"
    rf"(?:\s+in\s+(?:the|these)\s+(?:{_GIVER}\s+)?{_SOURCES})?"
)
_NOTE: Final = (
    r"(?:note|consider|mention|clarify|remember|recall|point\s+out|emphasi[sz]e|stress|recogni[sz]e|"
    r"keep\s+in\s+mind|add|say)"
)
_NOTED: Final = (
    r"it(?:\s+is|['’]s)\s+(?:also\s+)?(?:important|essential|crucial|interesting|necessary|useful|helpful|fair)\s+"
    rf"to\s+{_NOTE}\s+that"
    r"|it(?:\s+is|['’]s)\s+(?:also\s+)?worth\s+(?:noting|mentioning|remembering|adding|pointing\s+out)\s+that"
    r"|it\s+(?:should|must|can|could)\s+(?:also\s+)?be\s+(?:noted|stated|said|seen|mentioned|added|concluded)\s+that"
    r"|(?:please\s+)?(?:note|remember|keep\s+in\s+mind)\s+that|(?:we|one)\s+can\s+(?:say|see|state|conclude)\s+that"
)
_OPENING: Final = re.compile(rf"\s*[.,]?\s*(?:(?:{_MARKERS}|{_GIVEN})\s*,\s*|(?:{_NOTED}),?\s+)", re.I)
_REST: Final = 3
"""Words that have to be left."""
_MOST: Final = 4
"""Openings one behind another: "However, based on the given context, it should be noted that"."""


def without_opening(claim: str) -> str:
    """What a claim says behind such words; the whole claim where hardly anything stands behind them."""
    rest = claim
    for _ in range(_MOST):
        opening = _OPENING.match(rest)
        if opening is None or len(rest[opening.end() :].split(None, _REST)) < _REST:
            break
        rest = rest[opening.end() :]
    return rest
