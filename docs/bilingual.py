"""Two languages in one build: the Korean page of `x` is `ko/x`; each leads to the other, and Korean pages to their own.

A link in a Korean page is written as in the English one. Where it leads to no Korean page, it leads to the English one.
"""

import re
from pathlib import Path, PurePosixPath

from sphinx import addnodes

KOREAN = "ko/"
HOMES = {"en": "index", "ko": "ko/index"}
NAMES = {"en": "English", "ko": "한국어"}
HOME_NAMES = {"en": "English (home)", "ko": "한국어 (첫 화면)"}
LABELS = {"en": "Language", "ko": "언어"}
WORDS = {
    "Back to top": "맨 위로",
    "Home": "첫 화면",
    "Made with ": "만든 도구: ",
    "Next": "다음",
    "On this page": "이 페이지의 내용",
    "Previous": "이전",
    "Search": "검색",
    "Skip to content": "본문으로 건너뛰기",
}
"""What the theme says around a page."""

TARGET = re.compile(r"(?<=\]\()[\w.][\w./]*|(?<=<)[\w.][\w./]*(?=>$)", re.MULTILINE)
"""Where a link of a page leads, or a titled line of a toctree."""


def setup(app):
    """Make each page speak its language."""
    app.connect("source-read", lead_to_english)
    app.connect("html-page-context", speak, priority=400)  # before the theme makes its sidebar
    return {"parallel_read_safe": True, "parallel_write_safe": True}


def is_there(page):
    """Say whether a page, with its ending or without, has a source."""
    return any(path.is_file() for path in (page, *(page.with_name(page.name + end) for end in (".md", ".ipynb"))))


def lead_to_english(app, docname, source):
    """Let the links of a Korean page that lead to no Korean page lead to the English one."""
    if not docname.startswith(KOREAN):
        return
    root = Path(app.srcdir)
    english = PurePosixPath(docname.removeprefix(KOREAN)).parent

    def target(found):
        page = (root / english / found[0]).resolve()
        if page.is_relative_to(root) and is_there(page):
            inside = page.relative_to(root).as_posix()
            return found[0] if is_there(root / KOREAN / inside) else f"/{inside}"
        return found[0]

    source[0] = TARGET.sub(target, source[0])


def speak(app, pagename, templatename, context, doctree):
    """Tell the templates the language of a page and the way to the other one; give a Korean page its own way around."""
    here, other = ("ko", "en") if pagename.startswith(KOREAN) else ("en", "ko")
    partner = KOREAN + pagename if other == "ko" else pagename.removeprefix(KOREAN)
    has_partner = partner in app.env.found_docs
    name, link = (NAMES[other], partner) if has_partner else (HOME_NAMES[other], HOMES[other])
    way = {"code": other, "name": name, "link": context["pathto"](link)}
    sides = [way if code == other else {"code": here, "name": NAMES[here], "here": True} for code in NAMES]
    context["languages"] = {"label": LABELS[here], "sides": sides, "alternate": has_partner and way}
    if here == "ko":
        context |= {"language": "ko", "master_doc": HOMES["ko"], "_": in_korean, "gettext": in_korean}
        context["toctree"] = lambda **options: korean_tree(app, pagename, options)
        context |= neighbours(app, pagename, context["pathto"])


def in_korean(text):
    """Return what the theme says, in Korean where that is known."""
    return WORDS.get(text, text)


def korean_tree(app, pagename, options):
    """Return the list of Korean pages, as the sidebar shows it."""
    start = app.env.get_doctree(HOMES["ko"])
    resolve = app.env.resolve_toctree
    found = [resolve(pagename, app.builder, node, **options) for node in start.findall(addnodes.toctree)]
    return "".join(app.builder.render_partial(tree)["fragment"] for tree in found if tree is not None)


def in_order(env, page):
    """Yield a Korean page and those below it."""
    yield page
    for below in env.toctree_includes.get(page, ()):
        if below.startswith(KOREAN):
            yield from in_order(env, below)


def neighbours(app, pagename, pathto):
    """Return the Korean pages before and after a page, as the theme shows them."""
    pages = [None, *in_order(app.env, HOMES["ko"]), None]
    at = pages.index(pagename)
    found = {"prev": pages[at - 1], "next": pages[at + 1]}
    for name, page in found.items():
        if page:
            found[name] = {"link": pathto(page), "title": app.builder.render_partial(app.env.titles[page])["title"]}
    return found
