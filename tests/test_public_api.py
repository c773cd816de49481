"""The public surface: names, signatures, records, errors, and what an import costs."""

from __future__ import annotations

import ast
import inspect
import json
import math
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError

import rag
from rag import errors
from rag.grounding import OfflineJudge

QUESTION = "which methods reduce all-reduce latency?"

# contract.pyi, as far as it is built: parameters in order with their defaults, "*" before those by keyword only.
SIGNATURES = {
    "Assistant.open": "library=None, *, llm='auto', embedder=None, judge=None, settings=None",
    "Assistant.ingest": "sources, *, format=None",
    "Assistant.papers": "",
    "Assistant.remove": "paper_ids",
    "Assistant.retrieve": "question, k=10, *, since=None, until=None, organisation=None, papers=None",
    "Assistant.ask": "question, **filters",
    "Assistant.aask": "question, **filters",
    "Assistant.ask_many": "questions, *, workers=4",
    "Assistant.stream": "question, **filters",
    "Assistant.astream": "question, **filters",
    "Assistant.conversation": "id=None",
    "Assistant.summarize": "topic, *, limit=20, **filters",
    "Assistant.as_retriever": "k=10",
    "Assistant.as_query_engine": "",
    "Conversation.ask": "question",
    "Conversation.stream": "question",
    "Answer.to_markdown": "",
    "Answer.to_bibtex": "",
    "OfflineJudge.judge": "claim, evidence",
    "OfflineJudge.judge_many": "pairs",
    "ask": "question",
}
FIELDS = {
    "Paper": "id revision title abstract text_kind authors n_authors organisation published published_inferred venue "
    "url doi arxiv_id sources same_work",
    "Passage": "paper_id text start end",
    "Hit": "paper passage score explain",
    "Verdict": "label score reason judge field start end",
    "Citation": "number paper_id revision title text_kind field quote start end verdict",
    "Claim": "text citations verdict kind group",
    "Answer": "schema_version question standalone_question mode fallback_from abstained reason claims dropped sources "
    "nearest table usage models prompts timings library",
    "IngestReport": "added updated unchanged duplicates rejected",
    "Event": "kind payload",
}
# Where the contract's default is a setting's, None stands for that setting.
SETTINGS_DEFAULTS = {("Assistant.retrieve", "k"): "k"}
RECORDS = sorted(FIELDS.keys() - {"IngestReport", "Event"})


def found(path: str) -> Any:
    owner: Any = {"OfflineJudge": OfflineJudge}.get(path.split(".")[0], rag)
    for name in path.split(".")[owner is not rag :]:
        owner = getattr(owner, name)
    return owner


def parameters(path: str) -> list[inspect.Parameter]:
    # The second part of a path is a method: its self is no parameter of the contract. A bound class method has none.
    given = list(inspect.signature(found(path)).parameters.values())
    return [p for p in given if p.name not in {"self", "cls"}]


def test_the_exported_names() -> None:
    assert rag.__all__ == [
        "Answer",
        "Assistant",
        "CheckReport",
        "Citation",
        "Claim",
        "Conversation",
        "Event",
        "Hit",
        "IngestReport",
        "Paper",
        "Passage",
        "RagError",
        "Settings",
        "Verdict",
        "ask",
    ]
    assert all(getattr(rag, name).__name__ == name for name in rag.__all__)
    assert dir(rag) == sorted(rag.__all__)
    with pytest.raises(AttributeError, match="no attribute 'Assistent'"):
        rag.Assistent  # noqa: B018 - looking it up is the test


