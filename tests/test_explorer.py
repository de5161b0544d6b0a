"""The explorer without a browser: controls, pictures, faults and leaks; frames and what they keep."""

import asyncio
import base64
import ctypes
import gc
import io
import json
import re
import resource
import subprocess
import sys
import threading
import weakref
from pathlib import Path
from time import sleep
from types import SimpleNamespace

import ipywidgets
import numpy as np
import pytest
from pictures import moments_of, pixels
from PIL import Image
from rows import mostly_slow, over

import rnnscope as rs
from rnnscope.figures.compare import drawn
from rnnscope.figures.picture import Picture
from rnnscope.figures.style import quantity_colour
from rnnscope.session import WIDEST
from rnnscope.session.choices import choices_of
from rnnscope.session.frames import Frames, encode
from rnnscope.trace import Walk
from rnnscope.widgets import thread

NETS = ("SimpleRNN", "LSTM", "GRU")


@pytest.fixture
def explore():
    """Return a function that makes an explorer, which is closed after the test."""
    made = []

    def make(trace, *arguments, **options):
        make_one = rs.compare if isinstance(trace, dict) else rs.explore
        made.append(make_one(trace, *arguments, **options))
        return made[-1]

    yield make
    for explorer in made:
        explorer.close()


def widgets_of(explorer, kind):
    """Return all widgets of a kind, in the order of the page."""

    def below(widget):
        yield widget
        for child in getattr(widget, "children", ()):
            yield from below(child)

    return [widget for widget in below(explorer._screen.root) if isinstance(widget, kind)]


def control(explorer, name):
    """Return the control with a description."""
    return next(w for w in widgets_of(explorer, ipywidgets.DOMWidget) if getattr(w, "description", None) == name)


def button(explorer, tooltip):
    """Return the button with a tooltip."""
    return next(b for b in widgets_of(explorer, ipywidgets.Button) if b.tooltip == tooltip)


def message(explorer):
    """Return what the explorer says has gone wrong."""
    return " ".join(
        re.findall(r'role="alert"[^>]*>([^<]*)', "".join(w.value for w in widgets_of(explorer, ipywidgets.HTML)))
    )


def press(explorer, key):
    """Press a key in the page."""
    explorer._screen.board.listener._handle_custom_msg({"key": key}, [])


# -------------------------------------------------------------------------------------------------------- frames


def test_a_frame_holds_the_pixels(traces):
    frame = rs.figures.gates(traces("LSTM")).frame()
    assert np.array_equal(pixels(encode(frame)), frame)
    with Image.open(io.BytesIO(encode(frame))) as image:
        image.verify()


def test_frames_are_drawn_once_moved_and_kept(traces):
    trace, calls = traces("GRU"), []

    def draw(view, at):
        calls.append(view)
        return getattr(rs.figures, view)(trace, at.cursor)

    frames = Frames(draw)
    moments = [Walk([trace]).at(rs.Cursor(time=t)) for t in range(4)]
    first = [frames.png("gates", moment) for moment in moments]
    picture = frames.pictures["gates", moments[0].cursor.layer, "forward"]
    picture.move = None  # what is kept needs no picture
    assert [frames.png("gates", moment) for moment in moments] == first
    assert calls == ["gates"]
    for moment, png in zip(moments, first, strict=True):
        assert np.array_equal(pixels(png), rs.figures.gates(trace, moment.cursor).frame())


def test_the_oldest_frames_go_first(traces):
    trace = traces("GRU")
    moments = [Walk([trace]).at(rs.Cursor(time=t)) for t in range(4)]
    drawing = Frames(lambda view, at: rs.figures.gates(trace, at.cursor))
    first, *others = (len(drawing.png("gates", moment)) for moment in moments[:3])
    most = first + max(others)
    frames = Frames(lambda view, at: rs.figures.gates(trace, at.cursor), most)
    for moment in (*moments[:2], moments[0], moments[2]):
        frames.png("gates", moment)
    assert [cursor.time for _, cursor, _ in frames._kept] == [0, 2]
    assert frames._bytes == sum(map(len, frames._kept.values())) <= most


# ------------------------------------------------------------------------------------------------------ pictures


@over(view=rs.figures.VIEWS, cell=rs.cells.names(), quick=("cell", "gates", "network", "training"))
def test_every_view_and_every_cell_follows(traces, explore, view, cell):
    trace = traces(cell)
    explorer = explore(trace, [view])
    layer = trace.layers[1]
    for cursor in (rs.Cursor(epoch=0), rs.Cursor(time=1, sample=2, unit="largest", direction="backward", layer=layer)):
        explorer.cursor = cursor
        (image,) = widgets_of(explorer, ipywidgets.Image)
        expected = drawn(moments_of({"": trace}, explorer.cursor), view, most=WIDEST)
        assert np.array_equal(pixels(image.value), expected.frame())
        assert explorer.alt == expected.alt
        assert int(image.width) == expected.frame().shape[1] <= WIDEST * expected.dpi


@mostly_slow(view=("cell", "gates", "network", "weights", "training"), quick=("cell", "gates"))
def test_views_are_compared(traces, explore, view):
    """An explorer shows what `compare` draws, which is tested with every view."""
    nets = {name: traces(name) for name in NETS}
    explorer = explore(nets, view)
    explorer.cursor = rs.Cursor(epoch=2, time=1, phase={"LSTM": "f", "GRU": "z"})
    (image,) = widgets_of(explorer, ipywidgets.Image)
    assert np.array_equal(pixels(image.value), drawn(moments_of(nets, explorer.cursor), view).frame())


