"""The largest flow through a network whose capacities may grow between two runs.

Dinic's method: shortest paths first, many at a time. What left the source once is never taken back
by a later run, so whoever must come first is let in first.
"""

from collections import deque

UNBOUNDED = 10**12  # More than any number of seats or doses.


class Network:
    """Nodes are numbers from 0; 0 is the source and 1 the sink. An edge is known by its number."""

    def __init__(self) -> None:
        self._edges_of: list[list[int]] = [[], []]
        self._target: list[int] = []
        self._room: list[int] = []  # Of an edge, then of the way back through it.

    def node(self) -> int:
        """Add a node."""
        self._edges_of.append([])
        return len(self._edges_of) - 1

    def edge(self, source: int, target: int, capacity: int) -> int:
        """Add an edge; return its number."""
        number = len(self._target)
        self._target += [target, source]
        self._room += [capacity, 0]
        self._edges_of[source].append(number)
        self._edges_of[target].append(number + 1)
        return number

    def widen(self, edge: int, by: int) -> None:
        """Let *by* more through an edge."""
        self._room[edge] += by

    def flow(self, edge: int) -> int:
        """Return what goes through an edge now."""
        return self._room[edge + 1]

    def fill(self) -> None:
        """Send as much more from the source to the sink as the capacities let through."""
        while (levels := self._levels())[1] >= 0:
            begun = [0] * len(self._edges_of)
            while self._push(levels, begun):
                pass

    def _levels(self) -> list[int]:
        """Return each node's distance from the source along edges with room; -1 beyond reach."""
        levels = [-1] * len(self._edges_of)
        levels[0] = 0
        waiting = deque([0])
        while waiting:
            node = waiting.popleft()
            for edge in self._edges_of[node]:
                target = self._target[edge]
                if self._room[edge] and levels[target] < 0:
                    levels[target] = levels[node] + 1
                    waiting.append(target)
        return levels

    def _push(self, levels: list[int], begun: list[int]) -> bool:
        """Send along one shortest path what fits through it; tell whether there was one."""
        path: list[int] = []
        node = 0
        while node != 1:
            edge = self._onward(node, levels, begun)
            if edge is not None:
                path.append(edge)
                node = self._target[edge]
            elif path:  # A dead end: never enter it again in this phase.
                node = self._target[path.pop() ^ 1]
                begun[node] += 1
            else:
                return False
        amount = min(self._room[edge] for edge in path)
        for edge in path:
            self._room[edge] -= amount
            self._room[edge ^ 1] += amount
        return True

    def _onward(self, node: int, levels: list[int], begun: list[int]) -> int | None:
        edges = self._edges_of[node]
        while begun[node] < len(edges):
            edge = edges[begun[node]]
            if self._room[edge] and levels[self._target[edge]] == levels[node] + 1:
                return edge
            begun[node] += 1
        return None
