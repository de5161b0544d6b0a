"""Playback against a clock that the test turns: speed, no queue, no step too many, and faults."""

import asyncio
import itertools

import pytest

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
