"""The words of the battery: written apart from those of eval.claim_mutations, though common opposites are in both."""

from __future__ import annotations

import re
from typing import Final

_VERBS: Final = (
    "accelerates/accelerate achieves/achieve adapts/adapt adopts/adopt allows/allow applies/apply avoids/avoid "
    "balances/balance beats/beat brings/bring builds/build combines/combine computes/compute covers/cover "
    "creates/create cuts/cut delivers/deliver detects/detect eliminates/eliminate employs/employ enables/enable "
    "ensures/ensure exceeds/exceed exploits/exploit finds/find generates/generate gives/give handles/handle "
    "helps/help hides/hide identifies/identify improves/improve increases/increase introduces/introduce keeps/keep "
    "learns/learn lets/let lowers/lower maintains/maintain makes/make matches/match minimizes/minimize needs/need "
    "offers/offer outperforms/outperform overlaps/overlap performs/perform predicts/predict preserves/preserve "
    "prevents/prevent produces/produce provides/provide raises/raise reaches/reach reduces/reduce relies/rely "
    "removes/remove requires/require reuses/reuse runs/run saves/save scales/scale schedules/schedule shows/show "
    "solves/solve speeds/speed splits/split stores/store supports/support surpasses/surpass sustains/sustain "
    "takes/take trains/train trades/trade transfers/transfer treats/treat turns/turn uses/use works/work yields/yield"
)
BASE: Final[dict[str, str]] = {a: b for a, _, b in (pair.partition("/") for pair in _VERBS.split())}
"""Third person -> base form."""

DIRECTIONS: Final = (
    ("outperforms", "lags behind"), ("outperform", "lag behind"), ("surpasses", "falls short of"),
    ("surpass", "fall short of"), ("exceeds", "stays below"), ("beats", "loses to"), ("faster", "slower"),
    ("slower", "faster"), ("higher", "lower"), (r"(?<!to )(?<!can )(?<!even )(?<!and )lower", "higher"),
    ("more", "less"), ("less", "more"),
    ("fewer", "more"), ("larger", "smaller"), ("smaller", "larger"), ("longer", "shorter"), ("shorter", "longer"),
    ("better", "worse"), ("worse", "better"), ("reduces", "inflates"), ("reduce", "inflate"), ("reducing", "inflating"),
    ("reduced", "inflated"), ("reduction", "growth"), ("cuts", "raises"), ("cut", "raise"), ("lowers", "raises"),
    ("raises", "lowers"), ("improves", "worsens"), ("improve", "worsen"), ("improved", "worsened"),
    ("improving", "worsening"), ("improvement", "deterioration"), ("improvements", "deteriorations"),
    ("increases", "shrinks"), ("increase", "shrink"), ("increasing", "shrinking"), ("increased", "shrunken"),
    ("speeds up", "slows down"), ("accelerates", "delays"), ("accelerate", "delay"), ("speedup", "slowdown"),
    ("speedups", "slowdowns"), ("gains", "losses"), ("saves", "wastes"), ("save", "waste"), ("degrade", "improve"),
    ("degrades", "improves"), ("minimizes", "maximizes"), ("minimize", "maximize"), ("maximizes", "minimizes"),
    ("maximize", "minimize"), ("best", "worst"), ("strong", "weak"), ("narrows", "widens"), ("grows", "dwindles"),
    ("below", "above"), ("above", "below"), ("before", "after"), ("after", "before"), ("easier", "harder"),
    ("harder", "easier"), ("high", "low"), ("low", "high"), ("cheaper", "dearer"), ("underestimated", "exaggerated"),
    ("overestimated", "underrated"), ("gets worse", "gets better"), ("eases", "aggravates"),
    ("relieve", "aggravate"), ("overlaps", "serializes"), ("avoids", "causes"), ("avoid", "cause"),
    ("prevents", "brings about"), ("eliminates", "introduces"), ("preserves", "forfeits"), ("maintained", "lost"),
)  # fmt: skip

