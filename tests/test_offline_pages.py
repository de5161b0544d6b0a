"""The page without a kernel in headless Chromium, from a file, without a network: every control against the traces."""

import importlib.util
import json
import os
import shutil
import time
from dataclasses import replace

import numpy as np
import pytest
from guesses import guess
from pictures import pixels

import rnnscope as rs
from rnnscope.export.page.numbers import KEPT, levels_of
from rnnscope.figures.picture import Picture
from rnnscope.formulas import substitute
from rnnscope.lessons.nets import trace_of
from rnnscope.numbers import percent, written
from rnnscope.trace import Walk

CHROMIUM = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
MISSING = ([] if importlib.util.find_spec("playwright") else ["playwright"]) + ([] if CHROMIUM else ["Chromium"])
OFF = ("background-networking", "component-update", "sync")
FLAGS = ["--no-sandbox", "--disable-gpu", "--no-first-run", *(f"--disable-{name}" for name in OFF)]
NETS = ("SimpleRNN", "LSTM", "GRU")
UNITS, SAMPLES = [0, 2, 3], [0, 4]

AXE = os.environ.get("AXE_CORE", "")
"""Where axe-core lies, which checks how accessible a page is."""

PAGES = rs.cells.names()[::3]
"""Every third cell has a page here; the views of all of them are looked at in other tests."""

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(bool(MISSING), reason=f"pages need {', '.join(MISSING)}: pip install 'rnnscope[notebook]'"),
    pytest.mark.filterwarnings("default::ResourceWarning"),
]


def opened(browser, path, problems, **options):
    """Return a page in a browser that reaches no net; what it says, throws and asks for goes to the problems."""
    tab = browser.new_context(offline=True, **options).new_page()
    tab.on("console", lambda message: problems.append(message.text))
    tab.on("pageerror", lambda error: problems.append(str(error)))
    tab.on("request", lambda request: problems.extend([] if is_within(request.url) else [request.url]))
    tab.goto(path.as_uri())
    return tab


def is_within(url):
    """Say whether an address leads to the page itself, or to data in it."""
    return url.startswith(("file:", "data:"))