def test_a_view_that_has_nothing_to_show_says_so(traces, explore):
    task = rs.tasks.counting()
    trace = rs.Sequential([rs.layers.LSTM(4, input_shape=(4, 1)), rs.Dense(1)]).trace(task.x)
    explorer = explore(trace, ["gradient_flow", "gates"])
    assert "gradient" in message(explorer)
    assert len(widgets_of(explorer, ipywidgets.Image)) == 1
    control(explorer, "direction").value = "backward"
    assert "gradient" in message(explorer)
    assert control(explorer, "direction").value == explorer.cursor.direction == "forward"


# ------------------------------------------------------------------------------------------------------ controls


def test_every_control_moves_the_cursor(traces, explore):
    trace = traces("LSTM")
    explorer = explore(trace, ["cell"], rs.Cursor(time=1, phase="g"))
    for name, value, field, expected in [
        ("epoch", 0, "epoch", 0),
        ("time step", 3, "time", 3),
        ("phase", 1, "phase", "i"),
        ("layer", "lstm_1", "layer", "lstm_1"),
        ("sample", 4, "sample", 4),
        ("unit", 2, "unit", 2),
        ("largest", True, "unit", "largest"),
        ("direction", "backward", "direction", "backward"),
        ("cursor", "rs.Cursor(epoch=2, time=0)", "time", 0),
    ]:
        control(explorer, name).value = value
        assert getattr(explorer.cursor, field) == expected, name
        assert message(explorer) == ""
        assert control(explorer, "cursor").value == str(explorer.cursor)
    assert explorer.cursor == rs.Cursor(epoch=2, time=0).at(trace).cursor
    explorer.cursor = rs.Cursor.parse("Cursor(epoch=0, layer='lstm_1', sample=3, unit=1, phase='c')")
    shown = {name: control(explorer, name).value for name in ("epoch", "time step", "phase", "layer", "sample", "unit")}
    assert shown == {"epoch": 0, "time step": 3, "phase": 4, "layer": "lstm_1", "sample": 3, "unit": 1}


def test_buttons_and_keys_step(traces, explore):
    explorer = explore(traces("LSTM"), ["cell"], rs.Cursor(epoch=2, time=1, phase="h"))
    button(explorer, "one step on: phase").click()
    assert (explorer.cursor.time, explorer.cursor.phase) == (2, "f")
    button(explorer, "one step back: phase").click()
    assert (explorer.cursor.time, explorer.cursor.phase) == (1, "h")
    button(explorer, "one step on: epoch").click()
    button(explorer, "one step back: time step").click()
    assert (explorer.cursor.epoch, explorer.cursor.time) == (4, 0)
    for key, expected in [("]", (4, 1, "f")), ("[", (4, 0, "h")), ("PageUp", (2, 0, "h")), ("PageDown", (4, 0, "h")),
                          ("ArrowRight", (4, 1, "h")), ("ArrowLeft", (4, 0, "h")), ("x", (4, 0, "h"))]:  # fmt: skip
        press(explorer, key)
        assert (explorer.cursor.epoch, explorer.cursor.time, explorer.cursor.phase) == expected
    explorer.cursor = rs.Cursor(time=1, direction="backward", phase="h")
    press(explorer, "ArrowRight")
    assert explorer.cursor.time == 2, "arrows go where they point"
    button(explorer, "one step on: time step").click()
    assert explorer.cursor.time == 1, "a step backward is to the time step before"


def test_cells_of_several_kinds_have_phases_of_their_own(traces, explore):
    explorer = explore({name: traces(name) for name in NETS})
    control(explorer, "phase of LSTM").value = 1
    control(explorer, "phase of GRU").value = 0
    assert explorer.cursor.phase == {"SimpleRNN": "h", "LSTM": "i", "GRU": "z"}
    assert control(explorer, "phase of SimpleRNN").disabled
    text = control(explorer, "cursor").value
    explorer.cursor = rs.Cursor()
    control(explorer, "cursor").value = text
    assert str(explorer.cursor) == text
    assert control(explorer, "layer").options[0] == ("simple_rnn / lstm / gru", "simple_rnn")


def test_views_are_shown_and_hidden(traces, explore):
    explorer = explore(traces("LSTM"))
    assert explorer.views == ("network", "cell", "equation", "training")
    control(explorer, "network").value = False
    control(explorer, "gate history").value = True
    assert explorer.views == ("cell", "equation", "training", "gate_history")
    assert len(widgets_of(explorer, ipywidgets.Image)) == 4
    explorer.views = ["gates"]
    assert [w.description for w in widgets_of(explorer, ipywidgets.ToggleButton) if w.value] == ["gates"]
    explorer.views = []
    assert widgets_of(explorer, ipywidgets.Image) == []
    assert "image/png" not in explorer._repr_mimebundle_()


def test_what_is_shown_is_said_in_words(traces, explore):
    explorer = explore(traces("LSTM"), ["cell", "gates"])
    control(explorer, "in words").value = True
    for time in (0, 1):
        explorer.cursor = rs.Cursor(time=time)
        said = " ".join(w.value for w in widgets_of(explorer, ipywidgets.HTML))
        assert f"time step {time}" in said
        assert re.sub(r"[<&].*", "", explorer.alt.splitlines()[0]) in said


