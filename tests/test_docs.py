"""What is written about the program says all that the program has; what is tracked says nothing it should not."""

from __future__ import annotations

import difflib
import itertools
import re
import subprocess
import sys
import tomllib
from pathlib import Path

import click
import pytest

import prompts
from rag.cli.main import main, rag
from rag.errors import RagError
from rag.settings import TABLE, Setting
from rag.version import VERSION
from tests.conftest import REPO

PROMPTS = Path(prompts.__file__).parent


def docs() -> str:
    """README.md and everything in docs/, one text."""
    paths = [REPO / "README.md", *sorted((REPO / "docs").rglob("*.md"))]
    return "\n".join(p.read_text(encoding="utf-8") for p in paths if p.exists())


def tracked() -> list[Path]:
    """The tracked files and those that would be: everything that git does not ignore."""
    listed = subprocess.run(
        ["git", "ls-files", "-co", "--exclude-standard", "-z"], cwd=REPO, capture_output=True, text=True, check=False
    )
    if listed.returncode:
        pytest.skip("not a git checkout: no list of tracked files")
    return [REPO / name for name in listed.stdout.split("\0") if name and (REPO / name).is_file()]


def commands(group: click.Group, prefix: tuple[str, ...] = ()) -> dict[str, click.Command]:
    """Every command by its words: "ask", "papers list", ..."""
    context = click.Context(group)
    found: dict[str, click.Command] = {}
    for name in group.list_commands(context):
        command = group.get_command(context, name)
        assert command is not None, f"rag {name} is listed and cannot be loaded"
        words = (*prefix, name)
        found[" ".join(words)] = command
        if isinstance(command, click.Group):
            found |= commands(command, words)
    return found


COMMANDS = commands(rag)


# -- the README


@pytest.mark.parametrize("row", TABLE, ids=lambda row: row.name)
def test_every_setting_is_documented(row: Setting) -> None:
    missing = [v for v in row.env if not re.search(rf"\b{v}\b", docs())]
    assert missing == []


@pytest.mark.parametrize("words", [w for w in COMMANDS if w.count(" ") < 2])
def test_every_command_is_documented(words: str) -> None:
    *groups, last = words.split()
    text = docs()
    # "rag papers show" may stand as "rag papers list|show|remove" or "rag papers list, show, remove".
    start = re.escape(" ".join(["rag", *groups]))
    assert re.search(rf"{start} (?:\w+(?:\||, ))*{re.escape(last)}\b", text), f"rag {words}"


def test_every_option_is_documented() -> None:
    text = docs()
    options = {
        opt
        for words, command in COMMANDS.items()
        if not words.startswith("eval")
        for parameter in command.params
        if isinstance(parameter, click.Option)
        for opt in parameter.opts
        if opt.startswith("--")
    }
    assert sorted(o for o in options if not re.search(rf"(?<![\w-]){re.escape(o)}(?![\w-])", text)) == []


def test_no_documented_variable_is_unknown() -> None:
    options = [p for c in COMMANDS.values() for p in c.params if isinstance(p.envvar, str)]
    known = {name for row in TABLE for name in row.env} | {"RAG_DEBUG"} | {str(p.envvar) for p in options}
    assert set(re.findall(r"\bRAG_[A-Z_]+\b", docs())) <= known


def test_the_commands_in_the_readme_exist() -> None:
    used = set(re.findall(r"(?:^\s+(?:\$ )?(?:\.venv/bin/)?|`)rag ([a-z]+)", docs(), re.M))
    assert used, "the README shows the command"
    assert used <= {words.split()[0] for words in COMMANDS}


def test_the_transcript_in_the_readme_is_what_is_printed(capsys: pytest.CaptureFixture[str]) -> None:
    match = re.search(r"^    \$ rag ask \"(.+)\"\n((?:    .*\n|\n)+)", docs(), re.M)
    assert match is not None, "the README shows the question and its answer"
    assert main(["ask", match[1]]) == 0
    assert match[2].split() == capsys.readouterr().out.split()


@pytest.mark.parametrize("row", TABLE, ids=lambda row: row.name)
def test_the_table_of_settings_gives_each_default_and_meaning(row: Setting) -> None:
    line = next((x for x in docs().splitlines() if x.startswith(f"| {row.name} |")), "")
    assert row.help in line
    assert ("unset" if row.default is None else f"`{row.default}`") in line
    assert all(choice in line for choice in row.choices)


def test_the_page_of_commands_is_up_to_date() -> None:
    # In a process of its own: click keeps a command's help option as the first caller in a process had it made.
    made = subprocess.run([sys.executable, "-m", "rag.cli.reference"], capture_output=True, text=True, check=True)
    assert (REPO / "docs" / "commands.md").read_text(encoding="utf-8") == made.stdout, "run: make docs"


def test_links_of_the_documents_lead_somewhere() -> None:
    broken = []
    for path in [REPO / "README.md", REPO / "CONTRIBUTING.md", *sorted((REPO / "docs").rglob("*.md"))]:
        text = path.read_text(encoding="utf-8") if path.exists() else ""
        for target in re.findall(r"\]\((?!https?://|#|mailto:)([^)\s#]+)", text):
            if not (path.parent / target).exists():
                broken.append(f"{path.name}: {target}")
    assert broken == []


# -- the changelog