class Page:
    """A page in a browser, and the traces that it was made of."""

    def __init__(self, browser, path, traces, width=1400, height=900, **options):
        self.traces, self.walk, self.problems = traces, Walk(list(traces.values())), []
        self.figures = {}
        self.page = opened(browser, path, self.problems, viewport={"width": width, "height": height}, **options)
        self.until("window.explorer !== undefined")
        self.free()

    def until(self, holds, seconds=20):
        """Wait until an expression is true; the page itself may not evaluate text."""
        end = time.monotonic() + seconds
        while not self.page.evaluate(holds):
            assert time.monotonic() < end, f"waited {seconds} s for {holds}"
            self.page.wait_for_timeout(20)

    def at(self):
        """Return the moment that the page is at."""
        return self.page.evaluate("explorer.at")

    def cursor(self, k=0):
        """Return that moment in the k-th trace."""
        at, trace = self.at(), self.trace(k)
        layer = self.walk.names(self.walk.layers[at["layer"]])[k]
        phase = trace[layer].phases[at["phases"][k]]
        place = self.walk.epochs[at["epoch"]], layer, SAMPLES[at["sample"]], at["time"], UNITS[at["unit"]]
        return rs.Cursor(*place, phase, at["direction"])

    def cursor_of(self):
        """Return that moment as the page's address says it."""
        return self.page.evaluate("Object.fromEntries(new URLSearchParams(explorer.address.text()))")

    def drawn(self, view, k, cursor, most=None):
        """Return a view of the k-th trace at a moment, at most so many inches wide: drawn once, then moved."""
        key, draw, trace = (view, k, cursor.layer, cursor.direction, most), getattr(rs.figures, view), self.trace(k)
        if key not in self.figures:
            figure = draw(trace, replace(cursor, phase=None))  # as the page does: then it moves to the phase
            self.figures[key] = narrow(figure.views[0], most) if most else figure
        self.figures[key].update(cursor)
        return self.figures[key].views[0]

    def together(self, view, k, cursor):
        """Return the k-th of the views that compare all traces at a moment: drawn once, then moved."""
        if len(self.traces) == 1:
            return self.drawn(view, k, cursor)
        key = view, self.at()["layer"], cursor.direction
        if key not in self.figures:
            self.figures[key] = rs.figures.compare(self.traces, view, cursor, layout="stack")
        self.figures[key].update(cursor)
        return self.figures[key].views[k]

    def free(self):
        """Go to the stop that shows all views, and from there to the first moment."""
        self.page.evaluate("explorer.guide.goTo(explorer.guide.stops.length - 1)")
        self.page.evaluate(
            "explorer.go(explorer.walk.first({...explorer.at, ...explorer.page.start, epoch: 0}, 'phase'))"
        )

    def open(self):
        """Show the controls that are not in the bar."""
        self.page.get_by_role("button", name="More", exact=True).click()

    def trace(self, k):
        return list(self.traces.values())[k]

    def go(self, **changes):
        self.page.evaluate("changes => explorer.go({...explorer.at, ...changes})", changes)

    def texts(self, view, k=0):
        """Return the texts in a figure."""
        script = """([view, k]) => [...explorer.figures.get(`${view} ${k}`).element.querySelectorAll(".shown text")]
            .map((text) => text.textContent.trim()).filter((text) => text)"""
        return self.page.evaluate(script, [view, k])

    def check(self):
        """Compare everything on the page with what the figures show of the traces."""
        scales = self.scales()
        for k, trace in enumerate(self.traces.values()):
            cursor = self.cursor(k)
            self.check_cell(k, cursor)
            self.check_equation(k, trace, cursor, scales)
            self.check_gates(k, trace, cursor)
            self.check_training(k, cursor)
            self.check_memory(k, cursor)
        dangling = """[...document.querySelectorAll("svg use")].filter((use) =>
            !document.getElementById(use.getAttribute("href").slice(1))).length"""
        assert self.page.evaluate(dangling) == 0, "every mark is drawn"
        assert self.problems == []

    def scene(self, view, k):
        """Return what a figure shows: texts by group in order, bars by part, and how far groups have moved."""
        script = """([view, k]) => { const figure = explorer.figures.get(`${view} ${k}`), scene = figure.scene();
            const bar = (part) => part.style.display === "none" ? null
              : [Number(part.getAttribute("x")), Number(part.getAttribute("width"))];
            return { texts: (scene.texts ?? []).map(([name]) => figure.parts.get(name).textContent.trim()),
              bars: (scene.bars ?? []).map((given) => [given, bar(figure.parts.get(given[0]))]),
              moves: (scene.moves ?? []).map(([name]) => figure.parts.get(name).getAttribute("transform")) } }"""
        return self.page.evaluate(script, [view, k])

    def check_cell(self, k, cursor):
        shown, view = self.scene("cell", k), self.drawn("cell", k, cursor, most=9.0)
        drawn = [text.get_text() for text in view.numbers.texts.values()]
        assert [text for text in shown["texts"] if text] == [text for text in drawn if text], cursor
        bars = iter(shown["bars"])
        for key in view.boxes.gauges:
            (given, mean), (_, tick) = next(bars), next(bars)
            left, right, low, high = given[2:6]
            if key not in view.data.means:
                assert mean is None and tick is None, "not computed yet"
                continue

            def place(value, left=left, right=right, low=low, high=high):
                return left + (right - left) * (np.clip(value, low, high) - low) / (high - low)

            ends = sorted((place(0), place(view.data.means[key])))
            assert mean[0] == pytest.approx(ends[0], abs=0.3) and mean[1] == pytest.approx(ends[1] - ends[0], abs=0.8)
            assert tick[0] + tick[1] / 2 == pytest.approx(place(view.data.flows.values[key]), abs=0.3)

    def scales(self):
        """Return the scales of equations that the traces share."""
        found = {}
        for k in range(len(self.traces)):
            for name, scale in self.drawn("equation", k, self.cursor(k)).scale.items():
                found[name] = found[name].together(scale) if name in found else scale
        return found

    def check_equation(self, k, trace, cursor, scales):
        found, shown = substitute(trace, cursor), self.scene("equation", k)
        values = {term.name: term.value for term in found.terms}
        symbols = [values[str(piece)] for piece in found.equation.pieces if not isinstance(piece, str)]
        beside = [f"({written(value)})" if value < 0 else written(value) for value in symbols]
        table = [written(term.value) for term in found.terms]
        assert shown["texts"] == [*beside, *table, f"= {written(found.value)}"], cursor
        for (given, bar), term in zip(shown["bars"], found.terms, strict=True):
            _, _, left, right, low, high, *_ = given
            limit = scales["gradient" if "gradient" in scales and term.name.startswith(("d_", "Q_")) else "value"].high
            assert (-low, high) == pytest.approx((limit, limit))
            length = abs(float(np.clip(term.value / limit, -1, 1))) * (right - left) / 2
            assert bar[1] == pytest.approx(max(length, 0.5), abs=0.3)
        assert found.equation.text in self.page.locator("#words").inner_text()

    def check_gates(self, k, trace, cursor):
        script = """async (k) => { const found = [];
            for (const image of explorer.figures.get(`gates ${k}`).element.querySelectorAll(".shown image.heat")) {
              const picture = new Image(); picture.src = image.getAttribute("href"); await picture.decode();
              const canvas = document.createElement("canvas");
              [canvas.width, canvas.height] = [picture.width, picture.height];
              const context = canvas.getContext("2d"); context.drawImage(picture, 0, 0);
              const { data } = context.getImageData(0, 0, picture.width, picture.height);
              found.push([picture.height, picture.width, [...data]]);
            } return found }"""
        moves = [float(move.split("(")[1].split()[0]) for move in self.scene("gates", k)["moves"]]
        boxes = self.page.evaluate(
            """(k) => [...explorer.figures.get(`gates ${k}`).element.querySelectorAll(".shown image.heat")]
            .map((image) => [Number(image.getAttribute("width")), Number(image.getAttribute("height"))])""",
            k,
        )
        marks = self.page.evaluate(
            """(k) => { const figure = explorer.figures.get(`gates ${k}`);
            return figure.scene().frags.filter(([, axes]) => axes.includes("unit"))
              .map(([name]) => figure.parts.get(name).firstElementChild.getAttribute("transform"))
              .map((move) => Number(move.match(/^translate\\(0 (-?[\\d.]+)\\)$/)[1])) }""",
            k,
        )
        units, steps = trace[cursor.layer].units, trace.x.shape[1]
        assert moves == pytest.approx([wide / steps * cursor.time for wide, _ in boxes], abs=0.1), "the time step"
        view = self.together("gates", k, replace(cursor, direction="forward"))
        panels, rank = view.panels, view.data.units.tolist().index(cursor.unit)
        assert len(boxes) <= len(marks) <= len(boxes) + 1, "of each map, and perhaps a number at the left"
        assert marks == pytest.approx([boxes[0][1] / units * rank] * len(marks), abs=0.1), "the unit, where it stands"
        texts = self.texts("gates", k)
        inputs = [text for text in view.times[0].texts if text.get_text()]
        assert bool(inputs) == (trace.x.shape[-1] == 1), "several numbers at a time step have no room"
        for text in (*(summary.text for summary in view.summaries.values()), *inputs):
            assert text.get_text() in texts, "the means, and the inputs"
        assert str(cursor.unit) in texts
        heats = self.page.evaluate(script, k)
        assert len(heats) == len(panels)
        for (high, wide, colours), (name, (heat, _, _)) in zip(heats, panels.items(), strict=True):
            values = trace[cursor.layer][name][trace.epochs.searchsorted(cursor.epoch), cursor.sample].T[
                view.data.units
            ]
            expected = heat.image.table[np.array(KEPT)[levels_of(heat.image.places(values))]]
            assert np.array_equal(np.array(colours).reshape(high, wide, 4), expected), (cursor, name)

    def check_memory(self, k, cursor):
        view = self.drawn("memory", k, replace(cursor, direction="forward"))
        shown, data = self.texts("memory", k), view.data
        if not hasattr(data, "shares"):
            expected = [percent(part) for part in data.parts] if data.parts is not None else []
        else:
            expected = [written(data.value)] if data.value else []
        assert not [text for text in expected if text not in shown], (cursor, expected, shown)

    def check_training(self, k, cursor):
        wide = self.drawn("training", k, replace(cursor, direction="forward"), most=7.0)  # the same in both
        assert wide.alt in self.page.locator("#words").inner_text()
        texts = self.texts("training", k)
        for text in (wide.losses.text.get_text(), wide.predictions.text.get_text()):
            assert text in texts, (cursor, text, texts)


