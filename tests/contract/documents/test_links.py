"""Every link of the documents leads somewhere: to a file, to a heading, to a well-formed address."""

from collections.abc import Iterator
from pathlib import Path
from urllib.parse import unquote, urlsplit

import pytest

from tests.contract.documents.markdown import Document, documents, read

DOCUMENTS = documents()


def broken(document: Document) -> Iterator[str]:
    """The links of a document that lead nowhere, each with its line."""
    for link, line in document.links:
        parts = urlsplit(link)
        if parts.scheme or parts.netloc:
            # Hosts are not asked: a test that needs the network fails for reasons of its own.
            if parts.scheme not in {"http", "https", "mailto"} or not (parts.netloc or parts.path):
                yield f"{document.name}:{line}: {link} is no address"
            continue
        target = document.path.parent / unquote(parts.path) if parts.path else document.path
        if not target.exists():
            yield f"{document.name}:{line}: there is no {link}"
        elif parts.fragment and (target.suffix != ".md" or parts.fragment not in read(target).anchors):
            yield f"{document.name}:{line}: {link} has no such heading"


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda document: document.name)
def test_every_link_leads_somewhere(document: Document) -> None:
    assert list(broken(document)) == []


def test_the_documents_are_found() -> None:
    names = {document.name for document in DOCUMENTS}
    assert {"README.md", "gateway/README.md", "gateway/client/README.md", "tests/README.md"} <= names
    assert not any(name.startswith((".venv", "build")) for name in names)


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("[a](there.md)", []),
        ("[a](there.md#two-words-1)", []),
        ("[a](#here)\n# *Here*", []),
        ("<https://example.org/x>", []),
        ("[a](missing.md)", ["there is no missing.md"]),
        ("![a](missing.png)", ["there is no missing.png"]),
        ('<p>\n<img src="missing.png" alt="a">\n</p>', ["there is no missing.png"]),
        ("[a](there.md#two-words-2)", ["there.md#two-words-2 has no such heading"]),
        ("[a](#nowhere)", ["#nowhere has no such heading"]),
        ("[a](http://)", ["http:// is no address"]),
        ("[a](ftp://example.org)", ["ftp://example.org is no address"]),
    ],
)
def test_a_link_that_leads_nowhere_is_found(tmp_path: Path, text: str, found: list[str]) -> None:
    (tmp_path / "there.md").write_text("# Two words\n## Two `words`\n")
    (tmp_path / "x.md").write_text(text)
    assert [breach.partition(": ")[2] for breach in broken(read(tmp_path / "x.md"))] == found