def test_the_changelog_keeps_its_format() -> None:
    text = (REPO / "CHANGELOG.md").read_text(encoding="utf-8")
    assert text.startswith("# Changelog\n")
    sections = re.findall(r"^## (.+)$", text, re.M)
    assert sections, "at least one version"
    assert all(re.fullmatch(r"Unreleased|\[?\d+\.\d+\.\d+\]? - \d{4}-\d{2}-\d{2}", s) for s in sections), sections
    released = [s for s in sections if s != "Unreleased"]
    assert "Unreleased" in sections[0] or VERSION in released[0]
    assert set(re.findall(r"^### (.+)$", text, re.M)) <= {
        "Added",
        "Changed",
        "Deprecated",
        "Removed",
        "Fixed",
        "Security",
    }


# -- prompts


@pytest.mark.parametrize("path", sorted(PROMPTS.glob("*.md")), ids=lambda path: path.stem)
def test_every_prompt_declares_name_version_and_variables(path: Path) -> None:
    source = path.read_text(encoding="utf-8")
    _, front, text = source.split("---\n", 2)
    declared = dict(re.fullmatch(r"(\w+):\s*(.*)", line).groups() for line in front.strip().splitlines())  # type: ignore[union-attr]
    assert declared.keys() == {"name", "version", "variables"}
    assert declared["name"] == path.stem
    assert int(declared["version"]) >= 1
    variables = {v.strip() for v in declared["variables"].split(",") if v.strip()}
    assert set(re.findall(r"(?<!\{)\{([a-z_]+)\}(?!\})", text)) == variables


def test_no_two_prompts_are_near_duplicates_even_in_other_order() -> None:
    def sentences(name: str) -> set[str]:
        return {s.strip().lower() for s in re.split(r"[.\n]", prompts.load(name).text) if len(s.split()) > 3}

    for a, b in itertools.combinations(prompts.names(), 2):
        alike = difflib.SequenceMatcher(None, prompts.load(a).text, prompts.load(b).text, autojunk=False).ratio()
        assert alike < 0.8, (a, b)
        fewer = min(len(sentences(a)), len(sentences(b)))
        assert len(sentences(a) & sentences(b)) <= fewer / 2, (a, b)


def test_no_prompt_stands_in_code() -> None:
    """An instruction to a model is a long string that speaks of sources or claims in the imperative."""
    asks = re.compile(r"\b(?:You are|Answer (?:the|only)|Reply with (?:one|only|the)|Use only the)\b")
    for path in [p for folder in ("rag", "eval", "ui") for p in (REPO / folder).rglob("*.py")]:
        assert not asks.search(path.read_text(encoding="utf-8")), path


# -- what is tracked


def test_no_tracked_file_names_this_machine_or_an_index() -> None:
    here = "/wo" + "rk/"  # written so, as this file is tracked too
    hosts = re.compile(
        r"(?:index-url|find-links|extra-index|trusted-host)\b\s*[= ]\s*\S|https?://[\w.-]*(?:pypi|mirror|artifactory|nexus)"
    )
    allowed = {"Makefile"}  # names the options that keep addresses out
    found = []
    for path in tracked():
        text = path.read_bytes().decode("utf-8", errors="replace")
        for number, line in enumerate(text.splitlines(), 1):
            if here in line or "/tmp/gw" in line.replace("-", "") or (hosts.search(line) and path.name not in allowed):
                found.append(f"{path.relative_to(REPO)}:{number}: {line.strip()[:100]}")
    found = [f for f in found if not f.startswith("tests/test_docs.py:")]
    assert found == []


def test_no_tracked_file_is_built_or_private() -> None:
    names = [str(p.relative_to(REPO)) for p in tracked()]
    bad = re.compile(r"\.pyc$|(^|/)(__pycache__|\.venv|build|dist|\.hypothesis)/|\.env$|\.pem$|\.sqlite3$|\.egg-info/")
    assert [n for n in names if bad.search(n)] == []
    assert {"LICENSE", "NOTICE", "CHANGELOG.md", "pyproject.toml", "requirements.lock"} <= set(names)


def test_no_key_is_tracked() -> None:
    # The fakes' keys are words; a real one is long and random.
    key = re.compile(r"\bsk-(?:proj-)?[A-Za-z0-9_-]{20,}|\bghp_[A-Za-z0-9]{30,}|-----BEGIN [A-Z ]*PRIVATE KEY")
    assert [str(p) for p in tracked() if key.search(p.read_bytes().decode("utf-8", errors="replace"))] == []


def test_the_five_packages_are_dependencies_and_pinned_with_hashes() -> None:
    project = tomllib.loads((REPO / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    names = {re.split(r"[<>=\[ ]", d)[0].lower() for d in project["dependencies"]}
    assert {"llama-index", "chromadb", "openai", "gradio", "tiktoken"} <= names
    lock = (REPO / "requirements.lock").read_text(encoding="utf-8")
    for name in sorted(names):
        pinned = re.search(rf"^{re.escape(name)}==\S+.*\\\n\s+--hash=sha256:", lock, re.M | re.I)
        assert pinned, f"{name} is not pinned with a hash"
    assert "torch==" not in lock


def test_every_error_is_used() -> None:
    code = "\n".join(p.read_text(encoding="utf-8") for p in (REPO / "rag").rglob("*.py") if p.name != "errors.py")

    def below(kind: type[RagError]) -> list[type[RagError]]:
        return [k for sub in kind.__subclasses__() for k in (below(sub) or [sub]) if k.__module__ == "rag.errors"]

    assert [k.__name__ for k in below(RagError) if k.__name__ not in code] == []
