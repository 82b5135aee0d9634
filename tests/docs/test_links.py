"""What the documents point to exists: files, folders, and headings in them."""

import re
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import unquote

import pytest

from stitch_exp.config.schema import PROJECT

DOCUMENTS = sorted([*PROJECT.glob("*.md"), *(PROJECT / "docs").rglob("*.md")])
ELSEWHERE = re.compile(r"[a-z][a-z0-9+.-]*:|//", re.IGNORECASE)
LINK = re.compile(r"\]\(\s*<?([^)\s>]+)")
"""Of a link, of a picture, and of a picture in a link."""
REFERENCE = re.compile(r"^ {0,3}\[[^\]]+\]:\s*<?([^\s>]+)>?", re.MULTILINE)
ATTRIBUTE = re.compile(r"<(?:a|img)\b[^>]*?\b(?:href|src)=\"([^\"]+)\"")
FENCE = re.compile(r"^ {0,3}(```|~~~).*?^ {0,3}\1[^\n]*$", re.MULTILINE | re.DOTALL)
CODE = re.compile(r"(`+)(?!`).+?(?<!`)\1(?!`)", re.DOTALL)
HEADING = re.compile(r"^ {0,3}#{1,6}\s+(.+?)\s*#*\s*$", re.MULTILINE)


def links(text: str) -> Iterator[str]:
    """Targets in this repository of a document's links and pictures; what is code is not a link."""
    text = CODE.sub("", FENCE.sub("", text))
    for pattern in (LINK, REFERENCE, ATTRIBUTE):
        yield from (target for target in pattern.findall(text) if not ELSEWHERE.match(target))


def anchors(text: str) -> set[str]:
    """The `#names` of a document's headings, by the rule of GitHub; the second of a name ends in -1."""
    found: set[str] = set()
    for heading in HEADING.findall(FENCE.sub("", text)):
        shown = re.sub(r"!?\[([^\]]*)\]\([^)]*\)", r"\1", heading)
        name = re.sub(r"[^\w\- ]", "", shown.lower()).replace(" ", "-")
        number = next(n for n in range(1000) if (f"{name}-{n}" if n else name) not in found)
        found.add(f"{name}-{number}" if number else name)
    return found


def dead(document: Path) -> list[str]:
    """Links of a document that lead nowhere."""
    wrong = []
    for target in links(document.read_text(encoding="utf-8")):
        path, _, anchor = target.partition("#")
        file = document.parent / unquote(path) if path else document
        if not file.exists() or (anchor and file.suffix == ".md" and anchor not in anchors(file.read_text("utf-8"))):
            wrong.append(target)
    return wrong


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: path.relative_to(PROJECT).as_posix())
def test_every_link_leads_somewhere(document: Path) -> None:
    assert dead(document) == []


def test_documents_link_to_each_other() -> None:
    """Otherwise nothing above would mean anything."""
    assert sum(len(list(links(path.read_text(encoding="utf-8")))) for path in DOCUMENTS) > 30


def test_dead_links_are_seen(tmp_path: Path) -> None:
    (tmp_path / "other.md").write_text("# A `code` & more\n## Twice\n## Twice\n```\n# no heading\n```\n")
    page = tmp_path / "page.md"
    page.write_text(
        '[a](other.md) [b](other.md#a-code--more) [c](other.md#twice-1) [d](#here) <img src="other.md">\n# Here\n'
        "[out](https://example.org/x) `[code](nothing.md)` [![in](gone.png)](other.md)\n"
        "```\n[fenced](nothing.md)\n```\n[e](other.md#no-heading) [f](#there) [g](gone%20too.md 't')\n[ref]: lost.md\n"
    )
    assert sorted(dead(page)) == ["#there", "gone%20too.md", "gone.png", "lost.md", "other.md#no-heading"]
