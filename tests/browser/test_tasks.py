"""Three tasks of a researcher, from an empty profile: find and export, bring one's own papers, check a paragraph."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from rag.answer import Answer
from rag.assistant import Assistant
from rag.settings import Settings
from tests.browser.conftest import open_tab, send, serve
from ui.standing import Standing

OWN = """
@article{lindqvist2025heron,
  title = {Heron: Sleeping Replicas for Bursty Inference Traffic},
  author = {Lindqvist, Maja and Okafor, Chidi}, year = {2025}, journal = {Journal of Invented Systems},
  abstract = {Bursty traffic leaves most replicas idle. Heron puts idle replicas to sleep with their weights in host
    memory and wakes them in 180 ms. Heron reduces the energy used by a serving cluster by 41%.}
}
@inproceedings{abe2024marten,
  title = {Marten: Sharing Adapters between Tenants}, author = {Abe, Keiko}, year = {2024},
  abstract = {Serving one adapter per tenant wastes memory. Marten keeps the adapters of 2,000 tenants in one paged pool.
    On 4 GPUs Marten raises throughput by 3.2x over one process per tenant.}
}
@misc{duarte2023otter,
  title = {Otter: Checkpoints that Write Themselves}, author = {Duarte, Ines and Novak, Petr}, year = {2023},
  abstract = {Training runs stall while checkpoints are written. Otter copies the state of the optimizer to a
    neighbouring node. Otter cuts the time lost to checkpoints from 12% to 1.5% on 512 GPUs.}
}
@article{sato2025stoat,
  title = {Stoat: A Negative Result on Prefetching Experts}, author = {Sato, Ren}, year = {2025},
  abstract = {Prefetching the experts of a mixture-of-experts model promises lower latency. We find that prefetching does
    not lower latency on consumer hardware.}
}
@article{grey2022badger, title = {Badger: Digging through Logs}, author = {Grey, Tom}, year = {2022} }

@article{broken2021weasel,
  title = {Weasel: An Entry that Never Ends,
  author = {Nobody, N.}
"""
PARAGRAPH = (
    "TPI-LLM uses a star-based allreduce because link latency, not bandwidth, is the main communication issue. "
    "NVRAR applies recursive doubling with NVSHMEM in a hierarchical all-reduce. "
    "TokenWeave gains up to 49% in latency. "
    "TPI-LLM cuts the peak memory for Llama 2-70B by 90%. "
    "TokenWeave uses a fused AllReduce-RMSNorm kernel on NVIDIA Hopper GPUs."
)


@pytest.fixture
def first_start(tmp_path, monkeypatch):
    """The page as it is first started: no library, no conversations, the bundled notes."""
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "data"))
    settings = Settings(cache_dir=str(tmp_path / "cache"), llm="off", offline=True)
    with Assistant.open(settings=settings) as notes:
        standing = Standing(notes, lambda: Assistant.open(settings=settings, for_writing=True))
        url, close = serve(standing)
        yield url
        close()
        standing.close()


def downloaded(page, name: str) -> str:
    with page.expect_download() as saved:
        page.click(f"#gw-live .gw-saving button:text-is('{name}')")
    return Path(saved.value.path()).read_text(encoding="utf-8")


def test_who_reduces_all_reduce_latency_and_the_answer_with_bibtex(open_page, first_start):
    page = open_page(first_start)
    page.click("#gw-send")  # the question stands ready
    page.wait_for_selector('#gw-live .gw-turn[aria-busy="false"]')
    titles = [t.inner_text() for t in page.query_selector_all("#gw-live-sources .gw-title")]
    for name in ("LLM Inference Beyond a Single Node", "TokenWeave", "TPI-LLM"):
        assert any(name in t for t in titles), titles
    bibtex, markdown = downloaded(page, "BibTeX"), downloaded(page, "Markdown")
    record = Answer.model_validate_json(downloaded(page, "JSON"))
    keys = re.findall(r"(?m)^@\w+\{([^,]+),$", bibtex)
    assert len(set(keys)) == len(titles) == len(record.sources)
    for title in titles:
        assert title in bibtex.replace("{", "").replace("}", "")
        assert title in markdown
    for claim in record.claims:
        assert all(c.quote in getattr(record.sources[c.number - 1], c.field) for c in claim.citations)


def test_ones_own_bib_is_brought_and_asked_about(open_page, first_start, tmp_path):
    page = open_page(first_start)
    open_tab(page, "Library")
    assert "begin a library of your own" in page.inner_text("#gw-library-note")
    file = tmp_path / "shelf.bib"
    file.write_text(OWN, encoding="utf-8")
    page.click("#gw-add button")
    page.set_input_files("#gw-files input[type=file]", str(file))
    page.wait_for_selector(".gw-ingest")
    report = page.inner_text(".gw-ingest")
    assert "4 added" in report
    assert "2 rejected" in report
    refused = [line for line in report.splitlines() if line.startswith("rejected")]
    assert any("Badger: Digging through Logs" in line and "no abstract" in line for line in refused)
    assert any("broken2021weasel" in line for line in refused)
    page.wait_for_function("document.querySelector('.gw-banner').innerText.includes('4 papers')")
    assert "bundled notes" not in page.inner_text(".gw-banner")
    assert len(page.query_selector_all("#gw-listing .gw-near")) == 4
    page.click("text=Ask about them")
    page.wait_for_selector("#gw-question textarea", state="visible")
    send(page, "how much energy does sleeping save?")
    assert "41%" in page.inner_text("#gw-live .gw-claims")
    sources = [t.inner_text() for t in page.query_selector_all("#gw-live-sources .gw-title")]
    assert sources[0].startswith("Heron")
    page.click("#gw-live .gw-chip")
    assert "41%" in page.inner_text("mark.gw-selected >> nth=0")
    assert "@article" in downloaded(page, "BibTeX")
    # It is kept; what to ask next may still be tried.
    page.wait_for_selector("#gw-conversations [aria-current]", state="attached")
    page.reload()
    page.wait_for_selector("#gw-live .gw-chip")
    assert "4 papers" in page.inner_text(".gw-banner")
    open_tab(page, "Library")
    page.wait_for_function("document.querySelectorAll('#gw-listing .gw-near').length === 4")
    assert "bundled notes" not in page.inner_text("#gw-library-list")


def test_the_one_false_sentence_of_a_paragraph_is_refused(open_page, first_start):
    page = open_page(first_start)
    open_tab(page, "Check")
    page.fill("#gw-check-text textarea", PARAGRAPH)
    page.press("#gw-check-text textarea", "Shift+Enter")
    page.wait_for_selector("#gw-check-result .gw-report")
    sentences = page.query_selector_all(".gw-checked > li")
    assert len(sentences) == 5
    refused = page.query_selector_all(".gw-checked > li.gw-fails")
    assert [r.query_selector(".gw-sentence bdi").inner_text() for r in refused] == [
        "TokenWeave gains up to 49% in latency."
    ]
    assert "29%" in refused[0].inner_text()
    assert all("judged: supported" in s.inner_text() for s in sentences if "49%" not in s.inner_text())
    page.click("text=Show the first that fails")
    refused[0].query_selector(".gw-chip").click()
    assert "29%" in page.inner_text("mark.gw-selected >> nth=0")
