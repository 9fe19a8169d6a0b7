"""Pages in Markdown: the blocks that stand in them."""
import pathlib

ROOT = pathlib.Path(__file__).resolve().parents[2]


def blocks(page):
    """(kind, text) of each, in order; kind is what stands behind the first fence"""
    found, kind = [], None
    for line in page.read_text().splitlines(keepends=True):
        if not line.startswith("```"):
            if kind is not None:
                found[-1][1] += line
        elif kind is None:
            kind = line[3:].strip()
            found.append([kind, ""])
        else:
            kind = None
    assert kind is None, f"{page}: a block does not end"
    return [(kind, text) for kind, text in found]


def block(page, words):
    """the one without a kind, in a page of docs/ or the front page, that holds these words"""
    path = ROOT / page if page == "README.md" else ROOT / "docs" / page
    found = [text for kind, text in blocks(path) if kind == "" and words in text]
    assert len(found) == 1, (page, words, found)
    return found[0]