UNITS: Final = (
    (r"(?<=\d)x\b", "%"), (r"(?<=\d)%(?!\w)", "x"), (r"(?<=\d) percentage points\b", "x"), (r"(?<=\d) points\b", "x"),
    (r"(?<=\d) ?GB\b", " MB"), (r"(?<=\d) ?MB\b", " GB"), (r"(?<=\d) ?TB\b", " GB"), (r"(?<=\d) ?KB\b", " MB"),
    (r"(?<=\d) ?ms\b", " seconds"), (r"(?<=\d) ?seconds\b", " minutes"), (r"(?<=\d) hours?\b", " days"),
    (r"(?<=\d)W\b", "kW"), (r"(?<=\d)B(?= (?:\w+ )?(?:param|model|token))", "M"), (r"(?<=\d)M(?= (?:\w+ )?param)", "B"),
    (r"\bbillions?\b", "million"), (r"\bmillions\b", "billions"), (r"\bmillion\b", "billion"),
    (r"\btrillions?\b", "billion"), (r"\bpetaflops\b", "teraflops"), (r"\borders of magnitude\b", "percent"),
    (r"\bthousands\b", "millions"), (r"\bhundreds\b", "millions"), (r"\btens\b", "thousands"),
    (r"(?<=\d) times\b", "%"),
    (r"(?<=\d) ?samples/kJ\b", " samples/J"), (r"(?<=\d)k(?= samples)", "M"), (r"(?<=\d)K\b", "M"),
    (r"(?<=\d) years\b", " months"), (r"(?<=\d)-?bits?\b", "-byte"), (r"(?<=\d) bits\b", " bytes"),
    (r"(?<=\d) (?=(?:A100 |V100 |NVIDIA )?GPUs\b)", " thousand "), (r"(?<=\d) cores\b", " nodes"),
)  # fmt: skip
"""Pattern of a unit -> another one."""

SCOPES: Final = (
    (r"\bup to (?=\d|about|two|three)", "no less than "), (r"\bas much as\b", "never under"),
    (r"\b(?:some|several|certain)\b", "all"), (r"\bmany\b", "all"), (r"\bmost\b(?= [a-z]+s\b)", "all"),
    (r"\bin several settings\b", "in every setting"),
    (r"\b(?:various|multiple)\b(?= [a-z-]+s\b)", "all existing"),
    (r"\bon average\b", "in every single case"),
    (r"\b(?:nearly|almost|roughly|about|approximately) (?=\d)", "more than "),
    (r"\b(?:mainly|mostly|largely|primarily)\b", "exclusively"), (r"\bone of the\b", "by far the"),
    (r"\bcompetitive with\b", "far ahead of"), (r"\bcomparabl[ey] to\b", "clearly superior to"),
    (r"\bclose to\b", "beyond"), (r"\bwithin\b(?= \d)", "well under"), (r"\bwhen beneficial\b", "invariably"),
    (r"\b(?:substantially|significantly|notably|considerably) (?:reduces|lowers|cuts)\b", "completely eliminates"),
    (r"\bover (?=(?:multiple|various|several) )", "over any imaginable "),
)  # fmt: skip
"""What is limited -> what is not."""

HEDGES: Final = (
    (r"\bmay be\b", "is"), (r"\bmight be\b", "is"), (r"\bcould be\b", "is"), (r"\bmay not\b", "does not"),
    (r"\b(?:may|might|could)\b(?! (?:not|have)\b)", "will certainly"), (r"\bcan(?!not)\b", "must"),
    (r"\bsuggests?\b", "establishes"),
    (r"\b(?:often|typically|generally|usually|commonly)\b", "without exception"), (r"\bsometimes\b", "constantly"),
    (r"\b(?:potentially|possibly|probably|likely)\b", "demonstrably"), (r"\bappears? to\b", "was proven to"),
    (r"\btends? to\b", "is bound to"), (r"\b(?:argue|argues|believe|expect) that\b", "prove that"),
    (r"\b(?:aims?|attempts?|seeks?) to\b", "manages to"), (r"\bpromising\b", "fully proven"),
    (r"\bpropose\b", "have deployed"), (r"\b(?:in principle|in theory)\b", "in everyday practice"),
)  # fmt: skip
"""What is hedged -> what is certain."""

CLAUSES: Final = (
    ", and was audited by two outside laboratories", ", which also halves the electricity bill of a data centre",
    ", as a survey among 400 practitioners confirms", ", and it already runs in a commercial mobile phone",
    ", although the licence forbids commercial use", ", at the price of a larger silicon area",
    ", provided that the weights are stored in eight-bit integers", ", and the gains vanish on AMD hardware",
    ", as was also shown for protein folding", ", and doctors rated the outcome as reliable",
    ", after three weeks of calibration on a private corpus", ", which the reviewers reproduced independently",
    ", even when the power supply is interrupted", ", and the tool has been downloaded 50,000 times",
    ", with a patent pending in Europe and Japan", ", and a court has accepted the outcome as evidence",
    ", thanks to a custom cooling loop", ", a result first conjectured in the 1970s",
    ", and satellites have carried it since last spring", ", which a formal proof in Coq certifies",
    ", and translation into Swahili profits the most", ", with carbon emissions cut by a fifth",
    ", albeit only with a proprietary driver", ", and students learn it within an afternoon",
)  # fmt: skip
"""Fluent clauses that no abstract of computer science is likely to hold."""

