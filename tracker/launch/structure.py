"""A course as its cmi5.xml describes it (cmi5 13.1): plain data, and what follows from which AUs are satisfied.

Blocks and AUs stand in two flat lists, each with the block it lies in, so that they may be nested to any depth.
"""

from collections.abc import Collection, Mapping
from dataclasses import asdict, dataclass
from enum import StrEnum
from functools import cached_property, lru_cache
from typing import Any

import orjson

__all__ = ["Au", "Block", "LaunchMethod", "MoveOn", "Row", "Structure", "Texts"]

Texts = Mapping[str, str]
"""Language tag: text."""


class MoveOn(StrEnum):
    """When an AU is satisfied (cmi5 13.1.4)."""

    PASSED = "Passed"
    COMPLETED = "Completed"
    COMPLETED_AND_PASSED = "CompletedAndPassed"
    COMPLETED_OR_PASSED = "CompletedOrPassed"
    NOT_APPLICABLE = "NotApplicable"

    def is_met(self, *, completed: bool, passed: bool) -> bool:
        return {
            MoveOn.PASSED: passed,
            MoveOn.COMPLETED: completed,
            MoveOn.COMPLETED_AND_PASSED: completed and passed,
            MoveOn.COMPLETED_OR_PASSED: completed or passed,
            MoveOn.NOT_APPLICABLE: True,
        }[self]


class LaunchMethod(StrEnum):
    OWN_WINDOW = "OwnWindow"
    ANY_WINDOW = "AnyWindow"


@dataclass(frozen=True, slots=True)
class Block:
    index: int
    publisher_id: str
    title: Texts
    description: Texts
    parent: int | None


@dataclass(frozen=True, slots=True)
class Au:
    """``index`` counts in document order over all blocks. ``url`` is as it stands in the file."""

    index: int
    publisher_id: str
    title: Texts
    description: Texts
    parent: int | None
    url: str
    launch_method: LaunchMethod
    move_on: MoveOn
    mastery_score: float | None
    launch_parameters: str | None
    entitlement_key: str | None
    activity_type: str | None


@dataclass(frozen=True, slots=True)
class Row:
    """A line of the table of contents."""

    depth: int
    block: Block | None
    au: Au | None


@dataclass(frozen=True)
class Structure:
    """``order``: every block (as ``b0``, ``b1``…) and AU (``a0``…) as they follow each other in the file."""

    publisher_id: str
    title: Texts
    description: Texts
    blocks: tuple[Block, ...]
    aus: tuple[Au, ...]
    order: tuple[str, ...]

    @cached_property
    def depths(self) -> list[int]:
        """Of each block; 0 for one that lies in no other."""
        found: list[int] = []
        for block in self.blocks:  # a block always stands after the one it lies in
            found.append(0 if block.parent is None else found[block.parent] + 1)
        return found

    @property
    def rows(self) -> list[Row]:
        rows = []
        for name in self.order:
            if name[0] == "b":
                block = self.blocks[int(name[1:])]
                rows.append(Row(self.depths[block.index], block, None))
            else:
                au = self.aus[int(name[1:])]
                rows.append(Row(0 if au.parent is None else self.depths[au.parent] + 1, None, au))
        return rows

    def satisfied_blocks(self, satisfied_aus: Collection[int]) -> list[Block]:
        """Those whose AUs are all satisfied, innermost first."""
        open_blocks: set[int] = set()
        for au in self.aus:
            parent = au.parent
            while au.index not in satisfied_aus and parent is not None and parent not in open_blocks:
                open_blocks.add(parent)
                parent = self.blocks[parent].parent
        done = [block for block in self.blocks if block.index not in open_blocks]
        return sorted(done, key=lambda block: (-self.depths[block.index], block.index))

    def is_satisfied(self, satisfied_aus: Collection[int]) -> bool:
        return all(au.index in satisfied_aus for au in self.aus)

    def to_json(self) -> str:
        return orjson.dumps(asdict(self)).decode()


@lru_cache(maxsize=64)
def read_structure(text: str) -> Structure:
    """What ``to_json`` wrote."""
    found: dict[str, Any] = orjson.loads(text)
    return Structure(
        publisher_id=found["publisher_id"],
        title=found["title"],
        description=found["description"],
        blocks=tuple(Block(**block) for block in found["blocks"]),
        aus=tuple(
            Au(**{**au, "launch_method": LaunchMethod(au["launch_method"]), "move_on": MoveOn(au["move_on"])})
            for au in found["aus"]
        ),
        order=tuple(found["order"]),
    )
