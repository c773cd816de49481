"""Dialogues asked as conversations and turn by turn: the record of a run, its figures and its report.

Each turn is scored as a case is, by the same metrics, in two arms: the conversation, which has to understand the turn,
and the standalone rewrite, which shows what would be found if it did. The conversation goes on with its own answers,
right or wrong, as a reader's does. Dialogues, not turns, are resampled.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Final, NamedTuple, Protocol

from eval.cases import Case
from eval.dialogues import Dialogue, cases_of
from eval.figures import MEAN_HEADER, SHIFT_HEADER, Estimate, Shift, estimate, mean_row, shift, shift_row
from eval.metrics import Metric, Observation, Shelf, parse_all
from eval.metrics.base import answerable
from eval.records import Item, LibraryFacts, Stored, library_facts
from eval.runner import System, run, score
from rag.answer import Answer
from rag.errors import InputError
from rag.paper import Hit, Paper, Record

if TYPE_CHECKING:
    from eval.report import Page


class TurnResult(Record):
    """One turn in both arms; ``place`` counts from 1; ``lean`` says how it leans on the turns before, where noted."""

    dialogue: str
    place: int
    conversation: Item
    standalone: Item
    lean: str | None = None


class DialogueRun(Stored):
    """A run over dialogues. Turns stand in their order, each once, whatever became of them.

    ``not_run`` lists dialogues of which a turn was never asked (the budget was spent): neither right nor wrong.
    """

    started: str
    source: str
    library: LibraryFacts
    system: dict[str, str]
    seed: int
    turns: tuple[TurnResult, ...]
    not_run: tuple[str, ...] = ()


class Talker(Protocol):
    """What can hold a conversation: :class:`rag.Assistant`, or anything else with these verbs."""

    def retrieve(self, question: str, k: int = 10) -> Sequence[Hit]:
        """The k best passages, best first."""

    def ask(self, question: str) -> Answer:
        """The answer to a question on its own."""

    def conversation(self) -> Any:
        """A new conversation: an object whose ``ask`` remembers its turns."""


class _InConversation(NamedTuple):
    """A conversation as a system: what it finds is not ranked, only what it cites."""

    talk: Any

    def retrieve(self, _question: str, k: int = 10) -> Sequence[Hit]:  # noqa: ARG002
        """Nothing: a conversation shows no ranking."""
        return ()

    def ask(self, question: str) -> Answer:
        """The answer to the next turn."""
        answer: Answer = self.talk.ask(question)
        return answer


def _right_paper(seen: Observation) -> float:
    gold = {seen.shelf.id_of(t) for t, g in seen.case.relevant.items() if g == 2}
    return float(any(c.paper_id in gold for claim in seen.answering_claims for c in claim.citations))


RIGHT_PAPER: Final = Metric(
    "RightPaper", "1 where a paper of grade 2 is cited as an answer", "our dialogues", "evidence", answerable,
    _right_paper, empty=0.0, worst=0.0,
)  # fmt: skip
METRICS: Final = (
    RIGHT_PAPER,
    *parse_all(
        ["CitedRecall", "CitedPrecision", "EvidenceHit", "FalseRefusal", "AbstainedWhenUnanswerable", "QuoteFidelity"]
    ),
)


# Scored by the runner itself; the rest, which it may not know by name, afterwards.
_FIRST: Final = parse_all(["QuoteFidelity"])


def run_dialogues(
    talker: Talker, dialogues: Sequence[Dialogue], papers: Iterable[Paper], *, source: str = "", seed: int = 0,
    described: Mapping[str, str] | None = None, progress: Callable[[int, int], None] | None = None,
) -> DialogueRun:  # fmt: skip
    """Hold every conversation, and ask every turn's standalone rewrite beside it.

    Raises:
        InputError: no dialogues, or some that name papers the library lacks.
    """
    if not dialogues:
        raise InputError("there are no dialogues to run", "Name some with --dialogues")
    shelf = Shelf(papers)
    turns: list[TurnResult] = []
    not_run: list[str] = []
    for done, dialogue in enumerate(dialogues, 1):
        if progress is not None:
            progress(done, len(dialogues))
        talking = _asked(_InConversation(talker.conversation()), cases_of(dialogue, "conversation", shelf), shelf)
        alone = _asked(talker, cases_of(dialogue, "standalone", shelf), shelf)
        if min(len(talking), len(alone)) < len(dialogue.turns):
            not_run.append(dialogue.id)
            continue
        turns += [
            TurnResult(dialogue=dialogue.id, place=place, conversation=first, standalone=second, lean=turn.lean)
            for place, (turn, first, second) in enumerate(zip(dialogue.turns, talking, alone, strict=True), 1)
        ]
    if not turns:
        raise InputError("no dialogue was asked to its end", "Raise the budget, or ask without a model")
    return DialogueRun(
        started=datetime.now(UTC).isoformat(timespec="seconds"), source=source, library=library_facts(shelf.papers),
        system=dict(described or {}), seed=seed, turns=tuple(turns), not_run=tuple(not_run),
    )  # fmt: skip


def figures(run: DialogueRun) -> tuple[list[Estimate], list[Shift]]:
    """Means of the conversation by metric and place of the turn, and standalone -> conversation, paired by turn."""
    means: list[Estimate | None] = []
    shifts: list[Shift | None] = []
    for metric in METRICS:
        for group, chosen in _groups(run):
            both = [
                (t.dialogue, a, b)
                for t in chosen
                if (a := t.standalone.values[metric.name]) is not None
                and (b := t.conversation.values[metric.name]) is not None
            ]
            means.append(_mean(metric.name, group, chosen, run.seed))
            if metric not in _FIRST:
                before, after = [a for _, a, _ in both], [b for _, _, b in both]
                clusters = [d for d, _, _ in both]
                shifts.append(shift(metric.name, before, after, group=group, clusters=clusters, seed=run.seed))
    return [m for m in means if m is not None], [s for s in shifts if s is not None]


def reached(run: DialogueRun) -> list[Estimate]:
    """RightPaper of later turns over those whose standalone rewrite reaches the right paper: in all, and by lean."""
    name = RIGHT_PAPER.name
    later = [t for t in run.turns if t.place > 1 and t.standalone.values[name] == 1.0]
    groups = {"later turns": later}
    for lean in sorted({t.lean for t in later if t.lean is not None}):
        groups[lean] = [t for t in later if t.lean == lean]
    found = [_mean(name, group, chosen, run.seed) for group, chosen in groups.items()]
    return [e for e in found if e is not None]


def since(earlier: DialogueRun, now: DialogueRun) -> list[Shift]:
    """Conversation of an earlier record -> conversation now, paired by turn, over later turns.

    Raises:
        InputError: the records are not of the same turns.
    """
    before = {(t.dialogue, t.place): t.conversation for t in earlier.turns}
    if before.keys() != {(t.dialogue, t.place) for t in now.turns}:
        raise InputError("the records are not of the same turns", "Compare records of the same dialogues")
    found: list[Shift | None] = []
    for metric in METRICS:
        both = [
            (t.dialogue, a, b)
            for t in now.turns
            if t.place > 1
            and (a := before[t.dialogue, t.place].values[metric.name]) is not None
            and (b := t.conversation.values[metric.name]) is not None
        ]
        first, second, clusters = [a for _, a, _ in both], [b for _, _, b in both], [d for d, _, _ in both]
        found.append(shift(metric.name, first, second, group="later turns", clusters=clusters, seed=now.seed))
    return [s for s in found if s is not None]


def dialogues_page(run: DialogueRun, earlier: DialogueRun | None = None) -> Page:
    """The report of a run over dialogues, beside an earlier record of the same where there is one."""
    from eval.report import Page, Table

    means, shifts = figures(run)
    failed = [t for t in run.turns for i in (t.conversation, t.standalone) if i.failure is not None]
    facts = (
        f"{run.started}; {len({t.dialogue for t in run.turns})} dialogues, {len(run.turns)} turns from {run.source}; "
        f"library: {run.library.n_papers} papers (digest {run.library.digest[:12]}); "
        + ", ".join(f"{k} {v}" for k, v in run.system.items()),
        f"failed: {len(failed)} (counted as wrong)" + (f"; not run: {', '.join(run.not_run)}" if run.not_run else ""),
        f"intervals: 95 %, bootstrap over dialogues (seed {run.seed})",
    )
    lower = {m.name for m in METRICS if not m.higher_is_better}

    def rows(found: Sequence[Shift]) -> tuple[tuple[str, ...], ...]:
        return tuple(shift_row(s, higher_is_better=s.metric not in lower) for s in found)

    tables = (
        Table("In conversation", MEAN_HEADER, tuple(mean_row(m) for m in means), "lower is better for FalseRefusal"),
        Table("Standalone rewrite -> conversation", SHIFT_HEADER, rows(shifts), "what not understanding costs"),
        Table("Of what the standalone rewrites reach", MEAN_HEADER, tuple(mean_row(m) for m in reached(run))),
        Table("Earlier record -> now", SHIFT_HEADER, rows(since(earlier, run)) if earlier is not None else ()),
        Table("Turns that went wrong only in conversation", ("turn", "question", "understood as"), _lost(run)),
    )
    return Page("Dialogues", facts, tuple(t for t in tables if t.rows))


def _mean(name: str, group: str, turns: Sequence[TurnResult], seed: int) -> Estimate | None:
    own = [(t.dialogue, v) for t in turns if (v := t.conversation.values[name]) is not None]
    return estimate(name, [v for _, v in own], group=group, clusters=[d for d, _ in own], seed=seed)


def _asked(system: System, cases: Sequence[Case], shelf: Shelf) -> tuple[Item, ...]:
    """The turns, scored; fewer where one was not asked.

    Each turn is a run of its own: a run over several cases asks them in an order of its own.
    """
    items: list[Item] = []
    for case in cases:
        result = run(system, [case], shelf.papers, metrics=_FIRST, workers=1)
        if not result.items:
            break
        items.append(score(result.items[0], case, shelf, METRICS))
    return tuple(items)


def _groups(run: DialogueRun) -> list[tuple[str, list[TurnResult]]]:
    first = [t for t in run.turns if t.place == 1]
    return [("first turns", first), ("later turns", [t for t in run.turns if t.place > 1]), ("all", list(run.turns))]


def _lost(run: DialogueRun, most: int = 20) -> tuple[tuple[str, ...], ...]:
    """Turns that the standalone rewrite gets right and the conversation does not, with what it was understood as."""
    rows = []
    for turn in run.turns:
        name = RIGHT_PAPER.name if turn.conversation.answerable else "AbstainedWhenUnanswerable"
        if turn.conversation.values[name] == 0.0 and turn.standalone.values[name] == 1.0:
            answer = turn.conversation.answer
            understood = "failed" if answer is None else (answer.standalone_question or answer.question)
            rows.append((f"{turn.dialogue}.{turn.place}", turn.conversation.question[:80], understood[:120]))
    return tuple(rows[:most])