@pytest.mark.parametrize("path", SIGNATURES)
def test_signatures_are_the_contract_s(path: str) -> None:
    contract = inspect.Signature.from_callable(eval(f"lambda {SIGNATURES[path]}: None")).parameters
    ours = parameters(path)
    known = {p.name: p for p in ours}
    assert [p.name for p in ours if p.name in contract] == list(contract), "all of the contract's, in its order"
    for name, wanted in contract.items():
        assert known[name].kind == wanted.kind, name
        if known[name].default != wanted.default:
            setting = SETTINGS_DEFAULTS[path, name]
            assert known[name].default is None
            assert getattr(rag.Settings(), setting) == wanted.default
    further = [p for p in ours if p.name not in contract]
    assert all(p.kind in {p.KEYWORD_ONLY, p.VAR_KEYWORD} for p in further), "more by name only"
    assert all(p.kind == p.VAR_KEYWORD or p.default is not p.empty for p in further), "and never required"


def test_the_table_of_signatures_is_the_contract(shared: Path) -> None:
    tree = ast.parse((shared / "contract.pyi").read_text(encoding="utf-8"))
    declared: dict[str, str] = {}
    for node in tree.body:
        members = node.body if isinstance(node, ast.ClassDef) else [node]
        prefix = f"{node.name}." if isinstance(node, ast.ClassDef) else ""
        for member in members:
            if isinstance(member, ast.FunctionDef | ast.AsyncFunctionDef):
                for argument in [*member.args.args, *member.args.kwonlyargs, member.args.kwarg]:
                    if argument is not None:
                        argument.annotation = None
                declared[prefix + member.name] = re.sub(r"^(self|cls)(, )?", "", ast.unparse(member.args))
    assert {name: declared[name] for name in SIGNATURES} == SIGNATURES
    assert declared.keys() == SIGNATURES.keys()


@pytest.mark.parametrize("name", FIELDS)
def test_records_have_the_contract_s_fields(name: str) -> None:
    wanted = FIELDS[name].split()
    assert [f for f in getattr(rag, name).model_fields if f in wanted] == wanted


@pytest.fixture(scope="module")
def samples(cache_folder: Path) -> dict[str, Any]:
    """One record of each kind, out of a real answer."""
    settings = rag.Settings.from_env({}, cache_dir=str(cache_folder), llm="off")
    with rag.Assistant.open(settings=settings) as assistant:
        answer = assistant.ask(QUESTION)
        hit = assistant.retrieve(QUESTION, 1)[0]
    claim = answer.claims[0]
    return {
        "Paper": hit.paper,
        "Passage": hit.passage,
        "Hit": hit,
        "Verdict": claim.verdict,
        "Citation": claim.citations[0],
        "Claim": claim,
        "Answer": answer,
    }


@pytest.mark.parametrize("name", RECORDS)
def test_records_are_frozen_closed_and_survive_json(samples: dict[str, Any], name: str) -> None:
    record = samples[name]
    kind = type(record)
    assert kind.__name__ == name
    back = kind.model_validate_json(record.model_dump_json())
    assert back == record
    assert back.model_dump_json() == record.model_dump_json()
    for field in kind.model_fields:
        with pytest.raises(ValidationError, match="frozen"):
            setattr(record, field, getattr(record, field))
    with pytest.raises(ValidationError, match="Extra inputs"):
        kind.model_validate({**record.model_dump(), "colour": "red"})


def test_an_ingest_report_survives_json() -> None:
    given = {"file": "a.bib", "line": 3, "reason": "no title"}
    report = rag.IngestReport(added=["p1"], duplicates=[("p2", "p1")], rejected=[given])
    assert rag.IngestReport.model_validate_json(report.model_dump_json()) == report
    assert str(report.rejected[0]) == "a.bib:3: no title"


@pytest.mark.parametrize("bad", [math.nan, math.inf, -math.inf])
@pytest.mark.parametrize(
    ("name", "path"), [("Verdict", "score"), ("Hit", "score"), ("Answer", "timings"), ("Claim", "verdict.score")]
)
def test_no_number_is_nan_or_infinite(samples: dict[str, Any], name: str, path: str, bad: float) -> None:
    data = samples[name].model_dump()
    field, _, inner = path.partition(".")
    data[field] = {**data[field], inner: bad} if inner else {"total_s": bad} if field == "timings" else bad
    with pytest.raises(ValidationError, match=r"finite|less than|greater than"):
        type(samples[name]).model_validate(data)