def test_every_control_has_a_name_and_says_what_it_does(traces, explore):
    explorer = explore({name: traces(name) for name in NETS})
    kinds = (ipywidgets.Button, ipywidgets.ToggleButton, ipywidgets.IntSlider, ipywidgets.Dropdown, ipywidgets.Text)
    controls = widgets_of(explorer, (*kinds, ipywidgets.BoundedIntText, ipywidgets.ToggleButtons))
    assert len(controls) > 30
    for widget in controls:
        assert widget.tooltip
        assert widget.description or isinstance(widget, ipywidgets.Button | ipywidgets.ToggleButtons)


def test_one_epoch_of_a_simple_cell_can_be_explored(explore):
    """Sliders with a single place."""
    task = rs.tasks.counting()
    trace = rs.Sequential([rs.layers.SimpleRNN(1, input_shape=(4, 1)), rs.Dense(1)]).trace(task.x)
    explorer = explore(trace, ["cell"])
    assert [slider.disabled for slider in widgets_of(explorer, ipywidgets.IntSlider)] == [True, False, True]
    assert explorer.step("epoch") is False


# ------------------------------------------------------------------------------------------------------- playing


def test_it_plays_and_pauses(traces, explore):
    explorer = explore(traces("GRU"), ["gates"], rs.Cursor(epoch=2))

    async def run():
        explorer.play("phase", speed=1000)
        start = button(explorer, "pause: phase")
        async with asyncio.timeout(60):
            while explorer.cursor.layer != "gru_1":
                await asyncio.sleep(0.01)
        start.click()
        assert start.icon == "play"
        before = explorer.cursor
        await asyncio.sleep(0.1)
        assert explorer.cursor == before
        press(explorer, " ")
        async with asyncio.timeout(60):
            while explorer.cursor == before:
                await asyncio.sleep(0.01)
        explorer.pause()
        explorer.cursor = rs.Cursor(layer="gru_1")
        explorer.play("time")
        assert (explorer.cursor.layer, explorer.cursor.time) == ("gru_1", 0), "at the end it begins anew, in its layer"
        explorer.close()
        await asyncio.sleep(0.05)

    asyncio.run(run())


def test_playing_needs_an_event_loop(traces, explore):
    explorer = explore(traces("GRU"), ["gates"])
    button(explorer, "play: time step").click()
    assert "event loop" in message(explorer)
    with pytest.raises(RuntimeError, match="event loop"):
        explorer.play()


def test_a_fault_while_playing_ends_it_with_a_message(traces, explore, monkeypatch):
    explorer = explore(traces("GRU"), ["gates"], rs.Cursor(epoch=0))

    async def run():
        explorer.play("time", speed=1000)
        monkeypatch.setattr(explorer._session.walk, "step", lambda *_: 1 / 0)
        await asyncio.sleep(0.1)

    asyncio.run(run())
    assert "ZeroDivisionError" in message(explorer)
    assert button(explorer, "play: time step").icon == "play"


def test_closing_lets_go_of_the_traces():
    task = rs.tasks.counting()
    trace = rs.Sequential([rs.GRU(3, input_shape=(4, 1)), rs.Dense(1)]).trace(task.x)
    held, explorer = weakref.ref(trace), rs.explore(trace, ["gates"])
    explorer.close()
    del trace, explorer
    gc.collect()
    assert held() is None


# ------------------------------------------------------------------------------------------------------- threads


def sends(widget, **state):
    """Send a widget what a page sends when somebody uses it."""
    data = {"method": "update", "state": state, "buffer_paths": []}
    widget.comm.handle_msg({"content": {"data": data}, "buffers": []})


def drawing_threads(monkeypatch):
    """Return a set to which every thread that draws a picture adds itself."""
    found = set()

    def noted(draw):
        def call(picture, *arguments, **options):
            found.add(threading.get_ident())
            return draw(picture, *arguments, **options)

        return call

    for name in ("frame", "move", "savefig"):
        monkeypatch.setattr(Picture, name, noted(getattr(Picture, name)))
    return found


def test_events_of_another_thread_are_dealt_with_by_the_owner(traces, explore, monkeypatch):
    """A notebook runs them in a subshell, where pictures would be drawn while a cell or the player draws."""
    monkeypatch.setattr(thread, "PATIENCE", 60)
    drew = drawing_threads(monkeypatch)

    async def run():
        explorer = explore(traces("LSTM"), ["cell", "equation"], rs.Cursor(epoch=2, time=1))
        slider = control(explorer, "time step")
        await asyncio.to_thread(sends, slider, value=3)
        assert (explorer.cursor.time, slider.value) == (3, 3), "it has been dealt with when the thread goes on"
        shown = []
        explorer.observe_cursor(lambda cursor: shown.append(cursor.epoch))
        explorer.play("phase", speed=1000)
        for place in (0, 2, 1) * 5:
            await asyncio.to_thread(sends, control(explorer, "epoch"), value=place)
            assert explorer._session.walk.epochs[place] in shown
            shown.clear()
        explorer.pause()
        assert message(explorer) == ""

    asyncio.run(run())
    assert drew == {threading.get_ident()}


