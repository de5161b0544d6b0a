"""Playback against a clock that the test turns: speed, no queue, no step too many, and faults."""

import asyncio
import itertools

import pytest

import rnnscope as rs
from rnnscope.session import Session, Watcher
from rnnscope.session.playback import BREATH, SHOWN_PATIENCE, Player


class Loop:
    """An event loop whose clock stands still but when something is waited for."""

    def __init__(self):
        self.now, self.calls = 0.0, []

    def later(self, seconds, call):
        entry = [self.now + seconds, call]
        self.calls.append(entry)

        class Timer:
            def cancel(_):
                if entry in self.calls:
                    self.calls.remove(entry)

        return Timer()

    def run(self, until):
        while self.calls and min(self.calls)[0] <= until:
            entry = min(self.calls, key=lambda e: e[0])
            self.calls.remove(entry)
            self.now = max(self.now, entry[0])
            entry[1]()
        self.now = max(self.now, until)


def player(steps=1000, cost=0.0, **more):
    """Return a loop, a player on it, and the times at which it took steps."""
    loop, taken = Loop(), []

    def step(over):
        taken.append((over, round(loop.now, 6)))
        loop.now += cost
        return len(taken) < steps

    return loop, Player(step, later=loop.later, clock=lambda: loop.now, **more), taken


def test_steps_come_at_their_speed():
    loop, made, taken = player()
    made.speed = 10
    made.play("time")
    loop.run(0.95)
    assert taken == [("time", pytest.approx(k / 10)) for k in range(10)]


def test_a_slow_step_puts_off_the_next_and_none_is_queued():
    loop, made, taken = player(cost=0.3)
    made.speed = 10
    made.play("phase")
    loop.run(3)
    assert len(loop.calls) == 1
    gaps = [b - a for (_, a), (_, b) in itertools.pairwise(taken)]
    assert gaps == [pytest.approx(0.3 + BREATH)] * len(gaps)
    made.pause()
    assert loop.calls == []
    count = len(taken)
    loop.run(9)
    assert len(taken) == count


def test_the_time_of_a_step_counts_towards_the_next():
    loop, made, taken = player(cost=0.04)
    made.speed = 10
    made.play("time")
    loop.run(1.05)
    assert [t for _, t in taken] == [pytest.approx(k / 10) for k in range(11)]


def test_the_next_step_waits_until_the_picture_has_arrived():
    there = []
    loop, made, taken = player(arrived=lambda: bool(there))
    made.speed = 10
    made.play("time")
    loop.run(0.5)
    assert taken == []
    there.append(1)
    loop.run(0.55)
    assert len(taken) == 1
    there.clear()
    loop.run(0.55 + 2.5 * SHOWN_PATIENCE)
    assert len(taken) == 3


def test_it_ends_with_the_steps():
    changes = []
    loop, made, taken = player(steps=3, changed=lambda: changes.append(made.over))
    made.play("epoch")
    loop.run(10)
    assert (len(taken), changes, made.over, loop.calls) == (3, ["epoch", None], None, [])


def test_what_is_played_last_is_played():
    loop, made, taken = player()
    made.play("epoch")
    made.play("time")
    loop.run(1)
    assert {over for over, _ in taken} == {"time"}
    assert len(loop.calls) == 1


def test_a_step_may_pause():
    loop, made, _ = player()
    made.step = lambda over: made.pause() or True
    made.play("time")
    loop.run(1)
    assert (made.over, loop.calls) == (None, [])


def test_without_an_event_loop_it_says_so():
    with pytest.raises(RuntimeError, match="event loop"):
        Player(lambda over: True).play("time")


def test_it_plays_in_a_real_event_loop():
    taken = []

    async def run():
        made = Player(lambda over: taken.append(over) or len(taken) < 5)
        made.speed = 1000
        made.play("time")
        while made.over:
            await asyncio.sleep(0.01)

    asyncio.run(run())
    assert taken == ["time"] * 5


# ----------------------------------------------------------------------------------------------- information that flows


def test_a_step_is_shown_in_several_frames_within_its_time():
    frames = []
    loop, made, taken = player(flows=lambda over: over == "phase", show=lambda: seen())

    def seen():
        frames.append((made.part, round(loop.now, 6)))

    steps = made.step
    made.step = lambda over: (seen(), steps(over))[1]
    made.speed = 2  # ten ticks, of which information flows in six
    made.play("phase")
    loop.run(0.49)
    assert [part for part, _ in frames] == pytest.approx([k / 7 for k in range(1, 8)])
    assert [time for _, time in frames] == pytest.approx([k / 20 for k in range(7)])
    loop.run(0.51)
    assert [time for _, time in taken] == pytest.approx([0, 0.5]), "the next step comes when it would"
    made.pause()
    assert frames[-1][0] == made.part == 1, "what is paused is shown as it is"
    frames.clear()
    made.play("time")
    loop.run(1.1)
    assert [part for part, _ in frames] == [1, 1], "nothing flows there"


def test_a_quick_step_is_shown_at_once():
    shown = []
    loop, made, taken = player(flows=lambda over: True, show=lambda: shown.append(made.part))
    made.speed = 30
    made.play("phase")
    loop.run(0.99)
    assert len(taken) == 30 and not shown and made.part == 1


def test_the_explorer_shows_how_far_a_phase_has_come(traces):
    session = Session({"": traces("LSTM")}, ["cell", "gates"], rs.Cursor(layer="lstm", time=0, phase="f"))
    whole = {view: session.png(view) for view in session.views}
    session.playing.player.part = 0.5
    assert session.png("cell") != whole["cell"] and session.png("gates") == whole["gates"]
    session.playing.player.part = 1.0
    assert session.png("cell") == whole["cell"]
    loop = Loop()
    player = session.playing.player
    player.later, player.clock, player.speed = loop.later, lambda: loop.now, 2
    seen = []

    class Seen(Watcher):
        def show(self):
            seen.append((session.cursor.phase, session.playing.player.part))

    session.watch(Seen())
    session.playing.play("phase")
    loop.run(0.4)
    assert seen[1:] == [("i", pytest.approx(k / 7)) for k in range(1, 8)]
    session.move(phase="g")
    assert seen[-1] == ("g", 1.0)
