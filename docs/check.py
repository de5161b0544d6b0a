"""Checks built pages: every link inside leads somewhere, every image has words. ``python docs/check.py HTML``."""

import sys
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote, urlsplit


class Page(HTMLParser):
    """The links, the places and the images of a page."""

    def __init__(self, path):
        super().__init__()
        self.links, self.places, self.wordless = [], set(), []
        self.feed(path.read_text(encoding="utf-8"))

    def handle_starttag(self, tag, attributes):
        """Note what a tag says."""
        found = dict(attributes)
        self.places |= {found[name] for name in ("id", "name") if found.get(name)}
        if tag == "a" and found.get("href"):
            self.links.append(found["href"])
        if tag in ("img", "iframe", "script") and found.get("src"):
            self.links.append(found["src"])
        words = found.get("alt") if tag == "img" else found.get("title") if tag == "iframe" else "none needed"
        if not words or words.endswith((".png", ".svg")):
            self.wordless.append(f"{tag} {found.get('src', '')[:80]}")


def problems(folder):
    """Return what is wrong, with its place."""
    pages = {path.resolve(): Page(path) for path in folder.rglob("*.html")}
    found = []
    for path, page in pages.items():
        here = path.relative_to(folder.resolve())
        found += [f"{here}: no words for {what}" for what in page.wordless]
        for link in page.links:
            parts = urlsplit(link)
            if parts.scheme or parts.netloc or link.startswith("data:"):
                continue
            target = (path.parent / unquote(parts.path)).resolve() if parts.path else path
            target = target / "index.html" if target.is_dir() else target
            if not target.exists():
                found.append(f"{here}: {link} leads nowhere")
            elif parts.fragment and target in pages and unquote(parts.fragment) not in pages[target].places:
                found.append(f"{here}: {link} leads to no place in {target.name}")
    return found


if __name__ == "__main__":
    wrong = problems(Path(sys.argv[1]))
    print("\n".join(sorted(set(wrong))), file=sys.stderr)
    sys.exit(bool(wrong))
