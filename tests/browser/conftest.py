"""A headless Chromium, pages that record every request, and one server per library for all tests of a module."""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Callable, Iterator
from importlib.util import find_spec
from urllib.parse import urlsplit

import pytest

from rag.assistant import Assistant
from rag.settings import Settings
from ui.server import free_port

# The browser itself must fetch nothing either, and must resolve no name: what leaves the page then fails visibly.
_ARGUMENTS = (
    "--no-sandbox --disable-gpu --disable-quic --no-first-run --disable-background-networking "
    "--disable-component-update --disable-sync --disable-dev-shm-usage"
).split()
_NO_NAMES = "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1"
FIRST = "which methods reduce all-reduce latency?"


# Not for the session: playwright keeps a loop running on this thread, and others want to start their own.
@pytest.fixture(scope="package")
def browser():
    found = shutil.which("chromium") or shutil.which("chromium-browser")
    if found is None or find_spec("playwright") is None:
        missing = "Chromium (apt-get install chromium)" if found is None else "the package playwright"
        # On a developer's machine the rest of the suite is worth running; in CI nothing may be passed over.
        (pytest.fail if os.environ.get("CI") else pytest.skip)(f"the browser tests need {missing}")
    from playwright.sync_api import sync_playwright

    with sync_playwright() as play:
        running = play.chromium.launch(executable_path=found, args=[*_ARGUMENTS, _NO_NAMES])
        yield running
        running.close()


@pytest.fixture
def open_page(browser) -> Iterator[Callable]:
    """Opens pages, each in a context of its own, and holds them to: nothing fetched from outside, no script error."""
    contexts, strayed, errors = [], [], []

    def record(request) -> None:
        parts = urlsplit(request.url)
        if parts.scheme not in ("data", "blob") and parts.hostname != "127.0.0.1":
            strayed.append(request.url)

    def opened(url: str, **options):
        context = browser.new_context(
            **{"viewport": {"width": 1280, "height": 860}, "reduced_motion": "reduce", **options}
        )
        contexts.append(context)
        context.on("request", record)
        page = context.new_page()
        page.on("pageerror", lambda error: errors.append(error))
        page.goto(url)
        page.wait_for_selector("#gw-question textarea")
        return page

    yield opened
    for context in contexts:
        context.close()
    assert strayed == []
    assert errors == []


def serve(assistant) -> tuple[str, Callable[[], None]]:
    from ui.app import launch

    served = launch(assistant, Settings(), port=free_port("127.0.0.1", 0))
    return served.url, served.close


@pytest.fixture(scope="module")
def notes_url(tmp_path_factory) -> Iterator[str]:
    """The page over the bundled notes."""
    chats = str(tmp_path_factory.mktemp("chats"))
    settings = Settings(
        cache_dir=str(tmp_path_factory.mktemp("cache")), conversations_dir=chats, llm="off", offline=True
    )
    empty = tmp_path_factory.mktemp("home")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("XDG_DATA_HOME", str(empty))  # a library of the developer's own must not be taken
        with Assistant.open(settings=settings) as assistant:
            url, close = serve(assistant)
            yield url
            close()


@pytest.fixture(scope="module")
def library_url(tmp_path_factory) -> Iterator[Callable[..., str]]:
    """Serves the page over a library of given records."""
    closing = []

    def made(*records: dict[str, object], offline: bool = True) -> str:
        folder = tmp_path_factory.mktemp("library")
        file = folder / "papers.jsonl"
        file.write_text("".join(json.dumps(r) + "\n" for r in records), encoding="utf-8")
        settings = Settings(
            cache_dir=str(folder / "cache"), conversations_dir=str(folder / "chats"), llm="off", offline=offline
        )
        assistant = Assistant.open(folder / "library", settings=settings, for_writing=True)
        report = assistant.ingest([file])
        assert len(report.added) == len(records), report
        url, close = serve(assistant)
        closing.extend([close, assistant.close])
        return url

    yield made
    for close in closing:
        close()


def open_tab(page, name: str) -> None:
    """Go to a tab; where a narrow window has no room for its name, by the menu of the rest."""
    shown = page.locator(f"button[role=tab]:text-is('{name}'):visible")
    if shown.count():
        shown.first.click()
        return
    page.click(".overflow-menu > button:visible")
    page.click(f".overflow-dropdown button:has-text('{name}')")


def send(page, question: str | None = None, *, wait: bool = True) -> None:
    """Send a question (or the one that stands ready) and wait until its answer is whole."""
    if question is not None:
        page.fill("#gw-question textarea", question)
    asked = page.input_value("#gw-question textarea")
    page.press("#gw-question textarea", "Enter")
    page.wait_for_function(
        "asked => document.querySelector('#gw-live .gw-question')?.textContent === asked", arg=asked.strip()
    )
    if wait:
        page.wait_for_selector('#gw-live .gw-turn[aria-busy="false"]')
