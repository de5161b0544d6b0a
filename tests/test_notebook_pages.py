"""The explorer in real pages, JupyterLab and Notebook in headless Chromium: every control against the trace."""

import base64
import contextlib
import importlib.util
import json
import os
import re
import shutil
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from pathlib import Path

import numpy as np
import pytest
from pictures import moments_of, pixels

import rnnscope as rs
from rnnscope.figures.compare import drawn
from rnnscope.interventions.what_if import AS_IT_WAS, CHANGED
from rnnscope.session import Session
from rnnscope.session.frames import encode

TUTORIAL = Path(__file__).parent.parent / "tutorials" / "01_counting.ipynb"
CHROMIUM = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
NEEDED = ("playwright", "jupyterlab", "notebook", "ipykernel", "ipympl")
MISSING = [name for name in NEEDED if importlib.util.find_spec(name) is None] + ([] if CHROMIUM else ["Chromium"])
OFF = ("background-networking", "component-update", "sync")
FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", *(f"--disable-{name}" for name in OFF)]
EPOCHS = 8
PHASES = rs.cells.build("LSTM").phases
WAIT = 60

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(bool(MISSING), reason=f"pages need {', '.join(MISSING)}: pip install 'rnnscope[notebook]'"),
    pytest.mark.filterwarnings("default::ResourceWarning"),
]


class Notebook:
    """A notebook in a browser, of which nothing has run yet."""

    def __init__(self, browser, address, folder, width, height):
        self.folder, self.problems = folder, []
        self.page = browser.new_page(viewport={"width": width, "height": height})
        self.page.on("pageerror", lambda error: self.problems.append(str(error)))
        self.page.goto(address)
        self.page.wait_for_selector(".jp-Notebook .jp-CodeCell", timeout=WAIT * 1000)
        self.page.locator("text=/Python 3/").first.wait_for(state="attached", timeout=WAIT * 1000)
        self.page.wait_for_timeout(2000)
        self.problems.clear()  # those of a page that has not begun to run are its own

    def until(self, holds, seconds=WAIT, why=str):
        """Wait until something holds; if it never does, `why` tells more."""
        end = time.monotonic() + seconds
        while not holds():
            if time.monotonic() > end:
                self.page.screenshot(path=self.folder / "waited.png")
                raise AssertionError(f"waited {seconds} s for {holds} {why()}; see {self.folder}")
            self.page.wait_for_timeout(100)

    def run(self, number):
        """Run a cell."""
        self.page.locator(".jp-CodeCell .jp-InputArea-prompt").nth(number).click()
        self.page.keyboard.press("Control+Enter")


class Page(Notebook):
    """The tutorial in a browser, after all of it has run."""

    def __init__(self, browser, address, folder, width):
        super().__init__(browser, address, folder, width, 1000)
        self.page.get_by_role("menuitem", name="Run", exact=True).click()
        self.page.get_by_text("Run All Cells", exact=True).click()
        self.until(lambda: (folder / "done").exists())
        assert self.page.locator(".jp-OutputArea-output[data-mime-type*=error]").count() == 0
        self.until(lambda: self.page.locator(".rnnscope-explorer").count() == 3)


