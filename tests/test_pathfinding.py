"""The way of a line around what is in its way: clear of obstacles and lines, along one axis at a time, and short."""

from itertools import pairwise

import numpy as np
import pytest

from rnnscope.figures.wiring.pathfinding import CLEARANCE, common, find_path, segments


def opening(x, y, across, up):
    """Return a point, and the one outside of it."""
    return (x, y), (x + across * CLEARANCE, y + up * CLEARANCE)


def length(path):
    return sum(abs(a[0] - b[0]) + abs(a[1] - b[1]) for a, b in pairwise(path))


def assert_clear(path, obstacles, lines):
    """No stretch goes through a obstacle, or lies on a line; each goes along one axis."""
    for (a, b), part in zip(pairwise(path), segments(path), strict=True):
        assert (a[0] == b[0]) != (a[1] == b[1])
        assert all(min(common(part, obstacle)) < 0 for obstacle in obstacles)
        for line in lines:
            assert not (min(common(part, line)) > -0.05 and max(common(part, line)) > 0.05)


def test_what_rectangles_have_in_common():
    assert common((0, 0, 2, 1), (1, -1, 3, 4)) == (1, 1)
    assert common((0, 0, 1, 1), (3, 0, 4, 1)) == (-2, 1)
    assert segments(((0, 0), (0, 2), (-1, 2))) == [(0, 0, 0, 2), (-1, 2, 0, 2)]


def test_a_free_way_is_straight():
    obstacles, lines = [(2, 3, 4, 5)], [(0, 6, 9, 6)]
    assert find_path([opening(0, 0, 1, 0)], [opening(5, 0, -1, 0)], obstacles, lines) == ((0, 0), (5, 0))


def test_it_goes_around_a_wall_on_the_shorter_side():
    obstacle = (2.0, -1.0, 3.0, 4.0)
    path = find_path([opening(0, 0, 1, 0)], [opening(5, 0, -1, 0)], [obstacle], [(9, 9, 9, 10)])
    assert_clear(path, [obstacle], [])
    assert min(y for _, y in path) == -1 - CLEARANCE
    assert length(path) == pytest.approx(5 + 2 * (1 + CLEARANCE)), "and no way around is shorter"


def test_it_takes_the_best_of_several_openings():
    obstacle = (2.0, -9.0, 3.0, 9.0)
    starts = [opening(0, 0, 1, 0), opening(0, 0, -1, 0), opening(0, 0, 0, 1)]
    ends = [opening(-4, 0, 1, 0), opening(4, 0, -1, 0)]
    assert find_path(starts, ends, [obstacle], [(9, 9, 9, 10)]) == ((0, 0), (-4, 0))


def test_it_crosses_lines_but_does_not_run_along_them():
    along, across = (1.0, 0.0, 6.0, 0.0), (3.0, -20.0, 3.0, 20.0)
    path = find_path([opening(0, 0, 1, 0)], [opening(7, 0, -1, 0)], [(9, 9, 10, 10)], [along, across])
    assert_clear(path, [], [along])
    assert len(path) > 2 and any(min(common(part, across)) >= 0 for part in segments(path))


def test_there_may_be_no_way():
    ring = [(-2, -2, 2, -1), (-2, 1, 2, 2), (-2, -2, -1, 2), (1, -2, 2, 2)]
    assert find_path([opening(0, 0, 1, 0)], [opening(5, 0, -1, 0)], ring, [(9, 9, 9, 10)]) is None


def test_among_many_walls_it_stays_clear():
    rng = np.random.default_rng(0)
    for _ in range(20):
        corners = rng.uniform((1.0, -6.0), (14.0, 5.0), (12, 2))
        obstacles = [(x, y, x + 1.0, y + 1.0) for x, y in corners.tolist()]
        lines = [(x, -8.0, x, 8.0) for x in rng.uniform(2, 14, 3).tolist()]
        path = find_path([opening(0, 0, 1, 0)], [opening(16, 0, -1, 0)], obstacles, lines)
        assert_clear(path, obstacles, lines)
        assert length(path) < 16 + 2 * 14


def test_a_place_that_is_not_written_exactly_takes_no_extra_corner():
    x = 0.1 + 0.2
    obstacles = [(-9.0, -9.0, -0.25, 9.0), (5.0, -9.0, 9.0, 9.0)]
    found = find_path([((x - 0.25, 0.0), (x, 0.0))], [((x, 3.0), (x, 2.75))], obstacles, [])
    assert np.allclose(found, [(x - 0.25, 0), (x, 0), (x, 3)])
