"""The short name by which a paper is called in front of a quote that does not name its subject."""

from __future__ import annotations

import re
from functools import lru_cache

from rag.answering.question import names_in
from rag.paper import Paper

_LONGEST = 60
_MOST_NAME_WORDS, _LEAST_TITLE_WORDS = 4, 3
# "TokenWeave: Efficient ...", "S*: Test Time Scaling", "APE-Bench I: Towards ..."
_BEFORE_COLON = re.compile(r"^([^:]{1,40}):\s")
_NAMED_LIKE = re.compile(r"[A-Z0-9].*[A-Z0-9*+]|^\S+$|[a-z][A-Z]")
# "... introduces Tilus", "Ditto is a framework that ..."
_INTRODUCED = re.compile(
    r"\b(?:introduces?|presents?|proposes?|develops?|designs?|builds?|describes?|offers?|call(?:ed|s)?|named|dubbed)\s+"
    r"(?:a |an |the )?(?:new |novel )?"
    r"([A-Z][\w*+-]*[A-Z0-9*+][\w*+-]*|[A-Z]{2,}[\w*+-]*|[A-Z][a-z]+[A-Z]\w*)"
)
# "We propose a ... called Tilus", "We develop a deep recommendation model (DRM)": said of what the paper itself makes.
_MAKES = re.compile(
    r"\b(?:[Ww]e|[Aa]uthors|paper|work|article|study|note)\s+(?:\w+ly\s+|also\s+|then\s+|therefore\s+)?"
    r"(?:introduce|present|propose|develop|design|build|release|create|devise|offer|implement|describe)s?\b"
    r"(?P<what>[^.;]{0,160})"
)
_COINED_WORD = r"[A-Z][\w*+-]*[A-Z0-9*+][\w*+-]*"
_IN_BRACKETS = re.compile(rf"((?:[\w/-]+\s+){{1,8}})\(({_COINED_WORD})\)")
_APPOSED = re.compile(
    rf"(?:\b(?:called|named|dubbed|termed|namely)|[,:–—])\s+(?:the )?({_COINED_WORD})"
    r"(?=[,:.;–—]|\s*$|\s+(?:that|which)\b)"
)
_DEFINED = re.compile(
    r"(?:^|[.!?]\s+)([A-Z][\w*+-]+)(?: \([^)]*\))?,? (?:is|are) (?:a|an|the first)\b[^.]{0,60}?\b"
    r"(?:framework|system|method|engine|library|compiler|language|benchmark|algorithm|tool|approach|model|runtime|"
    r"scheduler|accelerator|technique|architecture|platform|dataset|family|decoder|strategy|scheme|paradigm)"
)
# "... Training Efficiency with C4: ...", "... on GPU Clusters Using Megatron-LM"
_BY_MEANS_OF = re.compile(r"\b(?:with|using) ([A-Z][\w-]*)(?=$|:)", re.I)
_OPENS_LEANING = re.compile(r"(?:It|Its|They|Their|This|These|Those|That|Such|Both|The former|The latter|Here)\b", re.I)
_FIRST_PERSON = re.compile(r"\b(?:[Ww]e|[Oo]urs?|us)\b")
# Words that tie a sentence to the one before, which is not shown.
_CONTINUES = re.compile(
    r"^(?:in addition|additionally|moreover|furthermore|besides|also|further|likewise|similarly|however|nevertheless"
    r"|nonetheless|instead|in contrast|by contrast|conversely|on the other hand|consequently|therefore|thus|hence|then"
    r"|accordingly|as a result|for this reason|for example|for instance|in particular|specifically|concretely|finally"
    r"|lastly|firstly|second(?:ly)?|third(?:ly)?|overall|in sum|in short|meanwhile|afterwards|after that|otherwise"
    r"|to this end|notably|importantly|and|but|or|yet"
    r"|(?:to|in order to) (?:address|tackle|solve|overcome|mitigate) (?:this|these)(?: \w+)?)"
    r"(?:,\s*|\s+(?=(?:it|they|the|this|we|our|an?)\b))",
    re.I,
)
# Names that are everybody's.
_GENERIC = frozenset(
    "AI ML LLM LLMs GPU GPUs CPU CPUs TPU TPUs NPU NPUs FPGA FPGAs HPC DNN RNN RNNs CNN API ISA PCIe RAM DRAM SRAM HBM "
    "CUDA OpenMP OpenACC MPI HIP NVIDIA AMD PyTorch TensorFlow JAX KV MoE SGD RL SFT GEMM TTS CoT This The These It "
    "They We Our In On For RISC-V ARM x86 IoT DL QA NLP CV ASIC SAT C C++ OpenAI".split()
)


