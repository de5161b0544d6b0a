"""A lesson in a real JupyterLab, from the first stop to the last, by clicks and keys alone, in both languages."""

import pytest
from guesses import guess
from pictures import pixels
from test_notebook_pages import Notebook, images_of, opened, pytestmark, same, write_notebook  # noqa: F401

import rnnscope as rs
from rnnscope.languages import speaking, tr
from rnnscope.session import Session

LANGUAGES = ("en", "ko")
CELL = """import rnnscope as rs

guided = rs.lesson("lstm", lang={lang!r})
guided.lecture.trace.save("{lang}.npz")
guided"""


class LessonPage:
    """A lesson in a notebook in a browser, beside what it should be."""

    def __init__(self, notebook, lang):
        self.notebook, self.page, self.lang = notebook, notebook.page, lang
        notebook.run(LANGUAGES.index(lang))
        self.box = self.page.locator(f".rnnscope-lesson[lang={lang}]")
        self.until(self.box.is_visible, "the lesson")
        self.root = self.page.locator(f".rnnscope-explorer:has(.rnnscope-lesson[lang={lang}])")
        self.trace = rs.load_trace(notebook.folder / f"{lang}.npz")
        self.lecture = rs.lessons.lecture("lstm", self.trace, lang=lang)
        self.stops = self.lecture.data()["stops"]

    def until(self, holds, why):
        """Wait until something holds."""
        self.notebook.until(holds, why=lambda: f"({self.lang}: {why})")

    @property
    def cursor(self):
        """The moment that the pictures show."""
        with speaking(self.lang):
            return rs.Cursor.parse(self.root.get_by_label(tr("cursor")).input_value())

    def agrees(self, number, *, is_answered):
        """Check text, moment and pictures of a stop."""
        stop, shown = self.stops[number], self.lecture.stops[number]
        self.until(lambda: self.box.locator("h3").inner_text() == stop["title"], stop["title"])
        self.until(lambda: self.cursor == rs.Cursor(**stop["moment"]), f"{stop['moment']}, not {self.cursor}")
        views = (shown.answered_views if is_answered and shown.answered_views else shown.views) or ()
        for view in views:
            self.until(lambda view=view: self.root.locator(f".rnnscope-view-{view} img").is_visible(), f"view {view}")
        assert self.root.locator("img").count() == len(views)
        self.pictures(views, shown.changes if is_answered else ())
        assert self.root.get_by_role("alert").all_inner_texts() == []

    def pictures(self, views, changes):
        """Check that the pictures are those of the moment, with what is changed, to the pixel."""
        with speaking(self.lang):
            session = Session({"": self.trace}, (), self.cursor)
            session.place(False, self.root.locator(".rnnscope-stage").evaluate("stage => stage.clientWidth"))
            session.hands.set(changes)
            session.views = views
            expected = [pixels(session.png(view)) for view in views]
        self.until(lambda: same(images_of(self.root), expected), f"pictures of {views} at {self.cursor}")

    @property
    def verdict(self):
        """What is said of a guess."""
        return self.box.locator(".rnnscope-lesson-verdict").inner_text()

    def guess(self, question, *, is_right):
        """Answer a question by keys and clicks."""
        if question["kind"] == "go":
            self.root.locator("img").first.click(position={"x": 2, "y": 2})
            way = "ArrowRight" if self.cursor.time < question["to"] else "ArrowLeft"
            while self.cursor.time not in question["places"]:
                before = self.cursor.time
                self.page.keyboard.press(way)
                self.until(lambda before=before: self.cursor.time != before, "a step")
        else:
            guess(self.page, self.box, question, is_right=is_right)
        self.until(lambda: self.box.locator(".rnnscope-lesson-verdict").count() == 1, "a verdict")
        assert (
            "rnnscope-lesson-right" in self.box.locator(".rnnscope-lesson-verdict").get_attribute("class")
        ) == is_right

    def shot(self, name):
        """Keep a picture of the page, for people to look at."""
        self.page.screenshot(path=self.notebook.folder / f"{self.lang}-{name}.png")


@pytest.fixture(scope="module")
def pages(tmp_path_factory):
    """The notebook, with the lesson in both languages."""
    folder = tmp_path_factory.mktemp("lessons")
    write_notebook(folder, [CELL.format(lang=lang) for lang in LANGUAGES])
    with opened("lab", folder) as (browser, address):
        notebook = Notebook(browser, address, folder, 1280, 800)
        yield {lang: LessonPage(notebook, lang) for lang in LANGUAGES}
    assert notebook.problems == []


@pytest.mark.parametrize("lang", LANGUAGES)
def test_a_lesson_from_its_first_stop_to_its_last(pages, lang):
    """Wrong guesses in one language, right ones in the other; N and clicks by turns; the pictures follow."""
    page, is_right = pages[lang], lang == "en"
    next_button = page.box.locator(".rnnscope-lesson-next")
    for number, stop in enumerate(page.stops):
        question = stop["question"]
        is_asked = question is not None and not question["worked"]
        page.agrees(number, is_answered=question is not None and question["worked"])
        page.shot(f"{number}-asked")
        if is_asked:
            assert next_button.is_disabled() and page.box.locator(".rnnscope-lesson-verdict").count() == 0
            is_guessed_right = is_right or question["kind"] == "go"
            page.guess(question, is_right=is_guessed_right)
            if question["kind"] == "number":
                assert question["shown"] in page.verdict and page.box.locator("svg.rnnscope-lesson-line").is_visible()
            if question["kind"] != "go":
                page.agrees(number, is_answered=True)
            page.shot(f"{number}-answered")
        if number == len(page.stops) - 1:
            break
        if number % 2:
            page.box.locator("h3").click()
            page.page.keyboard.press("n")
        else:
            next_button.click()
    assert not next_button.is_visible() and page.box.locator(".rnnscope-lesson-end").is_visible()


def test_back_again_and_shown_answers(pages):
    """What was answered stays so; back and forth; and *Show me* shows."""
    page = pages["ko"]
    page.box.locator(".rnnscope-lesson-again").click()
    page.agrees(0, is_answered=False)
    for number in (1, 2):
        page.box.locator("h3").click()
        page.page.keyboard.press("n")
        page.until(lambda number=number: page.box.locator("h3").inner_text() == page.stops[number]["title"], "a stop")
    assert page.box.locator(".rnnscope-lesson-verdict").count() == 1
    page.page.keyboard.press("p")
    page.agrees(1, is_answered=True)
