"""The ``rag`` command line: the lazy group of verbs and the one boundary where errors become exit codes.

Exit codes: 0 done; 1 the operation failed (one clear line); 2 usage; 3 abstained or nothing found; 4 a gate or check
did not hold; 70 internal; 130 interrupted.
"""

from __future__ import annotations

import importlib
import json
import logging
import os
import sys
from collections.abc import Sequence

import click

from rag import __version__
from rag.errors import InputError, RagError

# verb -> module:attribute, imported only when the verb is used or its help is asked for
_VERBS = {
    "ingest": ("rag.cli.ingest:ingest", "Read papers from files into a library."),
    "ask": ("rag.cli.ask:ask", "Answer a question with checked citations."),
    "chat": ("rag.cli.chat:chat", "Ask question after question; follow-ups are understood."),
    "chats": ("rag.cli.chats:chats", "List, show, export or delete kept conversations."),
    "search": ("rag.cli.search:search", "Find passages, with the reasons why."),
    "summarize": ("rag.cli.summarize:summarize", "Summarise what the library says on a topic."),
    "table": ("rag.cli.table:table", "Set the papers on a topic against columns."),
    "digest": ("rag.cli.digest:digest", "Say what is new on a page, beside what the library holds."),
    "batch": ("rag.cli.batch:batch", "Answer a file of questions; go on where a run ended."),
    "check": ("rag.cli.check:check", "Check a text against the papers, sentence by sentence."),
    "fetch": ("rag.cli.fetch:fetch", "Bring abstracts, authors, dates and links from arXiv."),
    "papers": ("rag.cli.papers:papers", "List, show, remove or export papers."),
    "reindex": ("rag.cli.reindex:reindex", "Rebuild the indexes from the stored papers."),
    "doctor": ("rag.cli.doctor:doctor", "Say what is set up, and what is wrong."),
}
# Verbs of the layers above, which `rag` must not import: found through entry points of this group.
_GROUP = "rag.commands"
_JOINED = {"eval": "Measure answers and judges; gate a change.", "ui": "Open the chat page in a browser."}


class _LazyGroup(click.Group):
    def list_commands(self, ctx: click.Context) -> list[str]:
        return [*_VERBS, *_JOINED]

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name in _VERBS:
            module, attribute = _VERBS[cmd_name][0].split(":")
            command: click.Command = getattr(importlib.import_module(module), attribute)
            return command
        if cmd_name in _JOINED:
            return _joined(cmd_name)
        return None

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        rows = [(name, text) for name, (_, text) in _VERBS.items()] + list(_JOINED.items())
        with formatter.section("Commands"):
            formatter.write_dl(rows)


def _joined(name: str) -> click.Command | None:
    from importlib.metadata import entry_points

    for point in entry_points(group=_GROUP, name=name):
        command: click.Command = point.load()
        return command
    return None


@click.group(cls=_LazyGroup, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.version_option(__version__, prog_name="rag")
def rag() -> None:
    """Ask a shelf of paper abstracts; every claim is cited, every citation quoted, every quote checked."""


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command line; returns the exit code and never raises."""
    arguments = list(sys.argv[1:] if argv is None else argv)
    as_json = "--json" in arguments
    logging.basicConfig(level=logging.WARNING, format="%(levelname)s %(name)s: %(message)s")
    # A model client logs request addresses at INFO and upwards only when asked to.
    for noisy in ("httpx", "httpcore", "openai", "chromadb", "filelock", "llama_index", "pylatexenc"):
        logging.getLogger(noisy).setLevel(logging.ERROR)
    try:
        result = rag.main(arguments, prog_name="rag", standalone_mode=False)
        sys.stdout.flush()
        return result if isinstance(result, int) else 0
    except click.exceptions.Exit as leaving:
        return leaving.exit_code
    except click.ClickException as error:
        if as_json:
            _print_error("UsageError", error.format_message(), "See rag --help")
        error.show(sys.stderr)
        return 2
    except (KeyboardInterrupt, click.exceptions.Abort):
        if as_json:
            _print_error("Interrupted", "interrupted before it was done", "Run it again")
        print("interrupted", file=sys.stderr)
        return 130
    except BrokenPipeError:
        # The reader of our output went away (rag ask ... | head); nothing is wrong.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    except RagError as error:
        from rag.cli.output import plain  # an error may quote what a file or a server said

        if as_json:
            _print_error(**error.as_dict())
        print(plain(f"rag: {error}"), file=sys.stderr)
        return 2 if isinstance(error, InputError) else 1
    except Exception as error:  # the one boundary: anything else is a defect of ours
        if os.environ.get("RAG_DEBUG"):
            raise
        if as_json:
            _print_error(type(error).__name__, "internal error", "Run again with RAG_DEBUG=1 and report the traceback")
        print(f"rag: internal error ({type(error).__name__}: {error}); RAG_DEBUG=1 shows where", file=sys.stderr)
        return 70


def _print_error(type: str, message: str, remedy: str) -> None:
    print(json.dumps({"error": {"type": type, "message": message, "remedy": remedy}}, ensure_ascii=False))


def run() -> None:
    """Entry point of the ``rag`` script."""
    sys.exit(main())


if __name__ == "__main__":
    run()
