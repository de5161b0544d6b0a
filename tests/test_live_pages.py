"""Live training in a real JupyterLab: started, changed while it runs, paused, scrubbed, a gate held, interrupted."""

import json
import re

import numpy as np
import pytest
from test_notebook_pages import WAIT, Notebook, opened, paste, pytestmark, write_notebook  # noqa: F401

import rnnscope as rs

START = """import rnnscope as rs

task = rs.tasks.recall(4)
model = rs.Sequential([rs.LSTM(8, input_shape=task.x.shape[1:]), rs.Dense(1)], seed=0)
model.compile("adam", "mse")
live = rs.train_live(model, task.x[:64], task.y[:64], views=["memory", "training"], cursor=rs.Cursor(sample=3))
live"""
KEEP = """import json

live.trace.save("live.npz")
told = {"script": live.training.script, "state": live.training.state, "changes": [repr(c) for c in live.changes]}
told["weights"] = [array.tolist() for array in live.model.get_weights()]
open("told.json", "w").write(json.dumps(told))"""


class LivePage(Notebook):
    """A notebook with a live training in a browser."""

    def __init__(self, browser, address, folder):
        super().__init__(browser, address, folder, 1400, 1100)
        self.run(0)
        self.page.wait_for_selector(".rnnscope-live", timeout=WAIT * 1000)
        self.root = self.page.locator(".rnnscope-explorer").first
        self.until(lambda: self.status.startswith("Ready"))

    def until(self, holds):
        """Wait until something holds."""
        super().until(holds, why=lambda: f"{self.status}; {self.alerts}")

    @property
    def status(self):
        """How the training stands."""
        found = self.page.locator(".rnnscope-live-status")
        return found.first.inner_text() if found.count() else ""

    @property
    def alerts(self):
        """What went wrong."""
        return self.root.get_by_role("alert").all_inner_texts()

    @property
    def finished(self):
        """The newest epoch that the page says is done."""
        found = re.search(r"epoch (\d+)", self.status)
        return int(found[1]) if found else -1

    @property
    def cursor(self):
        """The moment that is shown."""
        return rs.Cursor.parse(self.root.get_by_label("cursor").input_value())

    def press(self, words):
        """Press a button."""
        self.root.locator("button.jupyter-button", has_text=re.compile(rf"^\s*{words}\s*$")).first.click()

    def told(self):
        """Return what the kernel says: its trace, weights, script, state and changes."""
        (self.folder / "told.json").unlink(missing_ok=True)
        self.run(1)
        self.until((self.folder / "told.json").exists)
        self.page.wait_for_timeout(200)
        return json.loads((self.folder / "told.json").read_text()), rs.load_trace(self.folder / "live.npz")

    def interrupt(self):
        """Interrupt the kernel, as its button does."""
        self.page.locator('[data-command="notebook:interrupt-kernel"]').first.click()


@pytest.fixture(scope="module")
def page(tmp_path_factory):
    """A page in which a live training waits to be started."""
    folder = tmp_path_factory.mktemp("live")
    write_notebook(folder, (START, KEEP))
    with opened("lab", folder) as (browser, address):
        yield LivePage(browser, address, folder)


def test_it_is_trained_changed_scrubbed_and_a_gate_is_held(page):
    page.root.get_by_label("speed").first.select_option(label="20 epochs / s")
    page.press("start")
    page.until(lambda: page.finished > 10)
    slider = page.root.locator(".rnnscope-live [role=slider]").first
    slider.focus()
    for _ in range(6):  # ten times the learning rate
        page.page.keyboard.press("ArrowRight")
    page.until(lambda: "learning rate 0.01" in page.status)
    changed = page.finished
    page.until(lambda: page.finished > changed + 30)
    page.press("pause")
    page.until(lambda: page.status.startswith("Paused"))
    told, trace = page.told()
    assert told["state"] == "paused" and trace.marks[-1][1] == "learning rate 0.01"
    as_by_script(told, trace)
    loss, first = np.array(trace.history["loss"]), trace.marks[0][0]
    before, after = loss[first - 10] - loss[first], loss[trace.marks[-1][0]] - loss[trace.marks[-1][0] + 10]
    assert after > 2 * before > 0, "the loss falls faster from the epoch of the change on"
    newest = page.cursor.epoch
    paste(page, f"Cursor(epoch={newest - 5}, sample=3)")
    page.until(lambda: page.cursor.epoch == newest - 5)
    held(page)


def as_by_script(told, trace):
    """Check the numbers against the same run by script."""
    task = rs.tasks.recall(4)
    model = rs.Sequential([rs.LSTM(8, input_shape=task.x.shape[1:]), rs.Dense(1)], seed=0)
    model.compile("adam", "mse")
    names = {"model": model, "x": task.x[:64], "y": task.y[:64]}
    exec(told["script"], names)
    for array, expected in zip(told["weights"], model.get_weights(), strict=True):
        np.testing.assert_array_equal(np.array(array, "float32"), expected)
    assert names["trace"].history == trace.history and names["trace"].marks == trace.marks
    np.testing.assert_array_equal(names["trace"]["lstm"]["f"], trace["lstm"]["f"])


def held(page):
    """Hold f at 0 at every step in all units by the panel: the picture says that memory is lost."""
    page.press("change something")
    page.press("forget at once")
    page.until(lambda: "f of layer 'lstm' is held at 0" in page.root.locator(".rnnscope-changes").inner_text())
    page.press("in words")
    page.until(lambda: "changed" in page.root.locator("[aria-live]").first.inner_text())
    told, _ = page.told()
    assert told["changes"] and "Hold" in told["changes"][0]
    words = page.root.locator("[aria-live]").first.inner_text()
    assert re.search(r"changed: .*f of layer 'lstm' is held at 0\. Most of c \(cell state\) is new: 100 % of it", words)
    page.press("undo all")
    page.until(lambda: page.root.locator(".rnnscope-changes").count() == 0)


def test_an_interrupt_of_the_kernel_pauses_it_and_keeps_the_trace(page):
    page.press("start")
    page.until(lambda: page.status.startswith("Training"))
    begun = page.finished
    page.until(lambda: page.finished > begun + 3)
    page.interrupt()
    page.until(lambda: page.status.startswith("Paused"))
    told, trace = page.told()
    assert told["state"] == "paused" and len(trace.history["loss"]) == trace.epochs[-1] + 1
    as_by_script(told, trace)


def test_back_to_the_start(page):
    page.press("back to the start")
    page.until(lambda: page.status.startswith("Ready"))
    page.press("10 epochs")
    page.until(lambda: page.status.startswith("Paused after epoch 9"))
    told, trace = page.told()
    assert trace.epochs.tolist() == list(range(10)) and not trace.marks
    as_by_script(told, trace)
