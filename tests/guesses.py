"""Guesses in a lesson by keys and clicks, the same in a page and in a notebook."""

FAR = "12345"
"""A number that is no answer."""


def guess(tab, box, question, *, is_right):
    """Answer a question for a number, or for one of several."""
    if question["kind"] == "number":
        box.get_by_role("textbox").click()
        tab.keyboard.type(f"{question['truth']:.6g}" if is_right else FAR)
        tab.keyboard.press("Enter")
    else:
        chosen = question["right"][0] if is_right else min({0, 1, 2} - set(question["right"]))
        box.get_by_role("radio").nth(chosen).check()
        box.locator(".rnnscope-lesson-check").click()