class Shown:
    """An explorer in a page, and the traces that it shows."""

    def __init__(self, page, place, traces, views):
        self.page, self.traces, self.views = page, traces, list(views)
        self.root = page.page.locator(".rnnscope-explorer").nth(place)
        self.root.scroll_into_view_if_needed()

    @property
    def cursor(self):
        return rs.Cursor.parse(self.root.get_by_label("cursor").input_value())

    def images(self):
        """Return the bytes of the pictures as the page holds them."""
        return images_of(self.root)

    def expected(self):
        """Return what the pictures are to be at the cursor of the page."""
        session = Session(self.traces, self.views, self.cursor)
        session.place(False, self.root.locator(".rnnscope-stage").evaluate("stage => stage.clientWidth"))
        moments = moments_of(self.traces, self.cursor)
        return [drawn(moments, view, most=session.widest) for view in self.views]

    def agrees(self, **wanted):
        """Check that the cursor is where it should be, and that the pictures have the pixels of that moment."""
        self.page.until(lambda: all(getattr(self.cursor, name) == value for name, value in wanted.items()))
        pictures = [picture.frame() for picture in self.expected()]
        self.page.until(lambda: same(self.images(), pictures), why=self.differing)

    def differing(self):
        """Say which pictures are not those of the trace, and keep them."""
        pairs = zip(self.views, self.images(), [picture.frame() for picture in self.expected()], strict=False)
        wrong = [(view, shown, expected) for view, shown, expected in pairs if not same([shown], [expected])]
        for view, shown, expected in wrong:
            (self.page.folder / f"{view}-shown.png").write_bytes(shown)
            (self.page.folder / f"{view}-expected.png").write_bytes(encode(expected))
        messages = self.root.get_by_role("alert").all_inner_texts()
        return f"at {self.cursor}: {[view for view, *_ in wrong]}, {messages}"

    def slide(self, place, key):
        """Move a slider by a key."""
        self.root.locator("[role=slider]").nth(place).focus()
        self.page.page.keyboard.press(key)

    def press(self, key):
        """Press a key after a click on a picture, at a place that means nothing."""
        self.root.locator("img").first.click(position={"x": 2, "y": 2})
        self.page.page.keyboard.press(key)

    def click_picture(self, number, axes, place):
        """Click on a picture, at a place of a panel in its own units."""
        image, figure = self.root.locator("img").nth(number), axes.get_figure(root=True)
        image.scroll_into_view_if_needed()
        across, up = axes.transData.transform(place)
        size = image.bounding_box()
        spot = {"x": across / figure.bbox.width * size["width"], "y": (1 - up / figure.bbox.height) * size["height"]}
        image.click(position=spot)

    def click(self, name):
        """Click a button."""
        self.root.get_by_role("button", name=name, exact=True).first.click()

    def words(self):
        """Return the text that says what is shown."""
        return self.root.locator("[aria-live]").inner_text()


def images_of(root):
    """Return the bytes of the pictures in a part of a page as the page holds them."""
    script = """async images => Promise.all(images.map(async image => {
        const bytes = new Uint8Array(await (await fetch(image.src)).arrayBuffer());
        return btoa(Array.from(bytes, byte => String.fromCharCode(byte)).join(''));
    }))"""
    return [base64.b64decode(text) for text in root.locator("img").evaluate_all(script)]


def same(images, pictures):
    """Say whether encoded images have the pixels of some pictures."""
    return len(images) == len(pictures) and all(map(np.array_equal, map(pixels, images), pictures))


@contextlib.contextmanager
def serving(kind, folder):
    """Run a server of notebooks in a folder; its address."""
    with socket.socket() as free:
        free.bind(("localhost", 0))
        port = free.getsockname()[1]
    own = {name: str(folder / name) for name in ("JUPYTER_CONFIG_DIR", "JUPYTER_DATA_DIR", "IPYTHONDIR", "HOME")}
    path = os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]])
    options = ["--no-browser", "--allow-root", f"--port={port}", "--ServerApp.port_retries=0"]
    options += ["--IdentityProvider.token=t", f"--ServerApp.root_dir={folder}"]
    command = [sys.executable, "-m", {"lab": "jupyterlab", "notebook": "notebook"}[kind], *options]
    with (folder / "server.log").open("w") as log:
        server = subprocess.Popen(command, env={**os.environ, **own, "PATH": path}, stdout=log, stderr=log)
    address = f"http://localhost:{port}"
    try:
        for _ in range(WAIT * 5):
            with contextlib.suppress(urllib.error.URLError, ConnectionError):
                urllib.request.urlopen(f"{address}/api?token=t").close()
                break
            assert server.poll() is None, (folder / "server.log").read_text()
            time.sleep(0.2)
        yield f"{address}/{'lab/tree' if kind == 'lab' else 'notebooks'}/page.ipynb?token=t"
    finally:
        server.terminate()
        server.wait()


