"""Words that say which way a thing goes, for ``movements``: verbs, nouns and adjectives of more and less, of much and
little, of making and undoing, of helping and hindering, and verbs that need a particle ("drive up", "cut back").
"""

from __future__ import annotations

from typing import Final


def _forms(words: str, ends: str = "s ed ing") -> list[str]:
    """The forms of regular verbs: "raise" -> raise, raises, raised, raising."""
    found = []
    for word in words.split():
        stem = word[:-1] if word.endswith("e") else word
        found.append(word)
        for end in ends.split():
            if end == "s":
                found.append(word + ("es" if word.endswith(("ch", "sh", "ss", "x")) else "s"))
            elif end == "ed":
                found.append((word[:-1] + "i" if word.endswith("y") else stem) + "ed")
            else:
                found.append(stem + end)
    return [w[:-2] + "ies" if w.endswith("ys") and w[-3] not in "aeou" else w for w in found]


UP: Final = frozenset(
    [
        *_forms(
            "increase raise boost enlarge expand elevate amplify heighten magnify extend lengthen prolong widen "
            "broaden deepen strengthen intensify double triple quadruple maximize maximise inflate escalate bolster "
            "exacerbate aggravate worsen climb soar surge proliferate augment multiply redouble compound"
        ),
        *"grow grows grew grown growing rise rises rose risen rising swell swells swelled swollen lift lifts lifted "
        "jump jumps jumped mounts multiplies multiplied".split(),
    ]
)
DOWN: Final = frozenset(
    [
        *_forms(
            "reduce lower decrease minimize minimise weaken shorten narrow halve slash mitigate alleviate relieve "
            "dampen lighten curtail lessen diminish decline dwindle plunge wane fade recede subside vanish disappear "
            "collapse limit restrict constrain suppress eliminate abolish erase obviate eradicate save ease"
        ),
        *"trim trims trimmed trimming cut cuts cutting drop drops dropped dropping shed sheds curb curbs curbed "
        "curbing plummet plummets plummeted shrink shrinks shrank shrunk shrinking fall falls fell fallen falling sink "
        "sinks sank sunk remove removes".split(),
    ]
)
BETTER: Final = frozenset([*_forms("improve enhance"), "bettering", "betters"])
WORSE: Final = frozenset([*_forms("degrade harm impair deteriorate"), *"hurt hurts worsen worsens worsened".split()])
NOUNS_UP: Final = frozenset(
    "increase increases growth rise boost expansion surge jump increment enlargement doubling climb upturn "
    "uplift escalation extension".split()
)
NOUNS_DOWN: Final = frozenset(
    "decrease decreases reduction reductions drop drops decline cut cuts saving savings shrinkage fall loss losses "
    "cutback cutbacks elimination removal lowering shortening contraction dip downturn".split()
)
MORE: Final = frozenset(
    "more larger bigger greater higher longer wider broader deeper heavier stronger richer ampler thicker taller "
    "commoner extra".split()
)
LESS: Final = frozenset(
    "less fewer smaller lower shorter narrower shallower lighter weaker rarer scarcer thinner slighter tinier "
    "scantier".split()
)
OFTEN: Final = frozenset("frequent common numerous abundant plentiful often widespread pronounced extensive".split())
MUCH: Final = frozenset(
    "considerable substantial huge much ample abundant extensive vast generous massive plentiful enormous tremendous "
    "immense significant sizeable sizable copious severe excessive lavish profuse high".split()
)
LITTLE: Final = frozenset(
    "little scant meagre meager marginal negligible minimal slight modest insufficient scarce inadequate slim trivial "
    "insignificant low".split()
)
"""How much there is: not "large" and "small", which tell one thing from another."""
MADE: Final = frozenset(
    _forms("create introduce incur impose cause induce engender pose")
    + "adds adding add added bring brings bringing brought".split()
)
UNMADE: Final = frozenset(
    _forms("eliminate abolish erase obviate eradicate vanish disappear avoid preclude prevent avert")
    + "lost remove removes".split()
)
HELP: Final = frozenset(
    _forms(
        "facilitate enable aid assist ease promote foster encourage support favour favor expedite hasten stimulate "
        "catalyze catalyse nurture"
    )
    + (
        "furthers furthered furthering advances advanced advancing spurs spurred spurring propels propelled propelling "
        "help helps helped helping"
    ).split()
)
HINDER: Final = frozenset(
    _forms(
        "hamper hinder impede restrict limit constrain obstruct prevent preclude inhibit thwart frustrate block "
        "discourage undermine handicap cripple stifle hobble stall retard"
    )
    + "deters deterred deterring stymies stymied bottleneck obstacle barrier impediment hindrance".split()
)
AGGRAVATE: Final = frozenset(_forms("exacerbate aggravate worsen compound heighten amplify magnify intensify deepen"))
REMEDY: Final = frozenset(
    _forms(
        "address tackle mitigate alleviate relieve ease counter counteract combat resolve solve attack cure fix soften "
        "lighten lessen relax offset neutralize neutralise confront"
    )
    + "remedy remedies remedied remedying overcome overcomes overcame overcoming".split()
)
"""Of an ill, what makes it worse and what is done about it."""
CARRY: Final = frozenset(
    "push pushes pushed pushing drive drives drove driven driving bring brings brought bringing send sends sent "
    "sending keep keeps kept keeping hold holds held holding force forces forced forcing take takes took turn turns "
    "move moves put puts get gets go goes went gone going come comes came coming get gets got cut cuts cutting "
    "shoot shoots shot creep creeps crept edge edges fall falls fell die dies died tail tails drop drops dropped "
    "ratchet ratchets ramp ramps step steps whittle whittles scale scales scaled pare pares dial dials".split()
)
PARTICLES: Final = {
    "up": 1, "upward": 1, "upwards": 1, "down": -1, "downward": -1, "downwards": -1, "off": -1, "back": -1,
}  # fmt: skip
NOT_WITH: Final = frozenset(
    "set take takes took put puts come comes came turn turns hold holds held get gets got bring brings keep keeps "
    "get go goes went gone going".split()
)
"""With "off", "back" or "out" these say something else."""
BE: Final = frozenset(
    "is are was were be been being become becomes became becoming get gets got getting remain remains remained stay "
    "stays stayed grow grows grew seem seems appear appears prove proves proved turns turned".split()
)
PASSIVE: Final = frozenset("is are was were be been being get gets got".split())
MAKE: Final = frozenset("make makes made making render renders rendered rendering leave leaves left".split())
VERBS: Final = UP | DOWN | BETTER | WORSE
LEVELS: Final = MUCH | LITTLE
WAYS: Final = frozenset({"way", "ways", "door", "doors", "path"})
"""Of "paves the way for" and "stands in the way of"."""
MOVERS: Final = (
    VERBS | LEVELS | NOUNS_UP | NOUNS_DOWN | MORE | LESS | MADE | UNMADE | HELP | HINDER | AGGRAVATE | REMEDY | CARRY
    | WAYS
)  # fmt: skip
"""All words that may say, alone or in company, that something moves."""