def test_methods_may_be_called_from_another_thread(traces, explore, monkeypatch, tmp_path):
    """A teacher's own button runs in the thread of events too."""
    drew = drawing_threads(monkeypatch)

    async def run():
        explorer = explore(traces("GRU"), ["gates"], rs.Cursor(time=1))
        assert await asyncio.to_thread(explorer.step, "time")
        assert explorer.cursor.time == 2
        await asyncio.to_thread(setattr, explorer, "cursor", "Cursor(time=0)")
        await asyncio.to_thread(setattr, explorer, "views", ["gates", "cell"])
        assert "time step 0" in await asyncio.to_thread(lambda: explorer.alt)
        await asyncio.to_thread(explorer.save, tmp_path / "moment.png")
        with pytest.raises(ValueError, match="got 99"):
            await asyncio.to_thread(setattr, explorer, "cursor", rs.Cursor(time=99))
        await asyncio.to_thread(explorer.play, "phase", 1000)
        async with asyncio.timeout(60):
            while explorer.cursor.layer == "gru":
                await asyncio.sleep(0.01)
        await asyncio.to_thread(explorer.pause)
        assert explorer._session.playing.over is None
        await asyncio.to_thread(explorer.close)

    asyncio.run(run())
    assert drew == {threading.get_ident()}


def test_explorers_made_in_other_threads_have_the_same_owner(traces, explore, monkeypatch):
    """A teacher's own button may make one."""
    drew = drawing_threads(monkeypatch)

    async def run():
        explorer = explore(traces("GRU"), ["gates"], rs.Cursor(time=1))
        other = await asyncio.to_thread(explore, traces("LSTM"), ["cell"], rs.Cursor(time=0))
        explorer.observe_cursor(lambda cursor: setattr(other, "cursor", rs.Cursor(time=cursor.time)))
        other.observe_cursor(lambda cursor: setattr(explorer, "cursor", rs.Cursor(time=cursor.time)))
        async with asyncio.timeout(60):
            await asyncio.to_thread(sends, control(other, "time step"), value=3)
            await asyncio.to_thread(explorer.step, "time", -1)
        assert (explorer.cursor.time, other.cursor.time) == (2, 2)

    asyncio.run(run())
    assert drew == {threading.get_ident()}


def test_an_event_waits_for_a_long_cell_but_holds_up_no_other(traces, explore, monkeypatch):
    monkeypatch.setattr(thread, "PATIENCE", 0.05)

    async def run():
        explorer = explore(traces("LSTM"), ["cell"], rs.Cursor(time=1))
        sent = threading.Thread(target=sends, args=[control(explorer, "time step")], kwargs={"value": 3})
        sent.start()
        sent.join(10)  # as a cell that runs: the loop stands still
        assert not sent.is_alive()
        assert explorer.cursor.time == 1
        await asyncio.sleep(0.05)
        assert explorer.cursor.time == 3

    asyncio.run(run())


def test_an_error_of_a_late_event_is_logged(monkeypatch, caplog):
    monkeypatch.setattr(thread, "PATIENCE", 0.01)
    widget = SimpleNamespace(comm=SimpleNamespace(handle_msg=lambda _: 1 / 0))

    async def run():
        thread.OWNER.do(lambda: thread.OWNER.hear(widget))
        sent = threading.Thread(target=widget.comm.handle_msg, args=[{}])
        sent.start()
        sent.join(10)  # as a cell that runs: the loop stands still
        assert not sent.is_alive()
        assert "ZeroDivisionError" not in caplog.text
        await asyncio.sleep(0.05)
        assert "ZeroDivisionError" in caplog.text

    asyncio.run(run())


async def asks(place, work):
    """Ask for some work in a thread with a loop."""
    place.do(work)


def long_work(place, order, is_begun):
    """Return work during which another thread asks for some, and that asks for more itself."""

    def work():
        order.append("long work begins")
        is_begun.set()
        sleep(0.2)
        place.do(lambda: order.append("a part of it"))
        order.append("long work ends")

    return work


def test_a_new_owner_waits_for_the_work_of_the_old_one(monkeypatch):
    """The first owner may be a thread of events; a cell that uses an explorer then makes the main thread the owner."""
    place, order, is_begun = thread.OwnerThread(), [], threading.Event()
    works = long_work(place, order, is_begun), lambda: order.append("work of the main thread")
    first, main = (threading.Thread(target=asyncio.run, args=[asks(place, work)], daemon=True) for work in works)
    monkeypatch.setattr(thread, "threading", SimpleNamespace(**{**vars(threading), "main_thread": lambda: main}))
    first.start()
    assert is_begun.wait(10)
    main.start()
    for one in (main, first):
        one.join(10)
        assert not one.is_alive()
    assert order == ["long work begins", "a part of it", "long work ends", "work of the main thread"]


def test_work_that_began_while_no_loop_ran_waits_for_none():
    place, order, is_begun = thread.OwnerThread(), [], threading.Event()
    other = threading.Thread(target=place.do, args=[long_work(place, order, is_begun)], daemon=True)

    def script():
        with asyncio.Runner() as runner:
            runner.run(asks(place, lambda: order.append("the owner is found")))
            other.start()
            is_begun.wait(10)
            runner.run(asks(place, lambda: order.append("work of the owner")))

    main = threading.Thread(target=script, daemon=True)
    main.start()
    for one in (main, other):
        one.join(10)
        assert not one.is_alive()
    assert order == ["the owner is found", "long work begins", "a part of it", "long work ends", "work of the owner"]