@contextlib.contextmanager
def opened(kind, folder):
    """Run a server of the notebook in a folder, and a browser; the browser, and the address of the notebook."""
    from playwright.sync_api import sync_playwright

    with serving(kind, folder) as address, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        yield browser, address
        browser.close()


def write_notebook(folder, sources):
    """Write a notebook of some cells of code into a folder."""
    cell = {"cell_type": "code", "execution_count": None, "metadata": {}, "outputs": []}
    cells = [{**cell, "source": source, "id": f"cell-{k}"} for k, source in enumerate(sources)]
    kernel = {"display_name": "Python 3", "language": "python", "name": "python3"}
    notebook = {"cells": cells, "metadata": {"kernelspec": kernel}, "nbformat": 4, "nbformat_minor": 5}
    (folder / "page.ipynb").write_text(json.dumps(notebook), encoding="utf-8")


def notebook(backend):
    """Return the tutorial with a short training, the explorer shown twice, and its traces written to files."""
    page = json.loads(TUTORIAL.read_text(encoding="utf-8"))
    train = next(cell for cell in page["cells"] if "EPOCHS = " in "".join(cell["source"]))
    train["source"] = re.sub(r"UNITS, EPOCHS = 300, \d+", f"UNITS, EPOCHS = 300, {EPOCHS}", "".join(train["source"]))
    assert f"EPOCHS = 300, {EPOCHS}" in train["source"]
    told = 'lambda _: open("threads", "a").write(threading.current_thread().name + "\\n")'
    watched = f"import threading\n\nexplorer.observe_cursor({told})\nexplorer"
    last = 'for name in traces:\n    traces[name].save(f"{name}.npz")\nopen("done", "w").close()'
    for source in (watched, last):
        page["cells"].append({**train, "source": source, "id": f"more-{len(source)}"})
    page["cells"].insert(0, {**train, "source": f"%matplotlib {backend}", "id": "backend"})
    return json.dumps(page)


PLACES = {
    "lab": ("lab", "inline", 1024),
    "notebook": ("notebook", "inline", 1400),
    "lab-with-ipympl": ("lab", "widget", 1400),
}
EVERYWHERE = (
    "keys_step",
    "all_is_drawn",
    "fits_the_page",
    "clicks_go",
    "reopened",
    "stay",
)
"""What is tested in every place; all else in the first one."""


def pytest_generate_tests(metafunc):
    """Run the tests that depend on the page around an explorer in every kind of page, the others in one."""
    if "page" in metafunc.fixturenames:
        is_everywhere = any(words in metafunc.function.__name__ for words in EVERYWHERE)
        places = list(PLACES.items())[: None if is_everywhere else 1]
        ids = [name for name, _ in places]
        metafunc.parametrize("page", [place for _, place in places], indirect=True, ids=ids, scope="module")


@pytest.fixture(scope="module")
def page(request, tmp_path_factory):
    """A page in which the tutorial has been run."""
    kind, backend, width = request.param
    folder = tmp_path_factory.mktemp(kind)
    (folder / "page.ipynb").write_text(notebook(backend), encoding="utf-8")
    with opened(kind, folder) as (browser, address):
        yield Page(browser, address, folder, width)


@pytest.fixture
def explorer(page):
    """The explorer of the LSTM, at a moment in the midst."""
    shown = Shown(page, 0, {"": rs.load_trace(page.folder / "LSTM.npz")}, ("network", "cell", "equation", "training"))
    paste(shown, f"Cursor(epoch={EPOCHS - 2}, layer='lstm', sample=1, time=1, unit=3, phase='g')")
    shown.agrees(epoch=EPOCHS - 2, layer="lstm", sample=1, time=1, unit=3, phase="g", direction="forward")
    return shown


def paste(shown, text):
    """Paste a cursor into its field."""
    field = shown.root.get_by_label("cursor")
    field.fill(text)
    field.press("Enter")