@lru_cache(maxsize=20_000)
def short_name(paper: Paper) -> str:
    """The system's name where title or text gives one, else the title, shortened at a word to 60 characters."""
    match = _BEFORE_COLON.match(paper.title)
    if match and _NAMED_LIKE.search(match.group(1)) and len(match.group(1).split()) <= 4:
        return match.group(1).strip()
    for pattern in (_INTRODUCED, _DEFINED):
        found = pattern.search(paper.abstract)
        if found and _is_own_name(found.group(1), paper):
            return found.group(1)
    made = _made(paper)
    if made is not None:
        return made
    last = _BY_MEANS_OF.search(paper.title)
    if last and names_in(last.group(1)) == (last.group(1),) and _is_own_name(last.group(1), paper):
        return last.group(1)
    if len(paper.title) <= _LONGEST:
        return paper.title
    return paper.title[:_LONGEST].rsplit(" ", 1)[0].rstrip(" ,:;-") + " ..."


def _made(paper: Paper) -> str | None:
    """The name of what a paper says it makes, where it stands in brackets behind its words or apposed to them."""
    for made in _MAKES.finditer(paper.abstract):
        brackets = [m.group(2) for m in _IN_BRACKETS.finditer(made["what"]) if _initials(m.group(1), m.group(2))]
        for name in (*brackets, *_APPOSED.findall(made["what"])):
            if _is_own_name(name, paper):
                return str(name)
    return None


def _initials(words: str, name: str) -> bool:
    """Whether a name is made of the first letters of the words before it, in their order."""
    letters = iter(w[0].lower() for w in re.findall(r"[A-Za-z0-9]+", words))
    wanted = [c for c in name.lower().rstrip("s") if c.isalpha()]
    # Two letters abbreviate a field as often as a system (AD, RL).
    return len(wanted) > 2 and sum(c in letters for c in wanted) >= len(wanted) - 1


def _is_own_name(name: str, paper: Paper) -> bool:
    """Whether a name is more than a field's common word: said more than once, and not everybody's."""
    return name not in _GENERIC and len(re.findall(rf"\b{re.escape(name)}", paper.abstract)) >= 2


def freed(sentence: str) -> str:
    """A sentence without the words that tie it to the one before ("However, ", "In addition, ")."""
    match = _CONTINUES.match(sentence)
    rest = sentence[match.end() :] if match else sentence
    return rest[:1].upper() + rest[1:] if match and rest[:1].islower() and not _coined(rest) else rest


def _coined(text: str) -> bool:
    """Whether a text begins with a name that starts in lower case (vLLM)."""
    return bool(re.match(r"\S*[a-z][A-Z]", text))


def called(paper: Paper, text: str) -> int | None:
    """Where a text calls a paper by its name, or by its whole title; None where it does not.

    A name that could be a plain word (Duplex, Kinetics) has to be written with its capital, unless the text has none.
    """
    name = short_name(paper).removesuffix(" ...")
    if name == paper.title and len(name.split()) < _LEAST_TITLE_WORDS:
        return None
    if paper.title.startswith(name) and len(name) < len(paper.title) and len(name.split()) > _MOST_NAME_WORDS:
        name = paper.title  # the short name is the title, shortened
    plain = bool(re.fullmatch(r"[A-Z]?[a-z]+", name))
    flags = re.NOFLAG if plain and text != text.lower() else re.I
    match = re.search(rf"(?<![\w-]){re.escape(name)}(?![\w])", text, flags)
    return match.start() if match else None


def names_subject(sentence: str, name: str) -> bool:
    """Whether a sentence already says whom it is about: it carries the name, opens with no pronoun and says no "we"."""
    if _OPENS_LEANING.match(sentence) or _FIRST_PERSON.search(sentence):
        return False
    fold = re.compile(r"[^a-z0-9]+")
    return fold.sub("", name.lower().removesuffix(" ...")) in fold.sub("", sentence.lower())
