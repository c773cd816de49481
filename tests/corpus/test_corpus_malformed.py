"""Broken input: one line in the report each, with its place and a remedy, and nothing else lost."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from rag.corpus import FORMATS, Corpus, Reader, read_sources
from rag.errors import UnknownFormatError
from rag.paper import Rejection

Put = Callable[..., Path]
GOOD = ['{"title": "One", "abstract": "First words."}', '{"title": "Two", "abstract": "Second words."}']


def _titles(corpus: Corpus) -> list[str]:
    return [paper.title for paper in corpus.papers]


def _rejected(corpus: Corpus) -> list[tuple[int | None, str]]:
    return [(item.line, item.reason) for item in corpus.rejected]


@pytest.mark.parametrize(
    ("bad", "reason"),
    [
        ('{"title": "Cut", "abstract": "half of', "JSON is broken"),
        ('{"title": "Cut"', "JSON is broken"),
        ('{"title": "Nested", "abstract": {"a": 1}}', "abstract is not text"),
        ('{"abstract": "No title here."}', "no title"),
        ('{"title": "No text"}', "no abstract under 'No text'"),
        ('{"title": "Null", "abstract": null}', "no abstract"),
        ('{"title": "Signs", "abstract": " -- "}', "no abstract"),
        ('{"title": "Kind", "abstract": "A b.", "text_kind": "poem"}', "text_kind 'poem' is unknown"),
        ('"a string"', "no JSON object"),
        ("garbage", "JSON is broken"),
        ('{"title": ' + "[" * 100_000, "JSON"),
        ('{"title": "N", "abstract": ' + "9" * 5_000 + "}", "number that is too long"),
        (json.dumps({"title": "T" * 2_000, "abstract": "A b."}), "the title has 2,000 characters"),
        (json.dumps({"title": "Long", "abstract": "a b " * 20_000}), "has 79,999 characters (at most 50,000)"),
    ],
    ids=range(14),
)
def test_a_bad_line_of_json_costs_itself(put: Put, bad: str, reason: str) -> None:
    corpus = read_sources([put("a.jsonl", "\n".join([GOOD[0], bad, GOOD[1]]))])
    assert _titles(corpus) == ["One", "Two"]
    assert len(corpus.rejected) == 1 and corpus.rejected[0].line == 2
    assert reason in corpus.rejected[0].reason


def test_truncated_pretty_array_keeps_what_came_before(put: Put) -> None:
    whole = json.dumps([json.loads(line) for line in GOOD], indent=2)
    corpus = read_sources([put("a.json", whole[:-20])])
    assert _titles(corpus) == ["One"]
    assert [line for line, _ in _rejected(corpus)] == [6]


def test_broken_object_inside_an_array(put: Put) -> None:
    corpus = read_sources([put("a.json", f'[\n  {GOOD[0]},\n  {{"title": "Cut", }},\n  {GOOD[1]}\n]')])
    assert _titles(corpus) == ["One", "Two"]
    assert [line for line, _ in _rejected(corpus)] == [3]


def test_unknown_date_is_left_out_aloud(put: Put) -> None:
    corpus = read_sources([put("a.jsonl", '{"title": "T", "abstract": "A b.", "date": "last spring"}')])
    assert corpus.papers[0].published is None
    assert corpus.notices == [
        f"{corpus.papers[0].sources[0]}:1: the date 'last spring' is not understood and was left out; write it as 2024-03-07"
    ]


def test_csv_without_the_columns(put: Put) -> None:
    corpus = read_sources([put("a.csv", "name,year\nx,2024\n"), put("b.csv", "title;year\nx;2024\n")])
    assert _rejected(corpus) == [
        (1, "no column for the title and the abstract (found: name, year); name it in the first row"),
        (1, "no column for the abstract (found: title, year); name it in the first row"),
    ]


def test_csv_rows(put: Put) -> None:
    rows = ["title,abstract,year", "One,First words.,2024", "Cut", "Too,many,20,24", "", "Two,Second words.", ",,"]
    corpus = read_sources([put("a.csv", "\n".join(rows))])
    assert _titles(corpus) == ["One", "Two"]
    assert [(line, reason[:18]) for line, reason in _rejected(corpus)] == [
        (3, "no abstract under "),
        (4, "4 fields where the"),
    ]


@pytest.mark.parametrize("bad", ['Open,"quote', '"Open,quote', 'Bad,"a "b" c"'])
def test_csv_quotes(put: Put, bad: str) -> None:
    rows = ["title,abstract", "One,First words.", bad, 'Two,"Second, words."', "Three,Third words."]
    corpus = read_sources([put("a.csv", "\n".join(rows))])
    assert _titles(corpus) == ["One", "Two", "Three"]
    assert [line for line, _ in _rejected(corpus)] == [3]


def test_bibtex_blocks(put: Put) -> None:
    text = """@article{a, title={One}, abstract={First words.}}