class TestExplorer:
    """Every control of the explorer."""

    def test_sliders_move_by_keyboard(self, explorer):
        explorer.slide(0, "ArrowLeft")
        explorer.agrees(epoch=EPOCHS - 3)
        explorer.slide(1, "ArrowRight")
        explorer.agrees(time=2)
        explorer.slide(2, "ArrowLeft")
        explorer.agrees(phase=PHASES[PHASES.index("g") - 1])
        explorer.slide(0, "Home")
        explorer.slide(2, "End")
        explorer.agrees(epoch=0, phase="h")
        assert explorer.page.problems == []

    def test_keys_step(self, explorer):
        steps = [("]", {"phase": "o"}), ("[", {"phase": "g"}), ("ArrowRight", {"time": 2}), ("ArrowLeft", {"time": 1})]
        for key, wanted in [*steps, ("PageUp", {"epoch": EPOCHS - 3}), ("PageDown", {"epoch": EPOCHS - 2})]:
            explorer.press(key)
            explorer.agrees(**wanted)
        explorer.slide(0, "]")  # the focus may be anywhere in the explorer
        explorer.agrees(phase="o", epoch=EPOCHS - 2)

    def test_buttons_step_and_play(self, explorer):
        explorer.root.get_by_title("one step on: phase").click()
        explorer.agrees(phase="o")
        explorer.root.get_by_title("one step back: epoch").click()
        explorer.agrees(epoch=EPOCHS - 3)
        explorer.root.get_by_label("speed").select_option(label="16 / s")
        explorer.root.get_by_title("play: phase").click()
        explorer.page.until(lambda: explorer.cursor.layer == "lstm_1")
        explorer.root.get_by_title("pause: phase").click()
        stays(explorer)

    def test_space_plays_and_pauses(self, explorer):
        explorer.press(" ")
        explorer.page.until(lambda: explorer.cursor.time != 1)
        explorer.page.page.keyboard.press(" ")
        stays(explorer)

    def test_layer_sample_and_unit(self, explorer):
        explorer.root.get_by_label("layer").select_option(label="lstm_1")
        explorer.agrees(layer="lstm_1")
        for name, value in (("sample", 4), ("unit", 217)):
            field = explorer.root.get_by_label(name, exact=True)
            field.fill(str(value))
            field.press("Enter")
            explorer.agrees(**{name: value})
        explorer.click("largest")
        explorer.agrees(unit="largest")
        found = explorer.cursor.at(explorer.traces[""]).unit
        assert explorer.root.get_by_label("unit", exact=True).input_value() == str(found)
        explorer.click("largest")
        explorer.agrees(unit=found)

    def test_direction(self, explorer):
        explorer.click("backward")
        explorer.agrees(direction="backward")
        explorer.press("]")
        explorer.agrees(phase=PHASES[PHASES.index("g") - 1], time=1)
        explorer.click("forward")
        explorer.agrees(direction="forward")

    def test_views_and_words(self, explorer):
        explorer.click("network")
        explorer.views = ["cell", "equation", "training"]
        explorer.agrees()
        explorer.click("gates")
        explorer.views += ["gates"]
        explorer.agrees()
        explorer.click("in words")
        for phase in ("g", "o"):
            explorer.agrees(phase=phase)
            said = [line for picture in explorer.expected() for line in picture.alt.splitlines()]
            explorer.page.until(lambda said=said: "".join(explorer.words().split()) == "".join("".join(said).split()))
            explorer.press("]")
        explorer.click("in words")
        for view in ("gates", "cell", "equation", "training"):
            explorer.click(view)
        for view in ("network", "cell", "equation", "training"):
            explorer.click(view)
        explorer.views = ["network", "cell", "equation", "training"]
        explorer.agrees()

    def test_a_faulty_text_is_a_message(self, explorer):
        before = explorer.images()
        paste(explorer, "Cursor(epoch=12345)")
        explorer.page.until(lambda: "got 12345" in explorer.root.get_by_role("alert").inner_text())
        assert explorer.images() == before
        paste(explorer, "import os")
        explorer.page.until(lambda: "Cursor(epoch=40, time=2)" in explorer.root.get_by_role("alert").inner_text())
        explorer.press("]")
        explorer.page.until(lambda: explorer.root.get_by_role("alert").count() == 0)

    def test_shown_twice_it_stays_in_step(self, explorer):
        twin = Shown(explorer.page, 2, explorer.traces, explorer.views)
        explorer.press("]")
        twin.agrees(phase="o")
        twin.press("ArrowRight")
        twin.agrees(time=2)
        explorer.agrees(time=2)

    def test_all_is_drawn_where_cells_run(self, explorer):
        """Not in a thread of the kernel for events, where it would be drawn while a cell draws."""
        explorer.slide(1, "ArrowRight")
        explorer.press("]")
        explorer.click("backward")
        explorer.agrees(time=2, direction="backward")
        threads = (explorer.page.folder / "threads").read_text(encoding="utf-8").split()
        assert len(threads) > 1
        assert set(threads) == {"MainThread"}

    def test_it_fits_the_page(self, explorer):
        script = "root => [root.scrollWidth, root.clientWidth]"
        needed, there = explorer.root.evaluate(script)
        assert needed <= there + 1
        explorer.root.screenshot(path=explorer.page.folder / "explorer.png")

    def test_clicks_go_there(self, explorer):
        views = [picture.views[0] for picture in explorer.expected() if picture.frame().size]
        network, cell, _, training = views
        row = network.rows["lstm_1"]
        corner = np.array(row.box(2))
        explorer.click_picture(0, network.axes, corner + [row.grid.wide / 2, row.high / 3])
        explorer.agrees(layer="lstm_1", time=2)
        assert explorer.cursor.unit != 3
        boxes = cell.boxes
        explorer.click_picture(1, boxes.diagram.axes, boxes.places["f"])
        explorer.agrees(phase="f")
        explorer.press("]")
        explorer.agrees(phase=PHASES[PHASES.index("f") + 1], time=2)
        (panel,) = [axes for axes in training.host.child_axes if axes.get_xlabel() == "epoch"]
        low, high = panel.get_ylim()
        explorer.click_picture(3, panel, (1, (low * high) ** 0.5))
        explorer.agrees(epoch=1)
        assert explorer.page.problems == []

    def test_controls_stay_beside_pictures_on_a_laptop(self, explorer):
        page = explorer.page.page
        before = page.viewport_size
        page.set_viewport_size({"width": 1366, "height": 768})
        explorer.agrees()
        explorer.root.evaluate("root => root.scrollIntoView({block: 'start'})")
        slider, stage = explorer.root.locator("[role=slider]").first, explorer.root.locator(".rnnscope-stage")
        image = explorer.root.locator("img").first
        page.mouse.move(*(image.bounding_box()[side] + 100 for side in "xy"))
        tops = []
        for _ in range(3):
            tops.append((slider.bounding_box()["y"], image.bounding_box()["y"]))
            page.mouse.wheel(0, 300)
            page.wait_for_timeout(400)
        assert tops[0][1] - tops[2][1] > 400, "the page did not scroll"
        assert all(60 < top < 300 for top, _ in tops)
        assert stage.bounding_box()["x"] > slider.bounding_box()["x"] + slider.bounding_box()["width"]
        page.screenshot(path=explorer.page.folder / "laptop.png")
        page.set_viewport_size(before)

    def test_a_dark_theme_has_dark_pictures(self, explorer):
        page, body = explorer.page, explorer.page.page.locator("body")
        for is_light, corner in (("false", [17, 17, 17]), ("true", [255, 255, 255])):
            body.evaluate("(body, is) => { body.dataset.jpThemeLight = is; }", is_light)
            page.until(lambda wanted=corner: all(pixels(p)[0, 0, :3].tolist() == wanted for p in explorer.images()))
        explorer.agrees()

    def test_a_reopened_notebook_shows_the_moment_where_the_explorer_was(self, explorer):
        explorer.press("ArrowRight")
        explorer.agrees(time=2)
        page, folder = explorer.page.page, explorer.page.folder
        page.wait_for_timeout(1500)  # until it has come to rest
        page.keyboard.press("Control+s")

        def saved():
            with contextlib.suppress(json.JSONDecodeError):  # it is being written
                cells = json.loads((folder / "page.ipynb").read_text(encoding="utf-8"))["cells"]
                return [out.get("data", {}) for cell in cells for out in cell.get("outputs", ())]
            return []

        explorer.page.until(lambda: any(str(explorer.cursor) in "".join(d.get("text/plain", "")) for d in saved()))
        stills = [data for data in saved() if "rnnscope-still" in "".join(data.get("text/html", ""))]
        png = next(base64.b64decode(d["image/png"]) for d in stills if str(explorer.cursor) in "".join(d["text/plain"]))
        trusted = (folder / "page.ipynb").read_text(encoding="utf-8")
        notebook = json.loads(trusted)
        notebook["metadata"]["comes"] = "from elsewhere"  # which no one has signed
        (folder / "trusted.ipynb").write_text(trusted, encoding="utf-8")
        (folder / "foreign.ipynb").write_text(json.dumps(notebook), encoding="utf-8")
        for name in ("trusted", "foreign"):
            other = page.context.browser.new_page(viewport={"width": 1366, "height": 768})
            other.goto(page.url.partition("?")[0].replace("page.ipynb", f"{name}.ipynb") + "?token=t&reset")
            image = other.locator(f'img[alt^="{explorer.cursor}"]:visible').first
            image.wait_for(timeout=WAIT * 1000)
            shown = image.evaluate("image => image.src.split(',')[1]")
            assert base64.b64decode(shown) == png
            other.wait_for_timeout(3000)
            assert other.locator(".rnnscope-explorer:visible").count() == 0  # JupyterLab may open the other one too
            if name == "trusted":
                assert not any(missing.is_visible() for missing in other.get_by_text("model not found").all())
            other.screenshot(path=folder / f"{name}.png")
            other.close()

    def test_comparison(self, page):
        traces = {name: rs.load_trace(page.folder / f"{name}.npz") for name in ("SimpleRNN", "LSTM", "GRU")}
        shown = Shown(page, 1, traces, ["gates"])
        shown.agrees(epoch=EPOCHS - 1)
        shown.slide(2, "ArrowLeft")
        shown.agrees(phase={"SimpleRNN": "h", "LSTM": "c", "GRU": "h"})
        shown.slide(3, "Home")
        shown.agrees(phase={"SimpleRNN": "h", "LSTM": "c", "GRU": "z"})
        shown.slide(0, "PageUp")
        shown.agrees(epoch=EPOCHS - 2)
        shown.click("network")
        shown.views += ["network"]
        shown.agrees()
        shown.press("ArrowLeft")
        shown.agrees(time=2)
        shown.root.screenshot(path=page.folder / "comparison.png")
        assert page.problems == []


