"""The banner: which library, how many papers, and who writes the answers."""

from __future__ import annotations

from typing import NamedTuple

from rag.llm import why_extractive
from rag.settings import Settings
from ui.markup import escape, isolated
from ui.session import Answering

_MENU = (
    '<nav class="gw-menu" aria-label="Drawer">'
    '<button type="button" class="gw-quiet" data-drawer="history" aria-expanded="false">Conversations</button>'
    '<button type="button" class="gw-quiet" data-drawer="settings" aria-expanded="false">Settings</button></nav>'
)


class Facts(NamedTuple):
    """What the banner tells. Where answers are extractive, ``model`` and ``host`` are None and ``why`` says why."""

    library: str
    papers: int
    notes: int
    model: str | None = None
    host: str | None = None
    why: str | None = None


def facts(assistant: Answering, settings: Settings) -> Facts:
    """The facts as they are now; another process may have added papers since."""
    papers = assistant.papers()
    notes = sum(p.text_kind == "note" for p in papers)
    name = str(assistant.library.describe()["name"])
    client = assistant.model()
    if client is None:
        return Facts(name, len(papers), notes, why=why_extractive(settings.llm, settings))
    return Facts(name, len(papers), notes, str(client.name), str(client.host))


def banner(told: Facts) -> str:
    """The page's header."""
    counted = f"{told.papers:,} paper{'' if told.papers == 1 else 's'}"
    if told.notes:
        counted += ", as our notes on them" if told.notes == told.papers else f", {told.notes:,} as our notes"
    if told.model is None:
        why = f' title="{escape(told.why)}"' if told.why else ""
        mode = f"<span{why}><b>extractive</b>: sentences as they stand, no model</span>"
    else:
        where = isolated(told.host or "")
        mode = f"<b>{isolated(told.model)}</b> writes at {where}; questions and abstracts are sent there"
    library = f'<b title="{escape(told.library)}">{isolated(_short(told.library))}</b>'
    rows = "".join(f"<li>{fact}</li>" for fact in (library, counted, mode))
    return f'<header class="gw-banner"><h1>Groundwork</h1><ul>{rows}</ul>{_MENU}</header>'


def _short(library: str) -> str:
    """A folder by its last two parts; the whole name is the tooltip."""
    parts = library.replace("\\", "/").rstrip("/").split("/")
    return library if len(parts) <= 3 or "://" in library else "…/" + "/".join(parts[-2:])
