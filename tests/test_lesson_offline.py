"""A lesson on a page without a kernel, from the first stop to the last, by clicks and keys alone."""

import pytest
from test_notebook_pages import CHROMIUM, FLAGS, WAIT, pytestmark  # noqa: F401

import rnnscope as rs
from rnnscope.lessons.nets import trace_of


@pytest.mark.parametrize(("lang", "size"), [("en", (1280, 800)), ("ko", (390, 844))])
def test_a_lesson_on_a_page_without_a_kernel(lang, size, tmp_path):
    """From its first stop to its last by clicks and keys: the page goes to each moment, and asks for nothing."""
    from playwright.sync_api import sync_playwright

    trace = trace_of(rs.lessons.read("lstm").net, "lstm")
    rs.export_html(trace, tmp_path / "lesson.html", lesson="lstm", lang=lang, epochs=6, verbose=False)
    stops, problems = rs.lessons.lecture("lstm", trace, lang=lang).data()["stops"], []
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        page = browser.new_page(viewport=dict(zip(("width", "height"), size, strict=True)))
        page.on("pageerror", lambda error: problems.append(str(error)))
        page.on("console", lambda message: problems.append(message.text))
        page.on("request", lambda request: problems.extend([request.url] if request.url.startswith("http") else []))
        page.goto((tmp_path / "lesson.html").as_uri())
        box = page.locator(".rnnscope-lesson")
        box.wait_for(timeout=WAIT * 1000)
        for number, stop in enumerate(stops):
            assert box.locator("h3").inner_text() == stop["title"]
            shown = page.evaluate("window.explorer.guide.moment")
            assert shown == {name: value for name, value in stop["moment"].items() if name in shown}
            question = stop["question"] or {"worked": False}
            views = (question["worked"] and question["views"]) or stop["views"]
            assert page.evaluate("[...window.explorer.views]") == views
            answer(page, box, stop["question"])
            page.screenshot(path=tmp_path / f"{number}.png")
            assert page.evaluate("document.documentElement.scrollWidth <= document.documentElement.clientWidth")
            if number < len(stops) - 1:
                box.locator(".rnnscope-lesson-next").click()
        assert box.locator(".rnnscope-lesson-end").is_visible()
        browser.close()
    assert problems == []


def answer(page, box, question):
    """Answer a question rightly, on a page without a kernel."""
    if question is None or question["worked"]:
        return
    if question["kind"] == "number":
        box.get_by_role("textbox").fill(f"{question['truth']:.6g}")
        page.keyboard.press("Enter")
    elif question["kind"] == "go":
        page.evaluate("document.activeElement.blur()")
        while not box.locator(".rnnscope-lesson-verdict").count():
            before = page.evaluate("window.explorer.at.time")
            page.keyboard.press("ArrowRight")
            assert page.evaluate("window.explorer.at.time") > before
    else:
        box.get_by_role("radio").nth(question["right"][0]).check()
        box.locator(".rnnscope-lesson-check").click()
    assert "rnnscope-lesson-right" in box.locator(".rnnscope-lesson-verdict").get_attribute("class")