def stays(explorer):
    """Check that an explorer stands still, at a moment whose pictures it shows."""
    explorer.page.page.wait_for_timeout(500)
    before = explorer.cursor
    explorer.page.page.wait_for_timeout(700)
    assert explorer.cursor == before
    explorer.agrees()


def test_a_gate_is_held_by_the_panel_and_let_go_again(explorer):
    """Both passes are shown, the words say what is held, and taking it back brings back the old pixels."""
    page, root, (trace,) = explorer.page, explorer.root, explorer.traces.values()
    explorer.click("change something")
    root.get_by_label("hold").select_option(label="f   forget gate")
    explorer.agrees(phase="f")
    before, epoch = list(map(pixels, explorer.images())), explorer.cursor.epoch
    root.locator(".rnnscope-hands [role=slider]").focus()
    page.page.keyboard.press("Home")
    said = root.locator(".rnnscope-changes")
    page.until(lambda: said.count() and "f of layer 'lstm' is held at 0" in said.inner_text())
    passes = [rs.what_if(trace, *changes, epoch=epoch) for changes in ((), (rs.Hold("lstm", "f", 0.0),))]
    Shown(page, 0, dict(zip((AS_IT_WAS, CHANGED), passes, strict=True)), explorer.views).agrees(phase="f")
    explorer.click("undo")
    page.until(lambda: not said.count())
    explorer.agrees(phase="f")
    assert same(explorer.images(), before)
    explorer.click("change something")
    page.until(lambda: root.get_by_label("hold").count() == 0)
