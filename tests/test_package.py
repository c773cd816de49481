"""The wheel: what is in it, and that it works installed, away from the repository."""

from __future__ import annotations

import importlib.util
import json
import os
import shutil
import subprocess
import sys
import sysconfig
import tomllib
import venv
import zipfile
from pathlib import Path
from typing import Any

import pytest
from packaging.requirements import Requirement

from rag.version import VERSION
from tests.conftest import REPO

QUESTION = "which methods reduce all-reduce latency?"
PACKAGES = ("rag", "eval", "ui", "prompts")


def run(*command: str | Path, **more: Any) -> subprocess.CompletedProcess[str]:
    done = subprocess.run([str(c) for c in command], capture_output=True, text=True, check=False, **more)
    assert done.returncode == 0, f"{command}\n{done.stdout[-2000:]}\n{done.stderr[-2000:]}"
    return done


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The wheel, built from a copy of what git would track, so that nothing is left in the repository."""
    if importlib.util.find_spec("build") is None or importlib.util.find_spec("setuptools") is None:
        pytest.skip("the packages build and setuptools are not installed")
    copy, out = tmp_path_factory.mktemp("source"), tmp_path_factory.mktemp("dist")
    listed = subprocess.run(
        ["git", "ls-files", "-co", "--exclude-standard", "-z"], cwd=REPO, capture_output=True, text=True, check=False
    )
    if listed.returncode:
        pytest.skip("not a git checkout: no list of tracked files")
    for name in filter(None, listed.stdout.split("\0")):
        if (REPO / name).is_file():
            (copy / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(REPO / name, copy / name)
    run(sys.executable, "-m", "build", "--wheel", "--no-isolation", "--outdir", out, copy)
    (built,) = out.glob("*.whl")
    return built


@pytest.fixture(scope="module")
def names(wheel: Path) -> set[str]:
    with zipfile.ZipFile(wheel) as archive:
        return set(archive.namelist())


def test_the_wheel_holds_the_packages_and_nothing_else(names: set[str]) -> None:
    info = f"groundwork_rag-{VERSION}.dist-info"
    assert {name.split("/")[0] for name in names} == {*PACKAGES, info}
    assert not [n for n in names if "tests" in n.split("/") or n.endswith((".pyc", ".txt~"))]
    assert {f"{info}/licenses/LICENSE", f"{info}/licenses/NOTICE", f"{info}/entry_points.txt"} <= names


def test_the_wheel_holds_every_file_of_the_packages(names: set[str]) -> None:
    """Every file that stands in a package, whatever its kind: what is read at run time must be there."""
    listed = run("git", "ls-files", "-co", "--exclude-standard", *PACKAGES, cwd=REPO).stdout.splitlines()
    # An empty __init__ or a data file, all the same.
    assert sorted(n for n in listed if (REPO / n).is_file() and n not in names) == []


@pytest.mark.parametrize(
    "name",
    [
        "rag/data/notes.jsonl",
        "rag/grounding/data/lexicon.txt",
        "rag/py.typed",
        "prompts/answer.md",
        "prompts/repair.md",
        "eval/data/cases/questions.jsonl",
        "eval/data/cases/unanswerable.jsonl",
        "ui/theme.css",
        "ui/behaviour.js",
    ],
)
def test_the_wheel_holds_the_data(wheel: Path, names: set[str], name: str) -> None:
    assert name in names
    with zipfile.ZipFile(wheel) as archive:
        assert archive.read(name) == (REPO / name).read_bytes()


def test_the_metadata(wheel: Path) -> None:
    with zipfile.ZipFile(wheel) as archive:
        metadata = archive.read(f"groundwork_rag-{VERSION}.dist-info/METADATA").decode()
        points = archive.read(f"groundwork_rag-{VERSION}.dist-info/entry_points.txt").decode()
    head = metadata.split("\n\n")[0]
    for package in ("llama-index", "chromadb", "openai", "gradio", "tiktoken"):
        assert f"\nRequires-Dist: {package}" in head
    assert "License-Expression: Apache-2.0" in head
    assert "rag = rag.cli.main:run" in points
    assert "[rag.commands]" in points


class Installed:
    """A virtual environment of its own that holds the wheel, and takes what it depends on from this one."""

    def __init__(self, folder: Path, wheel: Path, cache: Path) -> None:
        venv.create(folder / "venv", with_pip=False, symlinks=os.name != "nt")
        scripts = "Scripts" if os.name == "nt" else "bin"
        self.python = folder / "venv" / scripts / "python"
        self.rag = folder / "venv" / scripts / "rag"
        site = Path(run(self.python, "-c", "import sysconfig; print(sysconfig.get_path('purelib'))").stdout.strip())
        # Behind the environment's own folder; .pth files there are not followed, so an editable install stays unseen.
        paths = dict.fromkeys([sysconfig.get_path("purelib"), sysconfig.get_path("platlib")])
        (site / "dependencies.pth").write_text("\n".join(paths) + "\n")
        pip = [sys.executable, "-m", "pip", "--python", self.python, "--disable-pip-version-check"]
        run(*pip, "install", "--quiet", "--no-deps", "--no-index", "--ignore-installed", wheel)
        self.site = site
        self.work = folder / "empty"
        self.work.mkdir()
        kept = {k: v for k, v in os.environ.items() if k in {"PATH", "LANG", "LC_ALL", "SYSTEMROOT"}}
        self.environment = {**kept, "HOME": str(folder / "home"), "RAG_CACHE_DIR": str(cache)}

    def run(self, *command: str | Path) -> str:
        out = run(*command, cwd=self.work, env=self.environment).stdout
        assert list(self.work.iterdir()) == [], "nothing is written where it is run"
        return out


@pytest.fixture(scope="module")
def installed(wheel: Path, tmp_path_factory: pytest.TempPathFactory, cache_folder: Path) -> Installed:
    if importlib.util.find_spec("pip") is None:
        pytest.skip("pip is not installed: nothing can install the wheel")
    return Installed(tmp_path_factory.mktemp("installed"), wheel, cache_folder)


def test_the_installed_files_are_the_wheel_s(installed: Installed) -> None:
    code = "import json, rag, eval, ui, prompts; print(json.dumps([m.__file__ for m in (rag, eval, ui, prompts)]))"
    found = json.loads(installed.run(installed.python, "-c", code))
    assert [Path(f) for f in found] == [installed.site / name / "__init__.py" for name in PACKAGES]
    code = "from importlib import metadata as m; print(m.distribution('groundwork-rag')._path)"
    assert Path(installed.run(installed.python, "-c", code).strip()).parent == installed.site


def test_installed_rag_ask_answers(installed: Installed) -> None:
    answer = json.loads(installed.run(installed.rag, "ask", QUESTION, "--json"))
    assert sorted(p["title"].split(":")[0] for p in answer["sources"]) == [
        "LLM Inference Beyond a Single Node",
        "TPI-LLM",
        "TokenWeave",
    ]


def test_installed_python_answers(installed: Installed) -> None:
    code = f"from rag import ask; print(ask({QUESTION!r}).to_markdown())"
    assert "NVRAR" in installed.run(installed.python, "-c", code)


def test_installed_prompts_are_read(installed: Installed) -> None:
    code = "import prompts; print(*[prompts.load(n).label for n in prompts.names()])"
    assert "answer@" in installed.run(installed.python, "-c", code)


def test_installed_eval_runs(installed: Installed) -> None:
    record = json.loads(installed.run(installed.rag, "eval", "run", "--limit", "3", "--json"))
    assert len(record["items"]) == 3
    assert record["library"]["n_papers"] == 176
    assert record["cases_source"] == "bundled"


def test_installed_ui_is_importable_and_a_verb(installed: Installed) -> None:
    code = "import ui.app, importlib.resources as r; print(ui.app.__file__, (r.files('ui') / 'theme.css').is_file())"
    assert installed.run(installed.python, "-c", code).split() == [str(installed.site / "ui" / "app.py"), "True"]
    assert "--port" in installed.run(installed.rag, "ui", "--help")


def test_installed_help_and_version(installed: Installed) -> None:
    assert VERSION in installed.run(installed.rag, "--version")
    assert installed.run(installed.python, "-m", "rag", "--help") == installed.run(installed.rag, "--help")


@pytest.mark.parametrize(
    ("system", "machine", "wanted"),
    [
        ("linux", "x86_64", True),
        ("darwin", "arm64", True),
        ("darwin", "x86_64", True),
        ("win32", "AMD64", True),
        ("linux", "aarch64", False),
        ("win32", "ARM64", False),
    ],
)
def test_wordllama_is_asked_for_only_where_it_has_a_wheel(system: str, machine: str, wanted: bool) -> None:
    """Its source needs a compiler; without it the library's own latent semantics are the embedder."""
    project = tomllib.loads((REPO / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    [needed] = [Requirement(d) for d in project["dependencies"] if d.startswith("wordllama")]
    assert needed.marker is not None
    assert needed.marker.evaluate({"sys_platform": system, "platform_machine": machine}) == wanted