# -------------------------------------------------------------------------------------------------------- faults


def test_a_fault_in_a_callback_is_a_message_and_no_dead_slider(traces, explore, monkeypatch):
    explorer = explore(traces("LSTM"), ["cell"], rs.Cursor(epoch=2, time=1))
    with monkeypatch.context() as patch:
        patch.setattr(Picture, "move", lambda *_: 1 / 0)
        control(explorer, "time step").value = 3
        assert "ZeroDivisionError: division by zero" in message(explorer)
    control(explorer, "time step").value = 2
    assert (explorer.cursor.time, message(explorer)) == (2, "")


def test_a_faulty_observer_is_a_message_and_stops_nothing(traces, explore):
    explorer, seen = explore(traces("LSTM"), ["cell"]), []

    def broken(cursor):
        raise KeyError("<b>mine</b>")

    explorer.observe_cursor(broken)
    explorer.observe_cursor(seen.append)
    explorer.cursor = rs.Cursor(time=0)
    assert [cursor.time for cursor in seen] == [0]
    assert "broken raised KeyError: &#x27;&lt;b&gt;mine&lt;/b&gt;&#x27;" in message(explorer)
    explorer.unobserve_cursor(broken)
    explorer.cursor = rs.Cursor(time=1)
    assert message(explorer) == ""
    with pytest.raises(ValueError, match="expected a function that observes"):
        explorer.unobserve_cursor(broken)
    with pytest.raises(TypeError, match="expected a function of a cursor"):
        explorer.observe_cursor(3)


def test_a_pasted_text_that_is_wrong_is_kept_and_explained(traces, explore):
    explorer = explore(traces("LSTM"), ["cell"])
    before = explorer.cursor
    for text, said in [
        ("nonsense", "expected a text such as"),
        ("Cursor(epoch=99)", "got 99"),
        ("Cursor(unit=4)", "0 to 3"),
    ]:
        control(explorer, "cursor").value = text
        assert said in message(explorer)
        assert control(explorer, "cursor").value == text
        assert explorer.cursor == before


@pytest.mark.parametrize(
    ("call", "error", "words"),
    [
        (lambda trace: rs.explore("run.npz"), TypeError, "expected a Trace, as model.fit.* and rs.load_trace return"),
        (lambda trace: rs.explore({"LSTM": trace}), TypeError, "for several use rs.compare"),
        (lambda trace: rs.explore(trace, "cell"), TypeError, r"expected a list of names, such as \['network'"),
        (lambda trace: rs.explore(trace, ["cells"]), ValueError, "did you mean 'cell'"),
        (lambda trace: rs.explore(trace, cursor="Cursor()"), TypeError, "expected a Cursor"),
        (lambda trace: rs.explore(trace, cursor=rs.Cursor(epoch=9)), ValueError, "nearest is 4"),
        (lambda trace: rs.compare({}), ValueError, "expected 2 to 5 traces; got 0"),
        (lambda trace: rs.compare(trace), TypeError, "expected a dict of names and traces"),
        (lambda trace: rs.compare({"a": trace, "b": 3}), TypeError, "expected a Trace.* for 'b'"),
        (lambda trace: rs.compare({"a": trace, "b": other_task()}), ValueError, "traces of the same inputs; 'a' has"),
        (lambda trace: rs.compare({"a": trace, "b": trace}, "cellar"), ValueError, "did you mean 'cell'"),
    ],
)
def test_bad_input_is_refused(traces, call, error, words):
    with pytest.raises(error, match=words):
        call(traces("LSTM"))


def other_task():
    """Return a trace of other inputs."""
    return rs.Sequential([rs.layers.LSTM(4, input_shape=(4, 1)), rs.Dense(1)]).trace(np.ones((6, 4, 1), "float32"))


# ------------------------------------------------------------------------------------------------ pages and files


def test_a_page_without_a_kernel_shows_the_moment(traces, explore):
    explorer = explore(traces("LSTM"), ["equation", "cell"], rs.Cursor(time=2, phase="f"))
    explorer.views = ["cell", "equation"]
    bundle = json.loads(json.dumps(explorer._repr_mimebundle_()))
    assert bundle["application/vnd.jupyter.widget-view+json"]["model_id"] == explorer._screen.root.model_id
    assert bundle["text/plain"] == f"{explorer.cursor}\n{explorer.alt}"
    page = pixels(base64.b64decode(bundle["image/png"]))[..., :3]
    top = 0
    for view in explorer.views:
        frame = drawn(moments_of({"": traces("LSTM")}, explorer.cursor), view, most=WIDEST).frame()[..., :3]
        assert np.array_equal(page[top : top + len(frame), : frame.shape[1]], frame)
        top += len(frame)
    assert top == len(page)


def test_what_is_shown_is_saved(traces, explore, tmp_path):
    explorer = explore({name: traces(name) for name in NETS[:2]}, "cell", rs.Cursor(time=2))
    explorer.views = ["cell", "training"]
    found = {}
    for kind in ("png", "svg", "pdf"):
        for name in ("a", "b"):
            explorer.save(tmp_path / f"{name}.{kind}")
        found[kind] = (tmp_path / f"a.{kind}").read_bytes()
        assert found[kind] == (tmp_path / f"b.{kind}").read_bytes()
    assert Image.open(io.BytesIO(found["png"])).info["Description"] == explorer.alt
    assert b"Wiring of a cell" in found["svg"]


