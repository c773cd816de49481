"""The drawer's settings: who writes the answers, how strictly, and from which papers. Held in memory, for one tab."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final, NamedTuple

import gradio as gr

from rag.errors import InputError
from ui.actions import INNER
from ui.markup import escape, isolated
from ui.session import Answering

AS_STARTED: Final = "as started"
EXTRACTIVE: Final = "the papers' own sentences"
WRITTEN: Final = "written by a model"
DROP: Final = "leave out"
FLAG: Final = "keep, and mark"
STRICT: Final = "leave out, and all that is not fully supported"
_STRICTNESS: Final = {DROP: "drop", FLAG: "flag", STRICT: "strict"}
_SCOPE: Final = "For Chat, Survey and Check, in this tab of the browser."
_LONGEST: Final = 500
_YEARS: Final = (1900, 2100)


class Choices(NamedTuple):
    """What one reader has chosen. Every field comes from the browser, and none of it is ever written to disk."""

    mode: str = AS_STARTED
    model: str = ""
    base_url: str = ""
    key: str = ""
    strictness: str = ""
    since: str = ""
    until: str = ""
    organisation: str = ""
    source: str = ""
    dated_only: bool = False

    def __repr__(self) -> str:
        return f"Choices(mode={self.mode!r}, model={self.model!r})"  # never the key

    @property
    def filters(self) -> dict[str, Any]:
        """The filters as keyword arguments of the assistant's verbs; those that are not set are left out.

        Raises:
            InputError: a year is none.
        """
        found = {
            "since": _year(self.since),
            "until": _year(self.until),
            "organisation": _several(self.organisation),
            "source": _several(self.source),
            "dated_only": bool(self.dated_only),
        }
        return {name: value for name, value in found.items() if value}

    def answering(self, assistant: Answering, base: str | None, strictness: str, *, may_configure: bool) -> Answering:
        """The assistant that answers for this reader: the given one where nothing else is chosen.

        Args:
            base, strictness: the address of the model's server and the strictness that this page was started with.
            may_configure: whether a reader may name a model, a server and a key.

        Raises:
            SettingsError, ModelNotFoundError: a value is none.
        """
        values: dict[str, Any] = {}
        if _STRICTNESS.get(self.strictness, strictness) != strictness:
            values["strictness"] = _STRICTNESS[self.strictness]
        llm: str | None = None
        if self.mode == EXTRACTIVE:
            llm = "off"
        elif self.mode == WRITTEN and may_configure:
            llm = self.model.strip() or "auto"
            address = self.base_url.strip()
            if address and address != (base or ""):
                # The key that the page was started with is for its own server, and goes to no other.
                values |= {"base_url": address, "api_key": self.key.strip() or None}
            elif self.key.strip():
                values["api_key"] = self.key.strip()
        return assistant if llm is None and not values else assistant.configured(llm=llm, **values)


def _year(text: str) -> int | None:
    """The year that a text names; InputError where it names none."""
    given = (text or "").strip()
    if not given:
        return None
    if not (given.isdecimal() and _YEARS[0] <= int(given) <= _YEARS[1]):
        raise InputError(f"{given!r} is no year", f"Give one from {_YEARS[0]} to {_YEARS[1]}, or leave it out")
    return int(given)


def _several(text: str) -> list[str] | None:
    return [part for p in (text or "").split(",") if (part := p.strip())] or None


def shown_filters(choices: Choices) -> str:
    """The filters that are set, as one line for every tab to see; nothing where none is."""
    try:
        filters = choices.filters
    except InputError as error:
        return f'<p class="gw-notice" role="status">{isolated(error.message)}. {isolated(error.remedy)}.</p>'
    words = {"since": "from {}", "until": "to {}", "organisation": "of {}", "source": "from the files {}"}
    told = [
        words[name].format(escape(", ".join(value) if isinstance(value, list) else str(value)))
        for name, value in filters.items()
        if name in words
    ]
    if not filters:
        return ""
    if filters.get("dated_only"):
        told.append("with a date")
    elif "since" in filters or "until" in filters:
        told.append("or without a date")
    change = '<button type="button" class="gw-quiet gw-go" data-drawer="settings">Change</button>'
    return f'<p class="gw-notice" role="status">Only papers {" ".join(told)}. {change}</p>'


class Given(NamedTuple):
    """The components of the drawer, in the order of :class:`Choices`."""

    mode: gr.Radio
    model: gr.Textbox
    base_url: gr.Textbox
    key: gr.Textbox
    strictness: gr.Radio
    since: gr.Textbox
    until: gr.Textbox
    organisation: gr.Textbox
    source: gr.Textbox
    dated_only: gr.Checkbox


class Drawer(NamedTuple):
    """What the tabs need of the drawer: its components, and the assistant that answers for what a reader has chosen."""

    given: Given
    choose: Callable[[Choices], Answering]

    def reader(self, given: Sequence[Any]) -> Reader:
        """Who asks, by the values of the components."""
        choices = Choices(*given)
        return Reader(lambda: self.choose(choices), lambda: choices.filters)


class Reader(NamedTuple):
    """One reader's choices as the tabs use them. Both raise what :class:`Choices` raises, so call them where failures
    become words.
    """

    assistant: Callable[[], Answering]
    filters: Callable[[], Mapping[str, Any]]


def settings_face(*, may_configure: bool, strictness: str) -> Given:
    """Lay out the settings; call it inside the drawer."""
    chosen = next((name for name, value in _STRICTNESS.items() if value == strictness), DROP)
    with gr.Column(elem_id="gw-settings", elem_classes=["gw-face"]):
        gr.HTML(_head("Settings") + f'<p class="gw-why">{_SCOPE}</p>', apply_default_css=False)
        modes = [AS_STARTED, EXTRACTIVE, *([WRITTEN] if may_configure else [])]
        mode = gr.Radio(modes, value=AS_STARTED, label="Answers")
        told = "Questions and abstracts go to that server. The key stays in memory, for this tab."
        with gr.Column(visible=False, elem_classes=["gw-model"]) as named:
            model = gr.Textbox(label="Model", placeholder="as started", max_length=_LONGEST)
            base_url = gr.Textbox(label="Server", placeholder="https://api.openai.com/v1", max_length=_LONGEST)
            key = gr.Textbox(label="Key", type="password", max_length=_LONGEST, html_attributes=_unkept())
            gr.HTML(f'<p class="gw-why">{told}</p>', apply_default_css=False)
        strict = gr.Radio(list(_STRICTNESS), value=chosen, label="A written claim that fails its checks")
        with gr.Row():
            since = gr.Textbox(label="From year", placeholder="any", max_length=4, min_width=100)
            until = gr.Textbox(label="To year", placeholder="any", max_length=4, min_width=100)
        dated_only = gr.Checkbox(label="Leave out papers without a date")
        organisation = gr.Textbox(label="Organisations", placeholder="any; several with commas", max_length=_LONGEST)
        source = gr.Textbox(label="Files", placeholder="any; *.bib", max_length=_LONGEST)
    mode.change(
        lambda picked: gr.Column(visible=picked == WRITTEN),
        [mode],
        [named],
        queue=False,
        **INNER,
    )
    return Given(mode, model, base_url, key, strict, since, until, organisation, source, dated_only)


def _unkept() -> gr.InputHTMLAttributes:
    """A key is no password of this site: the browser is not to keep it."""
    return gr.InputHTMLAttributes(autocomplete="off", spellcheck=False)


def _head(title: str) -> str:
    """The title, the way to the drawer's other face, and the way out."""
    other = {"Settings": "history", "Conversations": "settings"}[title]
    named = "Conversations" if other == "history" else "Settings"
    return (
        f'<p class="gw-drawer-head"><b>{title}</b>'
        f'<button type="button" class="gw-quiet" data-drawer="{other}" aria-expanded="false">{named}</button>'
        '<button type="button" class="gw-quiet" data-drawer="" aria-label="Close">Close</button></p>'
    )


def history_head() -> str:
    """The head of the drawer's other face."""
    return _head("Conversations")