def narrow(view, most):
    """Return a picture of the same, at most so many inches wide, as pages have it: labels lie where there is room."""
    picture = Picture()
    picture.views = [
        type(view)(view.moment, picture.add_axes((0, 0, 1, 1)), size=lambda v: v.size_within(most), says=False)
    ]
    return picture


@pytest.fixture(scope="module")
def browser():
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        found = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        yield found
        found.close()


@pytest.fixture(scope="module")
def nets(traces, tmp_path_factory):
    """Return a page of the three nets and their traces."""
    path, made = tmp_path_factory.mktemp("page") / "nets.html", {name: traces(name) for name in NETS}
    rs.export_html(made, path, units=UNITS, samples=SAMPLES)
    return path, made


@pytest.fixture
def page(browser, nets):
    found = Page(browser, *nets)
    yield found
    found.page.context.close()


def test_every_moment_shows_what_the_figures_show(page):
    moments = [(e, s, t, u) for e in range(3) for s in range(2) for t in range(4) for u in range(3)]
    for k, (epoch, sample, step, unit) in enumerate(moments[::5]):
        direction = ("forward", "backward")[k % 2]
        phases = [0, k % 6, k % 4]
        page.go(epoch=epoch, sample=sample, time=step, unit=unit, layer=k // 2 % 2, direction=direction, phases=phases)
        page.check()


@pytest.mark.parametrize("direction", ["forward", "backward"])
def test_every_phase_shows_what_the_figures_show(page, direction):
    for phase in range(6):
        at = {"layer": (phase + (direction == "backward")) % 2, "phases": [0, phase, phase % 4]}
        page.go(epoch=2, time=1, unit=1, direction=direction, **at)
        page.check()


@pytest.mark.parametrize("cell", PAGES)
def test_every_cell_has_a_page(browser, traces, tmp_path, cell):
    made = {"": traces(cell)}
    rs.export_html(made[""], tmp_path / "a.html", units=UNITS, samples=SAMPLES)
    page = Page(browser, tmp_path / "a.html", made)
    for phase in range(len(made[""][made[""].layers[0]].quantities)):
        for direction in ("forward", "backward") if phase == 0 else ("forward",) if phase % 2 else ("backward",):
            page.go(direction=direction, phases=[phase], time=2, epoch=1, unit=2)
            page.check()
    page.page.context.close()


def test_nets_whose_layers_differ_in_kind(browser, tmp_path):
    task, made = rs.tasks.counting(), {}
    for name, layer in (("LL", rs.LSTM), ("LG", rs.GRU)):
        layers = [rs.LSTM(4, return_sequences=True, input_shape=(4, 1)), layer(4), rs.layers.Dense(1)]
        model = rs.Sequential(layers, seed=0)
        model.compile()
        made[name] = model.fit(task.x, task.y, epochs=2, verbose=0)
    rs.export_html(made, tmp_path / "a.html", units=UNITS, samples=SAMPLES)
    page = Page(browser, tmp_path / "a.html", made)
    page.open()
    page.go(layer=1, phases=[5, 3])
    for kind, k, count in (("LSTM", 0, 6), ("GRU", 1, 4)):
        slider = page.page.get_by_label(f"phase, {kind}", exact=True)
        assert slider.get_attribute("max") == str(count - 1)
        slider.focus()
        page.page.keyboard.press("Home")
        page.page.keyboard.press("ArrowRight")
        assert page.at()["phases"][k] == 1
        page.check()
    page.page.get_by_label("layer", exact=True).select_option(index=0)
    assert page.page.locator(".dial input:visible").count() == 3, "one slider for the phase of one kind"
    page.check()
    page.page.context.close()


def test_several_features_and_predictions_at_every_step(browser, tmp_path):
    rng = np.random.default_rng(0)
    x, y = rng.normal(size=(6, 5, 3)), rng.normal(size=(6, 5, 2))
    layers = [rs.GRU(4, return_sequences=True, input_shape=(5, 3)), rs.layers.Dense(2)]
    model = rs.Sequential(layers, seed=0)
    model.compile()
    trace = model.fit(x, y, epochs=3, verbose=0)
    rs.export_html(trace, tmp_path / "a.html", units=UNITS, samples=SAMPLES)
    page = Page(browser, tmp_path / "a.html", {"": trace})
    for direction in ("forward", "backward"):
        for step in (2, 3):
            page.go(direction=direction, time=step, epoch=1, unit=1, sample=1, phases=[step])
            page.check()
            shown = [text.removeprefix("= ") for text in page.texts("cell")]
            assert "0" not in shown, "a number that is not there is no zero"
    assert page.page.title() == "GRU(4) + Dense(2)"
    page.page.context.close()


@pytest.mark.parametrize("over", ["phase", "time", "epoch"])
@pytest.mark.parametrize("direction", ["forward", "backward"])
def test_steps_go_the_way_of_the_notebook(page, over, direction):
    page.go(direction=direction, epoch=0, layer=0, phases=[0, 0, 0], time=0 if direction == "forward" else 3)
    page.page.evaluate("over => explorer.go(explorer.walk.first(explorer.at, over))", over)
    walk, at = page.walk, page.cursor()
    cursor = walk.begin(walk.at(rs.Cursor(at.epoch, at.layer, 0, at.time, 0, direction=direction)).cursor, "phase")
    if over != "phase":
        page.go(phases=page.page.evaluate("explorer.walk.phasesAt(0, explorer.walk.way(explorer.at), 0)"))
    for by in (1, -1):
        while True:
            shown = [page.cursor(k) for k in range(3)]
            expected = walk.phases(cursor)
            assert [(c.epoch, c.time) for c in shown] == [(cursor.epoch, cursor.time)] * 3
            assert [c.layer for c in shown] == walk.names(cursor.layer)
            assert [c.phase for c in shown] == [expected[name] for name in NETS]
            after = walk.step(cursor, over, by)
            assert page.page.evaluate("([over, by]) => explorer.step(over, by)", [over, by]) == (after is not None)
            if after is None:
                break
            cursor = after


@pytest.mark.parametrize(("direction", "phases"), [("forward", [0, 0, 3]), ("backward", [0, 4, 0])])
@pytest.mark.parametrize("by", [1, -1])
def test_the_cell_with_most_phases_leads_as_in_the_notebook(page, direction, phases, by):
    page.go(direction=direction, time=1, phases=phases)
    shown = {name: page.cursor(k).phase for k, name in enumerate(NETS)}
    cursor = rs.Cursor(layer=page.walk.layers[0], time=1, phase=shown, direction=direction)
    after = page.walk.step(page.walk.at(cursor).cursor, "phase", by)
    page.page.evaluate("by => explorer.step('phase', by)", by)
    assert {name: page.cursor(k).phase for k, name in enumerate(NETS)} == page.walk.phases(after)


def test_every_control(page):
    tab = page.page
    page.open()
    for name, key, count in [("epoch", "epoch", 3), ("time step", "time", 4)]:
        slider = tab.get_by_label(name, exact=True)
        for place in (0, count - 2):
            slider.focus()
            tab.keyboard.press("Home")
            for _ in range(place):
                tab.keyboard.press("ArrowRight")
            assert page.at()[key] == place
            page.check()
        tab.get_by_label(f"one step on: {name}", exact=True).click()
        assert page.at()[key] == count - 1
        tab.get_by_label(f"one step back: {name}", exact=True).click()
        assert page.at()[key] == count - 2
    for k, kind in enumerate(NETS[1:], 1):
        tab.get_by_label(f"phase, {kind}", exact=True).focus()
        tab.keyboard.press("Home")
        tab.keyboard.press("ArrowRight")
        assert page.at()["phases"][k] == 1
    tab.get_by_label("one step on: phase", exact=True).click()
    page.check()
    tab.get_by_label("direction").select_option("backward")
    tab.get_by_label("layer", exact=True).select_option("1")
    tab.get_by_label("unit", exact=True).select_option(index=2)
    tab.get_by_label("sample", exact=True).select_option("1")
    at = page.at()
    assert (at["direction"], at["layer"], at["unit"], at["sample"]) == ("backward", 1, 2, 1)
    page.check()
    tab.get_by_label("gates", exact=True).uncheck()
    tab.get_by_label("GRU", exact=True).uncheck()
    assert tab.get_by_label("phase, LSTM", exact=True).is_visible()
    assert not tab.get_by_label("phase, GRU", exact=True).is_visible(), "its cell is not shown"
    assert tab.locator("figure").count() == 4 * 2
    assert tab.locator("figure [role=img][aria-label]").count() == 4 * 2
    tab.get_by_label("gates", exact=True).check()
    tab.get_by_label("GRU", exact=True).check()
    page.check()


def test_keys(page):
    tab = page.page
    tab.locator("h1").click()
    page.go(epoch=1, time=1, phases=[0, 2, 2])
    for key, name, change in [("ArrowRight", "time", 1), ("ArrowLeft", "time", -1), ("PageUp", "epoch", -1)]:
        before = page.at()[name]
        tab.keyboard.press(key)
        assert page.at()[name] == before + change
    tab.keyboard.press("]")
    assert page.at()["phases"] == [0, 3, 3]
    tab.keyboard.press("[")
    assert page.at()["phases"] == [0, 2, 2]
    page.go(direction="backward", time=1)
    tab.keyboard.press("ArrowRight")
    assert page.at()["time"] == 2, "to the right, whichever way the gradient goes"
    page.check()


def test_it_plays_to_the_end_and_begins_anew(page):
    tab = page.page
    page.open()
    tab.get_by_label("speed").select_option("30")
    page.go(epoch=0)
    tab.get_by_label("play: epoch", exact=True).click()
    page.until("explorer.at.epoch === 2 && explorer.playing === null")
    page.check()
    tab.get_by_label("speed").select_option("1")
    tab.get_by_label("play: epoch", exact=True).click()
    epoch, words = tab.evaluate("[explorer.at.epoch, document.getElementById('words').innerText]")
    assert epoch < 2 and words.startswith(f"Epoch {page.walk.epochs[epoch]},"), "the words keep step"
    tab.get_by_label("pause: epoch", exact=True).click()
    tab.locator("h1").click()
    page.go(time=0, layer=0, epoch=0)
    tab.keyboard.press(" ")
    page.until("explorer.at.epoch === 1")
    tab.keyboard.press(" ")
    before = page.at()
    tab.wait_for_timeout(200)
    assert page.at() == before


def test_what_was_shown_before_leaves_no_trace(browser, nets):
    moments = [
        {"layer": layer, "direction": direction, "epoch": 1 + layer, "time": 3 - layer, "phases": [0, phase, phase]}
        for layer in (0, 1)
        for direction in ("forward", "backward")
        for phase in (3, 1)
    ]
    page = Page(browser, *nets)
    for moment in moments:
        page.go(**moment)
    for moment in moments[::3]:
        fresh = Page(browser, *nets)
        pictures = []
        for each in (page, fresh):
            each.go(**moment)
            if each is fresh:
                each.page.evaluate("document.querySelectorAll('.waiting').forEach((scene) => scene.remove())")
            assert each.page.locator("figure .waiting:visible").count() == 0
            pictures.append(pixels(each.page.locator("#pictures").screenshot()).astype(int))
        assert pictures[0].shape == pictures[1].shape
        assert np.abs(pictures[0] - pictures[1]).max() < 4, moment
        fresh.page.context.close()
    page.page.context.close()


@pytest.mark.parametrize("width", [360, 1400])
def test_it_fits_the_width_in_light_and_dark(browser, nets, width):
    page = Page(browser, *nets, width=width)
    for scheme in ("light", "dark"):
        page.page.emulate_media(color_scheme=scheme)
        assert page.page.evaluate("document.documentElement.scrollWidth <= innerWidth")
        script = (
            """() => { const style = getComputedStyle(document.body); return [style.color, style.backgroundColor] }"""
        )
        ink, paper = (np.array(json.loads(f"[{text[4:-1]}]")) / 255 for text in page.page.evaluate(script))
        assert rs.figures.style.contrast(tuple(ink), tuple(paper)) > 7
        assert (paper.mean() > 0.5) == (scheme == "light")
        face = page.page.evaluate("getComputedStyle(document.querySelector('figure svg path')).fill")
        assert np.abs(np.array(json.loads(f"[{face[4:-1]}]")) / 255 - paper).max() < 0.02, (
            "pictures are on the page's paper"
        )
    page.page.context.close()
    assert page.problems == []


def test_a_step_is_quick(page):
    script = """() => { const took = []; explorer.go({...explorer.at, epoch: 0});
        for (const over of ["phase", "epoch"]) for (let k = 0; k < 100; k++) {
          const start = performance.now();
          if (!explorer.step(over, 1)) explorer.go(explorer.walk.first(explorer.at, over));
          took.push(performance.now() - start);
        } return took.sort((a, b) => a - b) }"""
    took = page.page.evaluate(script)
    print(f"a step in the page: median {took[100]:.1f} ms, 95th percentile {took[190]:.1f} ms")


@pytest.fixture(scope="module")
def one(traces, tmp_path_factory):
    """Return a page of one net as it is by default, and its trace."""
    path, trace = tmp_path_factory.mktemp("page") / "one.html", traces("GRU")
    rs.export_html(trace, path)
    return path, {"": trace}


def test_it_begins_at_the_first_moment_and_says_what_to_do(browser, one):
    page = Page(browser, *one, width=1280, height=800)
    page.page.evaluate("explorer.guide.goTo(0)")
    at, tab = page.at(), page.page
    assert (at["epoch"], at["layer"], at["time"], at["phases"], at["direction"]) == (0, 0, 0, [0], "forward")
    for sample in (0, 5):
        page.go(sample=sample)
        read = ", ".join(str(sample + k) for k in range(4))
        assert tab.locator("#task").inner_text() == f"The net reads {read} and should answer {sample + 4}."
    assert tab.get_by_label("sample", exact=True).locator("option").count() == 6
    tab.keyboard.press(" ")
    page.until("explorer.at.phases[0] === 1 && explorer.at.time === 0", 5)
    page.page.context.close()


def test_captions_hold_the_result_and_equations_stand_apart(browser, one):
    page = Page(browser, *one)
    trace = page.trace(0)
    for direction, names in (("forward", "{}"), ("backward", "∂L/∂{}")):
        for k, phase in enumerate(trace["gru"].phases):
            page.go(direction=direction, phases=[k], time=2, epoch=2, sample=3, unit=1)
            group = trace["gru"] if direction == "forward" else trace["gru"].grad
            value = written(group[phase][2, 3, 2, page.page.evaluate("explorer.page.units[1]")])
            caption = f"{names.format(phase)} = {value}\u00a0\u00a0\u00a0"
            assert any(text.startswith(caption) for text in page.texts("cell")), (caption, page.texts("cell"))
    page.page.context.close()


@pytest.mark.parametrize(("width", "height", "most"), [(1280, 800, 64), (390, 844, 0.15 * 844), (844, 390, 0.15 * 390)])
def test_the_bar_stays_and_is_low(browser, one, width, height, most):
    page = Page(browser, *one, width=width, height=height)
    tab = page.page
    for place in (0, 1500):
        tab.evaluate("place => scrollTo(0, place)", place)
        box = tab.locator("#bar").bounding_box()
        assert box["height"] <= most and 0 <= box["y"] <= height - box["height"]
        for name in ("one step on: epoch", "one step on: time step", "one step on: phase"):
            assert tab.get_by_role("button", name=name).is_visible()
    assert tab.evaluate("document.documentElement.scrollWidth <= innerWidth")
    page.open()
    for name in ("sample", "unit", "layer", "direction", "speed", "gates"):
        assert tab.get_by_label(name, exact=True).is_visible()
    tab.get_by_role("button", name="Less", exact=True).click()
    assert not tab.get_by_label("speed", exact=True).is_visible()
    page.page.context.close()


def test_no_letters_are_too_small_on_a_phone(browser, one):
    page = Page(browser, *one, width=390, height=844)
    script = """() => [...document.querySelectorAll(".shown text, .shown tspan")]
        .filter((text) => text.textContent.trim()).map((text) => { const to = text.getScreenCTM();
          return parseFloat(getComputedStyle(text).fontSize) * Math.hypot(to.b, to.d) })"""
    for direction in ("forward", "backward"):
        page.go(direction=direction)
        sizes = page.page.evaluate(script)
        assert len(sizes) > 50 and min(sizes) > 7.999
    page.page.context.close()


def test_hatches_are_filled_with_patterns_that_are_there(browser, tmp_path):
    tokens = np.array([[3, 1, 4], [2, 0, 0]])
    layers = [rs.layers.Embedding(5, 2, mask_zero=True), rs.LSTM(3, return_sequences=True), rs.Dense(1)]
    model = rs.Sequential(layers, seed=3)
    model.compile("adam", "mse")
    trace, path = model.fit(tokens, np.ones((2, 3, 1)), epochs=1, verbose=0), tmp_path / "masked.html"
    rs.export_html(trace, path, verbose=False)
    page = Page(browser, path, {"": trace})
    filled = """(view) => [...explorer.figures.get(`${view} 0`).element.querySelectorAll(".shown path")]
        .map((path) => path.style.fill.match(/url\\("#(.*)"\\)/)?.[1]).filter((name) => name)
        .map((name) => document.getElementById(name)?.tagName)"""
    for sample, counts in ((0, {"gates": 0, "cell": 0, "training": 0}), (1, {"gates": 12, "cell": 1, "training": 1})):
        page.go(sample=sample, time=2)
        for view, count in counts.items():
            assert page.page.evaluate(filled, view) == ["pattern"] * count, (sample, view)
    assert page.problems == []
    page.page.context.close()


# ------------------------------------------------------------------------------------------------------- as an article


def test_a_walk_by_keys_and_buttons_alone(browser, one):
    page = Page(browser, *one, width=1280, height=800)
    tab, trace = page.page, page.trace(0)
    tab.evaluate("explorer.guide.goTo(0)")
    stops = tab.evaluate("explorer.page.stops")
    assert not tab.get_by_role("button", name="Back", exact=True).is_enabled()
    for place, stop in enumerate(stops):
        if place % 2:
            tab.keyboard.press("n")
        elif place:
            tab.get_by_role("button", name="Next", exact=True).click()
        assert tab.locator("#guide h2").inner_text() == stop["title"]
        assert all(said in tab.locator("#guide").inner_text() for _, said in stop["says"])
        headings = tab.locator("main h2").count()
        assert headings == len(stop["views"] or tab.evaluate("explorer.page.views"))
        if stop["moment"]:
            cursor, moment = page.cursor_of(), stop["moment"]
            for name in ("epoch", "layer", "sample", "time"):
                assert cursor[name] == str(moment[name]), (place, name)
        answer = written(float(trace.predictions[page.at()["epoch"], page.at()["sample"], 0]))
        assert f"The answer is {answer}" in tab.locator("#answers").inner_text()
    assert not tab.get_by_role("button", name="Next", exact=True).is_enabled()
    tab.keyboard.press("p")
    tab.keyboard.press("ArrowLeft")
    again = tab.get_by_role("button", name="Back to this stop")
    again.click()
    assert not again.is_visible() and page.cursor_of()["time"] == str(stops[-2]["moment"]["time"])
    assert page.problems == []
    tab.context.close()


def test_the_address_holds_the_moment(browser, one, tmp_path):
    path, made = one
    page = Page(browser, path, made)
    tab = page.page
    tab.evaluate("location.hash = '#epoch=2&layer=gru_1&sample=3&time=2&phase=r&unit=1'")
    page.until("explorer.at.time === 2")
    cursor = page.cursor_of()
    wanted = {"epoch": "2", "layer": "gru_1", "sample": "3", "time": "2", "phase": "r", "unit": "1"}
    assert cursor == wanted
    page.until("location.hash === '#epoch=2&layer=gru_1&sample=3&time=2&phase=r&unit=1'")
    tab.keyboard.press("ArrowRight")
    page.until("location.hash.includes('time=3')")
    tab.reload()
    page.until("window.explorer !== undefined")
    assert page.cursor_of() == {**wanted, "time": "3"}
    trouble = tab.locator("#trouble")
    assert not trouble.is_visible()
    for bad in ("epoch=999", "time=-1", "layer=<b>x</b>", "phase=constructor", "wings=2", "epoch=%3Cscript%3E"):
        tab.evaluate("hash => { location.hash = hash }", f"#{bad}")
        page.until("!document.getElementById('trouble').hidden")
        assert bad.partition("=")[0] in trouble.inner_text() and trouble.locator("*").count() == 0
        assert page.cursor_of() == {**wanted, "time": "3"}
        tab.evaluate("location.hash = '#time=3'")
        page.until("document.getElementById('trouble').hidden")
    assert page.problems == []
    tab.context.close()


@pytest.mark.parametrize("has_touch", [False, True])
def test_a_click_in_a_picture_goes_there_and_says_what_is_there(browser, one, has_touch):
    page = Page(browser, *one, width=1280, height=900, has_touch=has_touch)
    tab = page.page
    go = (lambda place: place.tap()) if has_touch else (lambda place: place.click())
    gate = tab.get_by_role("button", name="go to r: ")
    gate.scroll_into_view_if_needed()
    go(gate)
    assert page.cursor_of()["phase"] == "r"
    value = written(page.trace(0)["gru"]["r"][0, page.at()["sample"], 0, int(page.cursor_of()["unit"])])
    assert tab.locator("#tip").inner_text().startswith(f"r = {value}: reset gate")
    tab.keyboard.press("Escape")
    assert not tab.locator("#tip").is_visible()
    tab.get_by_role("button", name="go to z: ").focus()
    assert tab.locator("#tip").inner_text().startswith("z = ")
    tab.keyboard.press("Enter")
    assert page.cursor_of()["phase"] == "z"
    heat = tab.locator("image.heat").first
    heat.scroll_into_view_if_needed()
    box = heat.bounding_box()
    at = (box["x"] + 0.6 * box["width"], box["y"] + 0.3 * box["height"])
    (tab.touchscreen.tap if has_touch else tab.mouse.click)(*at)
    cursor = page.cursor_of()
    moment = rs.Cursor(int(cursor["epoch"]), cursor["layer"], int(cursor["sample"]))
    units = rs.figures.gates(page.trace(0), moment).views[0].data.units
    assert (cursor["time"], cursor["unit"]) == ("2", str(units[int(0.3 * len(units))])), "third of four columns"
    assert page.problems == []
    tab.context.close()


@pytest.fixture(params=[(1280, "light"), (1280, "dark"), (390, "light")], ids=str)
def helped(request, browser):
    """A page in a browser in which axe-core can be put, light or dark, wide or narrow."""
    if not AXE:
        pytest.skip("axe-core is not there: set AXE_CORE to its axe.min.js")
    width, scheme = request.param
    context = browser.new_context(viewport={"width": width, "height": 800}, color_scheme=scheme, bypass_csp=True)
    yield context.new_page()
    context.close()


def hindrances(tab):
    """Return what hinders readers who need help."""
    found = tab.evaluate("axe.run().then(({ violations }) => violations.map(({ id, impact }) => [id, impact]))")
    return [each for each in found if each[1] in ("serious", "critical")]


def test_nothing_hinders_readers_who_need_help(helped, one):
    helped.goto(one[0].as_uri())
    helped.wait_for_selector("#guide h2")
    helped.evaluate("explorer.guide.goTo(explorer.guide.stops.length - 1)")
    helped.add_script_tag(path=AXE)
    assert hindrances(helped) == []


# ---------------------------------------------------------------------------------------------------------- as a lesson

SIZES = [(1280, 800), (390, 844)]
KEYS = {"time": ("ArrowRight", "ArrowLeft"), "epoch": ("PageDown", "PageUp")}


class LessonPage:
    """A page with a lesson in a browser, beside what the lesson is."""

    def __init__(self, browser, path, size):
        self.problems = []
        self.tab = opened(browser, path, self.problems, viewport=dict(zip(("width", "height"), size, strict=True)))
        self.box = self.tab.locator(".rnnscope-lesson")
        self.box.wait_for()

    @property
    def moment(self):
        return self.tab.evaluate("explorer.address.moment")

    @property
    def verdict(self):
        return self.box.locator(".rnnscope-lesson-verdict")

    def shows(self, stop, *, is_answered):
        """Check the moment and the pictures of a stop: each view drawn, none empty."""
        assert self.moment == stop["moment"]
        question = stop["question"] or {"views": []}
        still = is_answered and question.get("still")
        views = [] if still else (is_answered and question["views"]) or stop["views"]
        assert self.tab.evaluate("[...explorer.views]") == views
        figures = self.tab.locator("main figure")
        assert figures.count() == len(views) + bool(still)
        for figure in figures.all():
            box = figure.locator(".shown svg").bounding_box()
            assert box["width"] > 200 and box["height"] > 100
            assert figure.locator(".shown path, .shown image").count() > 5
        if still:
            pool = self.tab.evaluate("explorer.page.pool")
            assert figures.first.locator("figcaption").inner_text() == pool[still["says"]]
            assert figures.first.locator(".pictures").get_attribute("aria-label") == pool[still["words"]]

    def answer(self, question, *, is_right):
        """Answer by keys and clicks; return whether it was taken for right."""
        if question["kind"] == "go":
            for _ in range(200):
                if self.verdict.count():
                    break
                here = self.moment[question["over"]]
                self.tab.keyboard.press(KEYS[question["over"]][here > question["to"]])
        else:
            guess(self.tab, self.box, question, is_right=is_right)
        return "rnnscope-lesson-right" in self.verdict.get_attribute("class")

    def step(self, number):
        """Go on by keys and clicks in turns: the lesson's button, N, and on a narrow screen the button in the bar."""
        in_bar = self.tab.locator("#stops button").nth(1)
        if number % 3 == 0:
            self.box.locator(".rnnscope-lesson-next").click()
        elif number % 3 == 1 or not in_bar.is_visible():
            self.tab.keyboard.press("n")
        else:
            in_bar.click()


@pytest.fixture(scope="module")
def lessons(tmp_path_factory):
    """Return the page of the lesson of LSTMs in each language, and the trace."""
    folder, trace = tmp_path_factory.mktemp("lessons"), trace_of(rs.lessons.read("lstm").net, "lstm")
    for lang in ("en", "ko"):
        rs.export_html(trace, folder / f"{lang}.html", lesson="lstm", lang=lang, epochs=4, verbose=False)
        assert (folder / f"{lang}.html").stat().st_size < 2e6
    return folder, trace


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize(("lang", "is_right"), [("en", False), ("ko", True)])
def test_a_lesson_from_its_first_stop_to_its_last(browser, lessons, lang, is_right, size):
    """Wrong guesses in one language, right ones in the other."""
    folder, trace = lessons
    page = LessonPage(browser, folder / f"{lang}.html", size)
    stops = page.tab.evaluate("explorer.page.lesson.stops")
    wanted = rs.lessons.lecture("lstm", trace, lang=lang).data()
    assert [stop["title"] for stop in stops] == [stop["title"] for stop in wanted["stops"]] and len(stops) == 10
    assert page.tab.locator("html").get_attribute("lang") == lang
    next_button = page.box.locator(".rnnscope-lesson-next")
    for number, stop in enumerate(stops):
        question = stop["question"]
        assert page.box.locator("h3").inner_text() == stop["title"]
        assert page.box.locator("h3").is_visible() and page.tab.evaluate("scrollX") == 0
        page.shows(stop, is_answered=bool(question and question["worked"]))
        if question and not question["worked"]:
            assert next_button.is_disabled() and page.verdict.count() == 0
            page.tab.keyboard.press("n")
            assert page.box.locator("h3").inner_text() == stop["title"], "there is no way on without a guess"
            right = is_right or question["kind"] == "go"
            assert page.answer(question, is_right=right) == right
            if question["kind"] == "number":
                assert page.box.locator("svg.rnnscope-lesson-line .rnnscope-lesson-gap").count() == 1
                assert question["shown"] in page.verdict.inner_text()
            if question["kind"] != "go":
                page.shows(stop, is_answered=True)
        page.tab.screenshot(path=folder / f"{lang}-{size[0]}-{number}.png")
        assert page.tab.evaluate("document.documentElement.scrollWidth <= innerWidth")
        if number < len(stops) - 1:
            page.step(number)
    assert page.box.locator(".rnnscope-lesson-end").is_visible() and not next_button.is_visible()
    page.tab.keyboard.press("p")
    page.shows(stops[-2], is_answered=True)
    assert page.verdict.count() == 1 and page.problems == []
    page.tab.context.close()


def test_away_from_a_stop_and_back(browser, lessons):
    page = LessonPage(browser, lessons[0] / "en.html", SIZES[0])
    stops = page.tab.evaluate("explorer.page.lesson.stops")
    for _ in range(3):
        page.tab.keyboard.press("n")
    page.box.get_by_role("button", name="Show me").click()
    page.tab.keyboard.press("n")
    field = page.box.get_by_role("textbox")
    field.click()
    page.tab.keyboard.type("0.5n ")
    page.tab.keyboard.press("ArrowLeft")
    assert field.input_value() == "0.5n " and page.moment == stops[3]["moment"], "what is typed moves nothing"
    assert page.tab.evaluate("explorer.playing") is None
    page.box.locator("h3").click()
    page.tab.keyboard.press("ArrowLeft")
    back = page.tab.get_by_role("button", name="Back to this stop")
    assert page.moment["time"] == stops[3]["moment"]["time"] - 1 and back.is_visible()
    back.click()
    assert page.moment == stops[3]["moment"] and not back.is_visible()
    assert f"time={stops[3]['moment']['time']}" in page.tab.evaluate("explorer.address.text()")
    assert page.problems == []
    page.tab.context.close()


def test_a_lesson_in_a_net_whose_layers_differ_in_width(browser, tmp_path):
    layers = [rs.LSTM(2, return_sequences=True, input_shape=(4, 1)), rs.LSTM(9), rs.Dense(1)]
    task, model = rs.tasks.counting(), rs.Sequential(layers, seed=4)
    model.compile("adam", "mse")
    trace = model.fit(task.x, task.y, epochs=4, verbose=0, record=rs.Record(weights=True))
    cursor = rs.Cursor(layer="lstm_1", unit=7)
    (tmp_path / "own.toml").write_text(WIDE, encoding="utf-8")
    rs.export_html(trace, tmp_path / "page.html", lesson=tmp_path / "own.toml", verbose=False)
    page = LessonPage(browser, tmp_path / "page.html", SIZES[0])
    assert page.moment["layer"] == cursor.layer and page.moment["unit"] == 7
    words = page.tab.locator("#words").inner_text
    own = [trace[layer]["h"][-1, page.moment["sample"], -1, unit] for layer, unit in (("lstm_1", 7), ("lstm", 1))]
    assert written(own[0]) in words() and "unit 7" in words()
    page.tab.get_by_role("button", name="More", exact=True).click()
    page.tab.get_by_label("layer", exact=True).select_option("lstm")
    assert page.moment["unit"] == 1 and "unit 1" in words(), "the last one that there is"
    assert written(own[1]) in words() and page.problems == []
    page.tab.context.close()


WIDE = """
title = "Wide"
about = "About <i>units</i>."
net = { task = "counting", layers = [{ kind = "LSTM", units = 3 }] }
[[stop]]
title = "<b>Unit 7</b>"
text = "Here <img src=x onerror=alert(1)> it is {unit}."
at = { layer = "last", unit = 7, time = "last", phase = "h" }
views = ["cell"]
"""


def test_hostile_texts_of_a_lesson_stay_text(browser, traces, tmp_path):
    (tmp_path / "own.toml").write_text(WIDE, encoding="utf-8")
    rs.export_html(traces("LSTM"), tmp_path / "page.html", lesson=tmp_path / "own.toml", epochs=2, verbose=False)
    page = LessonPage(browser, tmp_path / "page.html", SIZES[1])
    assert page.box.locator("h3").inner_text() == "<b>Unit 7</b>" and page.box.locator("b, i, img").count() == 0
    assert "<img src=x onerror=alert(1)>" in page.box.inner_text() and page.problems == []
    page.tab.context.close()


def test_a_lesson_that_the_trace_cannot_hold_says_so(browser, traces, tmp_path):
    rs.export_html(traces("GRU"), tmp_path / "page.html", lesson="lstm", epochs=2, verbose=False)
    page = LessonPage(browser, tmp_path / "page.html", SIZES[1])
    assert page.box.get_by_role("note").inner_text().startswith("This lesson needs what this trace does not have")
    assert page.tab.locator("main figure .shown svg").is_visible() and page.problems == []
    page.tab.context.close()


def test_nothing_hinders_readers_of_a_lesson_who_need_help(helped, lessons):
    helped.goto((lessons[0] / "en.html").as_uri())
    helped.add_script_tag(path=AXE)
    for _ in range(10):
        assert hindrances(helped) == []
        show = helped.locator(".rnnscope-lesson form button[type=button]")
        if show.count():
            show.click()
        helped.keyboard.press("n")
    assert helped.locator(".rnnscope-lesson-end").is_visible()