@article{b, title={Broken, abstract={x}
@article{c, title={Two}, abstract={Second words.}}
@article{c, title={Three}, abstract={Third words.}}
@article{d, title={Four}, title={Five}, abstract={Fourth words.}}
@article{e, title={Bare}}
@article{f, title={Cut}, abstract={unclosed
"""
    corpus = read_sources([put("a.bib", text)])
    assert _titles(corpus) == ["One", "Two", "Three", "Four"]
    assert [(line, reason[:24]) for line, reason in _rejected(corpus)] == [
        (2, "the entry '@article{b' i"),
        (6, "no abstract under 'Bare'"),
        (7, "the entry '@article{f' i"),
    ]
    assert [notice.partition(".bib:")[2] for notice in corpus.notices] == [
        "4: the key 'c' is used twice; both entries were read",
        "5: the entry 'd' gives title twice; the first was read",
    ]


BOMB = '<?xml version="1.0"?>\n<!DOCTYPE b [<!ENTITY a "ha"><!ENTITY c "&a;&a;&a;">]>\n<feed>&c;</feed>'
EXTERNAL = '<?xml version="1.0"?>\n<!DOCTYPE b [<!ENTITY a SYSTEM "file:///etc/passwd">]>\n<feed>&a;</feed>'


@pytest.mark.parametrize("content", [BOMB, EXTERNAL])
def test_entities_are_refused(put: Put, content: str) -> None:
    corpus = read_sources([put("a.xml", content)])
    assert corpus.papers == []
    assert len(corpus.rejected) == 1 and "declares a document type or entities" in corpus.rejected[0].reason


def test_atom_broken_in_the_middle_keeps_the_entries_before(put: Put) -> None:
    entry = (
        "<entry><id>http://arxiv.org/abs/240{0}.00001</id><title>T{0}</title><summary>Words {0}.</summary></entry>\n"
    )
    text = '<feed xmlns="http://www.w3.org/2005/Atom">\n' + entry.format(1) + entry.format(2) + "<entry><title>T & U"
    corpus = read_sources([put("a.atom", text)])
    assert _titles(corpus) == ["T1", "T2"]
    assert len(corpus.rejected) == 1 and corpus.rejected[0].line == 4 and "XML is broken" in corpus.rejected[0].reason


def test_atom_error_of_the_service_and_deep_nesting(put: Put) -> None:
    feed = '<feed xmlns="http://www.w3.org/2005/Atom">'
    error = f"{feed}<entry><id>http://arxiv.org/api/errors#x</id><title>Error</title><summary>bad id</summary></entry></feed>"
    corpus = read_sources([put("a.atom", error), put("b.atom", feed + "<a>" * 100_000)])
    assert corpus.papers == []
    assert [reason.partition(" (")[0] for _, reason in _rejected(corpus)] == [
        "arXiv answered with an error",
        "the XML is broken",
    ]


def test_files_that_cannot_be_read(put: Put, tmp_path: Path) -> None:
    good = put("good.jsonl", "\n".join(GOOD))
    latin = put("latin.jsonl", GOOD[0].encode() + '\n{"title": "Café"'.encode("latin-1"))
    files = [
        tmp_path / "absent.txt",
        put("empty.jsonl", " \n"),
        latin,
        put("wide.txt", "Title\nText.".encode("utf-16")),
        put("paper.pdf", b"%PDF-1.7 \xe2\xe3"),
        put("noise.bin", bytes(range(256)) * 20),
        put("zeros.txt", b"\0" * 500),
        put("poem.txt", "Roses are red\nViolets are blue\n"),
        put("code.py", "import os\nprint('A title')\n"),
        good,
    ]
    corpus = read_sources(files)
    assert _titles(corpus) == ["One", "Two"]
    assert [item.file for item in corpus.rejected] == [str(path) for path in files[:-1]]
    expected = ["no such file", "is empty", "byte 0xe9 is not UTF-8", "UTF-16 text", "a PDF file"]
    expected += ["binary file", "binary file", "none of the formats we read", "none of the formats we read"]
    for item, part in zip(corpus.rejected, expected, strict=True):
        assert part in item.reason and "\n" not in str(item), item
    assert corpus.rejected[2].line == 2
    assert "pages" in corpus.rejected[7].reason and "--format" in corpus.rejected[7].reason


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read every file")
def test_forbidden_file(put: Put) -> None:
    path = put("a.jsonl", GOOD[0])
    path.chmod(0)
    assert "check its permissions" in read_sources([path]).rejected[0].reason


def test_pipe_does_not_hang(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    assert "no regular file" in read_sources([tmp_path / "pipe"]).rejected[0].reason


def test_unknown_format_name_is_an_error(put: Put) -> None:
    with pytest.raises(UnknownFormatError):
        read_sources([put("a.jsonl", GOOD[0])], format="word")


def test_unprintable_characters_are_dropped_and_counted(put: Put) -> None:
    raw = '{"title": "A\\u0000B", "abstract": "x\\ud800y\\u0007 z\\n\\u00a0 e\\u0301"}\n' + GOOD[0]
    corpus = read_sources([path := put("a.jsonl", raw), put("b.csv", "title,abstract\nNul\0s,In a table.\n")])
    assert [(paper.title, paper.abstract) for paper in corpus.papers] == [
        ("AB", "xy z \u00e9"),
        ("One", "First words."),
        ("Nuls", "In a table."),
    ]
    assert corpus.notices[0] == f"{path}: 3 unprintable characters dropped"
    assert corpus.notices[1].endswith("b.csv: 1 unprintable character dropped")


def test_byte_order_mark_and_a_file_named_twice(put: Put) -> None:
    path = put("a.jsonl", b"\xef\xbb\xbf" + GOOD[0].encode())
    seen: list[tuple[int, int, str]] = []
    corpus = read_sources([path, str(path)], progress=lambda *step: seen.append(step))
    assert _titles(corpus) == ["One"] and corpus.duplicates == []
    assert corpus.notices == [f"{path}: named twice; read once"]
    assert seen == [(1, 1, str(path))]
    assert _titles(read_sources(str(path))) == ["One"]


def test_format_that_finds_nothing_says_so(put: Put) -> None:
    corpus = read_sources([put("a.jsonl", GOOD[0])], format="bibtex")
    assert [item.reason for item in corpus.rejected] == [
        "there are no papers in it, read as BibTeX; name another format with --format"
    ]


PIECES = [
    "@a{b,",
    'title={"$\\%}',
    '"',
    "\n",
    ",",
    "<entry>",
    "&",
    "[]",
    "{}",
    "T",
    "Mar 7",
    "·",
    "• 3 authors",
    "\t",
    "}",
]


@pytest.mark.parametrize("reader", FORMATS, ids=lambda reader: reader.name)
@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    text=st.one_of(
        st.text(),
        st.lists(st.sampled_from(PIECES)).map("".join),
        st.text(alphabet='{}[]",:\\\n@=()<>&;%$#\t ab', max_size=80),
    )
)
@example(text="@a{b,\n title = {x}")
@example(text="[" * 200_000)
@example(text="<feed>" * 5_000)
@example(text='title,abstract\n"')
def test_no_text_makes_a_reader_raise(reader: Reader, text: str) -> None:
    text = text.encode("utf-8", "ignore").decode()
    reader.sniff(text, Path("a.txt"))
    for item in reader.read(text, "f"):
        assert isinstance(item, Rejection) or item.file == "f"
