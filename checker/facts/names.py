"""The IRIs of nodes, in their order; those of nodes that are named after others are put together when asked for.

What relate works out of a million features has several names for each of them, of which a report tells a few.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

_Nodes = npt.NDArray[np.int64]


@dataclass(frozen=True)
class Derived:
    """Names made of others: the IRI of a first node, a word, and the end of the IRI of a second if there is one."""

    first: pa.Array
    word: str
    second: pa.Array | None = None

    def __len__(self) -> int:
        return len(self.first)


class Names:
    """The IRIs of nodes 0, 1, 2 …; ``parts``: in their order, written out or derived from the nodes before."""

    def __init__(self, parts: Sequence[pa.Array | Derived]) -> None:
        self.parts = tuple(part for part in parts if len(part))
        self._starts = np.cumsum([0, *map(len, self.parts)])

    def __len__(self) -> int:
        return int(self._starts[-1])

    def __getitem__(self, node: int) -> str:
        return str(self.take(pa.array([node], pa.int64()))[0].as_py())

    def take(self, nodes: pa.Array | pa.ChunkedArray) -> pa.Array:
        """The IRIs of nodes (int64), null for null."""
        return self._take(nodes.fill_null(-1).to_numpy())

    def find(self, iris: Collection[str]) -> dict[str, int]:
        """The nodes of those IRIs that name one."""
        found: dict[str, int] = {}
        for part, start in zip(self.parts, self._starts[:-1].tolist(), strict=True):
            rest = set(iris) - found.keys()
            if not rest:
                break
            rows = self._candidates(part, rest)
            names = part if isinstance(part, pa.Array) else self._take(rows + start)
            is_wanted = pc.is_in(names, pa.array(sorted(rest), pa.string()))
            kept = rows[is_wanted.to_numpy(zero_copy_only=False)] + start
            found |= dict(zip(names.filter(is_wanted).to_pylist(), kept.tolist(), strict=True))
        return found

    @cached_property
    def written(self) -> pa.ChunkedArray:
        """All IRIs, written out."""
        count = len(self)
        blocks = [self._take(np.arange(start, end)) for start, end in zip(self._starts, self._starts[1:], strict=False)]
        return pa.chunked_array(blocks if count else [], pa.string())

    def _take(self, nodes: _Nodes) -> pa.Array:
        which = np.searchsorted(self._starts, nodes, side="right") - 1
        used = np.flatnonzero(np.bincount(which + 1)) - 1
        if len(used) == 1 and used[0] >= 0:
            return self._of_part(int(used[0]), nodes)
        rows = [np.flatnonzero(which == k) for k in used.tolist() if k >= 0]
        taken = [self._of_part(int(which[where[0]]), nodes[where]) for where in rows]
        place = np.full(len(nodes), -1)
        if rows:
            place[np.concatenate(rows)] = np.arange(sum(map(len, rows)))
        found = pa.concat_arrays(taken) if taken else pa.array([], pa.string())
        return found.take(pa.array(place, mask=place < 0))

    def _of_part(self, k: int, nodes: _Nodes) -> pa.Array:
        part, rows = self.parts[k], pa.array(nodes - self._starts[k])
        if isinstance(part, pa.Array):
            return part.take(rows)
        heads = self.take(part.first.take(rows))
        if part.second is None:
            return pc.binary_join_element_wise(heads, part.word, "/")
        tails = pc.replace_substring_regex(self.take(part.second.take(rows)), "^.*:", "")
        return pc.binary_join_element_wise(heads, part.word, tails, "/")

    def _candidates(self, part: pa.Array | Derived, iris: Collection[str]) -> _Nodes:
        """The rows of a part that may bear one of some IRIs: of derived names, those whose first node's IRI one begins with."""
        if isinstance(part, pa.Array):
            return np.arange(len(part))
        mark = f"/{part.word}" if part.second is None else f"/{part.word}/"
        heads = {iri[:at] for iri in iris for at in _places(iri, mark)}
        first = part.first.to_numpy()
        return (
            np.flatnonzero(np.isin(first, list(self.find(heads).values()))) if heads else np.array([], dtype=np.int64)
        )


def _places(text: str, mark: str) -> list[int]:
    """Where a mark begins in a text."""
    found, at = [], text.find(mark)
    while at >= 0:
        found.append(at)
        at = text.find(mark, at + 1)
    return found