def test_a_saved_page_holds_the_same_views(traces, explore):
    explorer = explore(traces("GRU"), ["network", "cell"], rs.Cursor(time=2))
    figure = explorer.picture()
    assert [type(view).__name__ for view in figure.views] == ["NetworkView", "CellView"]
    assert figure.alt == explorer.alt
    explorer.close()
    for use in (
        explorer.picture,
        lambda: setattr(explorer, "cursor", rs.Cursor(time=0)),
        lambda: explorer.step("time"),
    ):
        with pytest.raises(ValueError, match="closed"):
            use()
    explorer.close()


# --------------------------------------------------------------------------------------------------------- leaks


def test_two_explorers_do_not_disturb_each_other(traces, explore):
    one, two = explore(traces("LSTM"), ["cell"]), explore(traces("LSTM"), ["cell"])
    before = two.cursor, widgets_of(two, ipywidgets.Image)[0].value
    one.cursor = rs.Cursor(epoch=0, time=1)
    one.views = ["gates"]
    assert (two.cursor, widgets_of(two, ipywidgets.Image)[0].value) == before
    two.cursor = rs.Cursor(time=0)
    assert one.cursor.time == 1


def test_closing_leaves_nothing_behind(traces):
    live = ipywidgets.widgets.widget._instances
    rs.explore(traces("LSTM"), ["cell"]).close()
    gc.collect()
    before = set(live)
    explorer = rs.explore(traces("LSTM"))
    pictures = [weakref.ref(picture) for picture in explorer._session.frames.pictures.values()]
    explorer.views = ["units"]
    explorer.close()
    assert set(live) == before
    del explorer
    gc.collect()
    assert [picture() for picture in pictures] == [None] * 4


def test_it_leaves_pyplot_alone(traces, explore):
    import matplotlib.pyplot as plt

    explore(traces("LSTM")).step("time", -1)
    assert plt.get_fignums() == []


def walk_far(views, steps):
    """Take an explorer through everything there is; print by how many bytes the process grew, and what was left."""
    layers = [rs.LSTM(4, return_sequences=True, input_shape=(4, 1)), rs.LSTM(4), rs.layers.Dense(1)]
    model, task = rs.Sequential(layers, seed=0), rs.tasks.counting()
    model.compile()
    trace = model.fit(task.x, task.y, epochs=5, verbose=0)
    explorer = rs.explore(trace, views)
    widgets = len(ipywidgets.widgets.widget._instances)
    moments = [
        rs.Cursor(epoch, layer, sample, time, unit, phase, direction)
        for layer in trace.layers[:2]
        for direction in ("forward", "backward")
        for epoch in trace.epochs.tolist()
        for sample in range(6)
        for time in range(4)
        for unit in range(4)
        for phase in trace[layer].quantities
    ]

    def walk(first, last):
        for k in range(first, last):
            explorer.cursor = moments[(7 * k) % len(moments)]
        gc.collect()

    walk(0, 1500)  # what is kept on purpose, such as frames and letters, fills up
    before = resident()
    walk(1500, 1500 + steps)
    grown = resident() - before
    pictures = sum(isinstance(thing, Picture) for thing in gc.get_objects())
    print(json.dumps([grown, len(ipywidgets.widgets.widget._instances) - widgets, pictures]))


def resident():
    """Return how many bytes of memory the process holds, without those that are free and only wait for the system."""
    ctypes.CDLL(None).malloc_trim(0)
    return int(Path("/proc/self/statm").read_text().split()[1]) * resource.getpagesize()


@pytest.mark.slow
@pytest.mark.skipif(not hasattr(ctypes.CDLL(None), "malloc_trim"), reason="reads the memory of the process as on Linux")
@pytest.mark.parametrize("views", [("cell", "equation"), ("network", "gates")], ids="-".join)
def test_thousands_of_steps_leave_no_memory_behind(views):
    code = f"import test_explorer; test_explorer.walk_far({views!r}, 3_000)"
    run = subprocess.run([sys.executable, "-c", code], cwd=Path(__file__).parent, capture_output=True, check=True)
    grown, widgets, pictures = json.loads(run.stdout)
    print(f"{'-'.join(views)}: {grown / 1e6:+.2f} MB after 3,000 steps")
    assert grown < 2.5e6
    assert widgets == 0
    assert pictures == 4 * len(views)  # one of each layer and direction


def test_a_closed_explorer_says_so_and_keeps_nothing(traces):
    explorer = rs.explore(traces("LSTM"), ["cell"])
    before = explorer.cursor
    explorer.close()
    explorer.close()
    assert explorer._repr_mimebundle_() == {"text/plain": "<rnnscope.Explorer, closed>"}
    for use in (lambda: explorer.alt, lambda: explorer.play(), lambda: setattr(explorer, "views", ["gates"])):
        with pytest.raises(ValueError, match="closed"):
            use()
    assert (explorer.cursor, explorer.views) == (before, ("cell",))
    assert explorer._session.walk is None
    assert not explorer._session.traces


