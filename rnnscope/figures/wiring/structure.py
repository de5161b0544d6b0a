"""What in the wiring of a cell belongs where: its memory lines, what feeds them, and its boxes in their order."""

from __future__ import annotations

from rnnscope.figures.wiring.wiring import Wiring, WiringNode, entering


class Structure:
    """The parts of a wiring.

    Attributes
    ----------
    lines
        The nodes from the previous value of each state to its next one; none, if weights lie between.
    lined
        The states that have such a memory line.
    on_line
        The nodes on memory lines.
    feeding
        The nodes between the boxes and a memory line, with its state.
    boxes
        The functions of linear maps, from left to right.
    constants
        Learned constants that are read by a node, not by a box.
    inner
        The other nodes inside, off the lines.
    """

    def __init__(self, wiring: Wiring) -> None:
        self.wiring, self.nodes = wiring, wiring.nodes
        self.lines = {state: self._line(state) for state in wiring.cell.states}
        self.lined = [state for state, line in self.lines.items() if line]
        self.on_line = {key for line in self.lines.values() for key in line}
        lowest_last = reversed(self.lined)  # what feeds several lines stands below the lowest one
        self.feeding = {key: state for state in lowest_last for node in self.lines[state] for key in self._before(node)}
        self.boxes = self._columns()
        self.constants = [
            k for k, node in self.nodes.items() if node.kind == "constant" and not self._feeds_only_box(k)
        ]
        inside = [node.key for node in self.nodes.values() if node.phase and node.kind not in ("layer", "exit")]
        self.inner = [key for key in inside if key not in self.on_line and key not in self.constants]

    def goes_below(self, key: str) -> bool:
        """Say whether a line from below leads from what enters to a box, or to a node that feeds one."""
        to = [edge.target for edge in self.wiring.out_of(key) if not edge.is_peephole]
        return any(self.nodes[k].kind in ("layer", "map") or (k not in self.on_line and self.feeds_box(k)) for k in to)

    def feeds_box(self, key: str) -> bool:
        """Say whether a node is on the way to a box."""
        return any(t.kind == "layer" or (t.kind != "exit" and self.feeds_box(t.key)) for t in self._fed(key))

    def reader(self, key: str) -> str:
        """Return the box that a node feeds."""
        target = next(node for node in self._fed(key) if node.kind == "layer" or self.feeds_box(node.key))
        return target.key if target.kind == "layer" else self.reader(target.key)

    def reads_for_line(self, key: str) -> bool:
        """Say whether a node is read by one on a memory line."""
        return any(edge.target in self.on_line for edge in self.wiring.out_of(key))

    def rises(self, key: str) -> bool:
        """Say whether a node of one operand, that a memory line gives it, stands between this line and its reader."""
        is_fed = any(edge.source in self.on_line for edge in self.wiring.into(key))
        return self.nodes[key].kind == "unary" and is_fed and not self.reads_for_line(key)

    def stands_between(self, key: str) -> bool:
        """Say whether an inner node stands between two boxes, on the way to one, or above that, to a node over one."""
        kind, feeds_node = self.nodes[key].kind, key in self.feeding and not self.reads_for_line(key)
        return self.feeds_box(key) or kind == "map" or (kind == "unary" and feeds_node and not self.rises(key))

    def reads_line(self, box: str) -> bool:
        """Say whether a box reads, through a matrix, what a memory line gives: it stands behind all that gives it."""
        return any(e.source in self.on_line and e.entry and not e.is_peephole for e in self.wiring.into(box))

    def _feeds_only_box(self, key: str) -> bool:
        return all(self.nodes[edge.target].kind == "layer" for edge in self.wiring.out_of(key))

    def _fed(self, key: str) -> list[WiringNode]:
        """Return the nodes that read a node, but for those on memory lines."""
        return [self.nodes[e.target] for e in self.wiring.out_of(key) if e.target not in self.on_line]

    def _line(self, state: str) -> list[str]:
        """Return the nodes from the previous value of a state to its next one, if no weights lie between."""
        ways = [[entering(state)]]
        while ways:
            way = ways.pop(0)
            if way[-1] == state:
                return way[1:] if self.nodes[state].kind != "layer" else []
            out = [e.target for e in self.wiring.out_of(way[-1]) if e.entry is None]
            ways += [[*way, key] for key in out if self.nodes[key].kind not in ("exit", "layer", "map")]
        return []

    def _before(self, key: str) -> set[str]:
        """Return the nodes off the line and between the boxes and a node."""
        direct = {e.source for e in self.wiring.into(key)}
        own = {k for k in direct if self.nodes[k].phase and self.nodes[k].kind != "layer" and k not in self.on_line}
        return own.union(*(self._before(k) for k in own))

    def _columns(self) -> list[str]:
        """Return the boxes from left to right: as the cell says, or by where they join the memory line."""
        boxes = [key for key, node in self.nodes.items() if node.kind == "layer"]
        hinted = [key for key in self.wiring.cell.columns if key in boxes]
        return hinted + sorted((key for key in boxes if key not in hinted), key=self._joins)

    def _joins(self, key: str) -> float:
        """Return how far along the memory line a box joins it; just before its reader if it only feeds another box."""
        targets = [edge.target for edge in self.wiring.out_of(key)]
        found = [len(self.nodes)]
        for target in targets:
            for line in self.lines.values():
                if target in line:
                    found.append(line.index(target))
            if self.nodes[target].kind == "layer":
                found.append(self._joins(target) - 0.5)
            elif target not in self.on_line and self.nodes[target].kind != "exit":
                found.append(self._joins(target))
        return min(found)