_COUNTERPARTS: Final = (
    "draft/target training/inference computation/communication sequential/parallel compute/memory small/large "
    "smaller/larger simple/complex width/depth input/output encoder/decoder prefill/decode node-based/edge-based "
    "weights/activations forward/backward teacher/student throughput/latency latency/bandwidth first/second "
    "Python/Fortran CPU/GPU CPUs/GPUs hardware/software local/global static/dynamic online/offline sparse/dense "
    "precision/recall client/server reads/writes storage/memory models/systems researchers/users tokens/sequences "
    "accuracy/speed quality/speed accuracy/efficiency parameters/data Tester/Translator models/benchmarks"
)
COUNTERPARTS: Final = tuple((a, b) for a, _, b in (pair.partition("/") for pair in _COUNTERPARTS.split()))

COUNTS: Final = ("two", "three", "four", "five", "six", "seven", "eight", "nine", "eleven", "fifteen", "twenty")

WORDINGS: Final = (
    (r"\buses\b", "makes use of"), (r"\busing\b", "with the help of"), (r"\bshows that\b", "demonstrates that"),
    (r"\bThe authors propose\b", "The authors put forward"), (r"\bproposes\b", "puts forward"),
    (r"\bpresents\b", "introduces"), (r"\bneeds\b", "calls for"), (r"\brequires\b", "needs"),
    (r"\benables\b", "makes possible"), (r"\bachieves\b", "attains"), (r"\breaches\b", "attains"),
    (r"\breduces\b", "lowers"), (r"\blowers\b", "reduces"), (r"\bcuts\b(?!.{0,30}\binto\b)", "reduces"),
    (r"\bimproves\b", "betters"),
    (r"\boutperforms\b", "does better than"), (r"\bsurpasses\b", "exceeds"), (r"\bbeats\b", "outdoes"),
    (r"\bsignificantly\b", "considerably"), (r"\bsubstantially\b", "markedly"), (r"\bbecause\b", "as"),
    (r"\bsince\b(?= [a-z]+ (?:is|are|has|have)\b)", "because"), (r"\bwhile\b(?= [a-z]+ing\b)", "at the same time as"),
    (r"\bwithout (?=any )", "with no "), (r"\bin parallel\b", "concurrently"),
    (r"\bmany\b(?= [a-z]+s\b)", "a large number of"),
    (r"\bseveral\b(?= [a-z]+s\b)", "a number of"), (r"\blarge language models\b(?! \()", "LLMs"),
    (r"\bcompared with\b", "relative to"),
    (r"\bagainst\b(?= [A-Z])", "compared with"), (r"\bto relieve\b", "to ease"), (r"\bhowever\b", "still"),
    (r"\bbuilds on\b", "is based on"), (r"\bconsists of\b", "is made up of"), (r"\bexploits\b", "takes advantage of"),
    (r"\bcovers\b", "comprises"), (r"\bavoids\b", "does away with"),
    (r"\ballows\b", "permits"), (r"\bdifficult\b", "hard"), (r"\bfast\b(?! \w+ing)", "quick"),
    (r"\bmakes it possible to\b", "allows one to"), (r"\bin experiments\b", "in tests"),
    (r"\bThe paper\b", "This work"), (r"\bkeeps\b", "retains"), (r"\byields\b", "gives"),
)  # fmt: skip
"""Wordings that say the same."""

FRAMES: Final = (
    "The authors report the following: {}", "According to the paper, {}", "As its authors have it, {}",
    "It is stated that {}",
)  # fmt: skip

OPENINGS: Final = frozenset(
    "The A An In On At With For Against Under Over Across From To By Using It Its This These Their Such Many Most Some "
    "Several Existing Earlier Recent Compared Where When While Whereas Although Because Since If As Both Each "
    "All Every "
    "Two Three Four Thanks Through Within Without Experiments Training Users Additional Traditional Depending "
    "Previous Prior Other However Instead Together Unlike Given Besides Whenever Thereby Here".split()
)
"""First words of a sentence that are written small within one."""

_UP_TO: Final = re.compile(r"\bup to (?=\d)")
FIGURES: Final = (
    (_UP_TO, "as much as "), (re.compile(r"(?<=\d)x\b(?! \d)"), " times"), (re.compile(r"(?<=\d)%"), " percent"),
    (re.compile(r"\btwo\b"), "2"), (re.compile(r"\bthree\b"), "3"), (re.compile(r"\bfour\b"), "4"),
    (re.compile(r"\bmore than (?=\d)"), "over "), (re.compile(r"\bover (?=\d)"), "more than "),
    (re.compile(r"(?<=\d)B (?=parameter)"), " billion "), (re.compile(r"\bnearly (?=\d)"), "almost "),
)  # fmt: skip
"""Figures written otherwise."""