def test_a_view_that_failed_once_is_drawn_anew(traces, explore, monkeypatch):
    from rnnscope.figures.cell.view import CellView

    explorer = explore(traces("LSTM"), ["cell", "gates"])
    with monkeypatch.context() as patch:
        patch.setattr(CellView, "draw", lambda *_: 1 / 0)
        explorer.cursor = rs.Cursor(layer="lstm_1", time=1)
    assert "ZeroDivisionError" in message(explorer)
    frame = drawn(moments_of({"": traces("LSTM")}, explorer.cursor), "gates", most=WIDEST).frame()
    assert np.array_equal(pixels(widgets_of(explorer, ipywidgets.Image)[-1].value), frame), "the others follow"
    explorer.cursor = explorer.cursor
    frame = drawn(moments_of({"": traces("LSTM")}, explorer.cursor), "cell", most=WIDEST).frame()
    assert np.array_equal(pixels(widgets_of(explorer, ipywidgets.Image)[0].value), frame)


def test_the_speed_is_one_fact(traces, explore):
    explorer = explore(traces("GRU"), ["gates"])
    for speed, error in [(0, ValueError), ("fast", TypeError), (-1, ValueError)]:
        with pytest.raises(error, match="speed: expected a number above 0"):
            explorer.play(speed=speed)
    before = explorer.cursor
    with pytest.raises(RuntimeError, match="event loop"):
        explorer.play("time", speed=25)
    assert explorer.cursor == before
    explorer.step("time", -1)
    assert control(explorer, "speed").value == 25
    control(explorer, "speed").value = 4
    assert explorer._session.playing.player.speed == 4


def test_an_observer_that_goes_on_leaves_no_older_news(traces, explore):
    explorer, told = explore(traces("GRU"), ["gates"], rs.Cursor(time=0)), []
    explorer.observe_cursor(lambda cursor: cursor.time == 1 and explorer.step("time"))
    explorer.observe_cursor(lambda cursor: told.append(cursor.time))
    explorer.step("time")
    assert told == [2]


def test_playing_waits_for_the_page(traces, explore):
    explorer = explore(traces("GRU"), ["gates"], rs.Cursor(time=0))
    keyboard = explorer._screen.board.listener
    explorer.step("time")
    keyboard.seen = keyboard.drawn - 1
    assert not keyboard.is_served
    assert not explorer._session.playing.player.arrived()
    keyboard.seen = keyboard.drawn
    assert explorer._session.playing.player.arrived()
    explorer.step("time")
    assert not explorer._session.playing.player.arrived(), "each picture counts"


def test_a_picture_is_as_large_as_its_layer_needs_wherever_one_began(explore):
    layers = [rs.LSTM(4, return_sequences=True, input_shape=(4, 1)), rs.GRU(60), rs.layers.Dense(1)]
    trace = rs.Sequential(layers, seed=0).trace(rs.tasks.counting().x)
    one = explore(trace, ["cell"], rs.Cursor(layer="lstm"))
    one.cursor = rs.Cursor(layer="gru")
    other = explore(trace, ["cell"], rs.Cursor(layer="gru"))
    assert widgets_of(one, ipywidgets.Image)[0].value == widgets_of(other, ipywidgets.Image)[0].value


def test_the_largest_unit_of_a_wide_layer_beside_a_narrow_one(explore):
    def trace(layer):
        return rs.Sequential([layer, rs.layers.Dense(1)], seed=0).trace(rs.tasks.counting().x)

    wide = trace(rs.LSTM(12, input_shape=(4, 1)))
    nets = {"wide": wide, "narrow": trace(rs.GRU(3, input_shape=(4, 1)))}
    explorer = explore(nets, "gates", rs.Cursor(unit="largest"))
    units = []
    for time in range(4):
        explorer.cursor = rs.Cursor(sample=0, unit="largest", time=time)
        units.append(control(explorer, "unit").value)
        assert units[-1] == np.abs(wide["lstm"]["h"][-1, 0, time]).argmax()
    control(explorer, "largest").value = False
    assert explorer.cursor.unit == min(units[-1], 2)


# ---------------------------------------------------------------------------------------------- what the page tells


def hear(explorer, said):
    """Let the page say something."""
    explorer._screen.board.listener._handle_custom_msg(said, [])


def test_a_click_on_a_picture_goes_there(traces, explore):
    explorer = explore(traces("LSTM"), ["gates", "cell"], rs.Cursor(time=0, phase="h", unit=0))
    view = next(p for (name, *_), p in explorer._session.frames.pictures.items() if name == "gates").views[0]
    figure, heat = view.figure, view.panels["f"][0]
    across, up = heat.axes.transData.transform((2, list(view.data.units).index(3)))
    hear(explorer, {"click": ["gates", across / figure.bbox.width, 1 - up / figure.bbox.height]})
    assert (explorer.cursor.time, explorer.cursor.unit, explorer.cursor.phase) == (2, 3, "f")
    assert control(explorer, "time step").value == 2
    before = explorer.cursor
    for said in ({"click": ["gates", 0.5, 0.001]}, {"key": "x"}, {}, "nonsense"):
        hear(explorer, said)
        assert (explorer.cursor, message(explorer)) == (before, "")
    hear(explorer, {"click": ["cellar", 0.5, 0.5]})
    assert "did you mean" in message(explorer)