@pytest.mark.parametrize(("name", "field"), [("Hit", "explain"), ("Answer", "usage"), ("Answer", "library")])
def test_nor_inside_free_fields(samples: dict[str, Any], name: str, field: str) -> None:
    data = {**samples[name].model_dump(), field: {"figure": math.nan}}
    with pytest.raises(ValidationError):
        type(samples[name]).model_validate(data)


# -- errors


def _tree(kind: type[errors.RagError]) -> dict[str, str]:
    """Class -> parent, of everything below a class."""
    below = {sub.__name__: kind.__name__ for sub in kind.__subclasses__() if sub.__module__ == errors.__name__}
    for sub in kind.__subclasses__():
        below |= _tree(sub)
    return below


def _drawn() -> dict[str, str]:
    """Class -> parent, as the docstring draws it."""
    parents: dict[str, str] = {}
    path: list[str] = []
    for line in (errors.__doc__ or "").splitlines():
        if match := re.match(r"([|` -]*)([A-Z]\w+Error)\b", line):
            depth = len(match[1]) // 4
            path = [*path[:depth], match[2]]
            parents.update({match[2]: path[-2]} if depth else {})
    return parents


def test_the_docstring_draws_the_tree_of_errors() -> None:
    assert _drawn() == _tree(errors.RagError)
    assert len(_drawn()) > 15


LEAVES = sorted(set(_tree(errors.RagError)) - set(_tree(errors.RagError).values()))


@pytest.mark.parametrize("name", LEAVES)
def test_every_leaf_has_a_remedy(name: str) -> None:
    kind = getattr(errors, name)
    if kind.default_remedy:
        error = kind("it\nfailed")
        assert error.message == "it failed", "one line"
    elif kind is errors.MissingDependencyError:
        error = kind("torch", "this")
        assert "pip install torch" in error.remedy
    else:
        # No remedy fits all causes, so each place that raises it has to give its own.
        error = kind("it failed", "do this")
        calls = [c for p in Path(rag.__file__).parent.rglob("*.py") for c in _raises(p, name)]
        assert calls, "a leaf that nothing raises"
        assert all(len(c.args) + len(c.keywords) >= 2 for c in calls), [c.lineno for c in calls]
    assert error.remedy
    assert error.as_dict() == {"type": name, "message": error.message, "remedy": error.remedy}
    assert error.remedy in str(error)


def _raises(path: Path, name: str) -> list[ast.Call]:
    tree = ast.parse(path.read_text(encoding="utf-8"))
    calls = (n for n in ast.walk(tree) if isinstance(n, ast.Call))
    return [c for c in calls if isinstance(c.func, ast.Name) and c.func.id == name]


# -- what an import costs

HEAVY = ("chromadb", "llama_index", "gradio", "openai")


def _loaded_by(code: str) -> set[str]:
    """The heavy packages in sys.modules after some code, in a process of its own."""
    report = f"\nimport sys, json\nprint(json.dumps([m for m in {HEAVY!r} if m in sys.modules]), file=sys.stderr)"
    done = subprocess.run([sys.executable, "-c", code + report], capture_output=True, text=True, check=True)
    return set(json.loads(done.stderr.splitlines()[-1]))


@pytest.mark.parametrize("arguments", [["--help"], ["--version"], ["ask", "--help"]])
def test_importing_rag_and_its_help_import_nothing_heavy(arguments: list[str]) -> None:
    code = f"import rag\nfrom rag.cli.main import main\nassert rag.Settings and main({arguments!r}) == 0"
    assert _loaded_by(code) == set()


def test_an_extractive_answer_imports_neither_llama_index_nor_gradio_nor_openai() -> None:
    code = f"import rag\nanswer = rag.ask({QUESTION!r})\nassert answer.mode == 'extractive' and answer.claims"
    assert _loaded_by(code) == {"chromadb"}, "and its dense leg is Chroma"