def test_a_dark_page_has_dark_pictures_and_symbols(traces, explore):
    explorer = explore(traces("LSTM"), ["cell"])
    listener, image = explorer._screen.board.listener, widgets_of(explorer, ipywidgets.Image)[0]
    light = legend(explorer)
    listener.place = {"is_dark": True, "room": 640}
    assert pixels(image.value)[0, 0].tolist() == [17, 17, 17, 255]
    assert image.width == "625"
    assert legend(explorer) != light
    listener.place = {"is_dark": False, "room": 2000}
    assert pixels(image.value)[0, 0].tolist() == [255] * 4
    assert (image.width, legend(explorer)) == (str(int(100 * WIDEST)), light)


def legend(explorer):
    """Return the legend of symbols as HTML."""
    return next(w.value for w in widgets_of(explorer, ipywidgets.HTML) if "rnnscope-legend" in w.value)


def test_the_legend_has_the_symbols_of_the_cells_in_their_colours(traces, explore):
    explorer = explore({name: traces(name) for name in NETS}, "cell", rs.Cursor(phase={"LSTM": "f", "GRU": "z"}))
    found = legend(explorer)
    for name in NETS:
        cell = traces(name)[traces(name).layers[0]].cell
        for quantity in cell:
            swatch = f'<i style="background:{quantity_colour(cell, quantity.name)}"></i><b>{quantity.name}</b>'
            assert swatch in found
            assert quantity.title in found
    assert re.findall("<u>(.*?)</u>", found) == ["hidden state", "forget gate", "update gate"]


def test_a_picture_stands_below_the_question_that_it_answers(traces, explore):
    explorer = explore(traces("LSTM"), ["gates", "cell"])
    asked = [w.value for w in widgets_of(explorer, ipywidgets.HTML) if 'role="heading"' in w.value]
    assert [re.sub("<.*?>", "", text) for text in asked] == ["Which gate opened?", "What happens in one step?"]


def test_the_options_of_the_shown_views_are_controls(traces, explore):
    explorer = explore(traces("LSTM", units=7), ["cell"], rs.Cursor(phase="g"))
    there = [w.description for w in widgets_of(explorer, ipywidgets.Dropdown)]
    assert "order" not in there
    explorer.views = ["gates"]
    assert control(explorer, "order").value == control(explorer, "order").options[0][1]
    before = widgets_of(explorer, ipywidgets.Image)[0].value
    control(explorer, "order").value = "mean"
    assert explorer.options == {"order": "mean"}
    assert widgets_of(explorer, ipywidgets.Image)[0].value != before
    explorer.options = {"order": "activity"}
    assert control(explorer, "order").value == "activity"
    with pytest.raises(ValueError, match="order: expected one of"):
        explorer.options = {"order": "size"}
    for view in rs.figures.VIEWS:
        explorer.views = [view]
        for name, words in choices_of([view]).items():
            assert control(explorer, name).options == tuple((word, word) for word in words)


def test_what_plays_is_said(traces, explore):
    explorer = explore(traces("GRU"), ["gates"], rs.Cursor(epoch=0, layer="gru", sample=0, time=0, unit=0))

    def said():
        (text,) = [w.value for w in widgets_of(explorer, ipywidgets.HTML) if 'role="status"' in w.value]
        return re.sub("<.*?>", "", text)

    async def run():
        assert said() == "Space plays time steps."
        press(explorer, " ")
        assert said().startswith("Plays time steps in layer")
        press(explorer, " ")
        assert said() == "Paused. Space plays time steps again."

    asyncio.run(run())


# ------------------------------------------------------------------------------------------- the picture in its place


def test_a_still_picture_is_displayed_with_it_and_follows(traces, explore, monkeypatch):
    shown, updates = [], []

    class Handle:
        def update(self, bundle, raw):
            updates.append(bundle)

    def display(bundle, raw, display_id=None):
        shown.append(bundle)
        return Handle() if display_id else None

    monkeypatch.setattr("rnnscope.widgets.explorer.display", display)
    monkeypatch.setattr("rnnscope.widgets.still.display", display)
    monkeypatch.setattr("rnnscope.widgets.still.REST", 0.02)
    explorer = explore(traces("LSTM"), ["cell", "gates"], rs.Cursor(time=0))

    async def run():
        explorer._ipython_display_()
        widget, still = shown
        assert widget["application/vnd.jupyter.widget-view+json"]["model_id"] == explorer._screen.root.model_id
        assert "image/png" not in widget and still["text/plain"] == f"{explorer.cursor}\n{explorer.alt}"
        assert still["image/png"] in still["text/html"]
        assert f'class="rnnscope-still {explorer._screen.board.listener.still}"' in still["text/html"]
        explorer.cursor = rs.Cursor(time=1)
        explorer.cursor = rs.Cursor(time=2)
        async with asyncio.timeout(30):
            while not updates:
                await asyncio.sleep(0.01)
        await asyncio.sleep(0.1)
        assert [bundle["text/plain"] for bundle in updates] == [f"{explorer.cursor}\n{explorer.alt}"]
        assert updates[0]["image/png"] == explorer._repr_mimebundle_()["image/png"] != still["image/png"]
        explorer.views = []
        explorer.close()
        await asyncio.sleep(0.1)
        assert len(updates) == 1

    asyncio.run(run())
    explorer._ipython_display_()
    assert shown[-1] == {"text/plain": "<rnnscope.Explorer, closed>"}
