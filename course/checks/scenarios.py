"""A scenario leads from its first node to an end, whatever is chosen."""

from collections.abc import Iterator

from course.faults import Fault, did_you_mean
from course.schema import Scenario
from course.yaml_source import Document

__all__ = ["check_scenario"]


def check_scenario(document: Document, activity: Scenario) -> Iterator[Fault]:
    yield from _next(document, activity)
    yield from _reachable(document, activity)
    for number, node in enumerate(activity.nodes):
        supported = [option.supported for option in node.options]
        if any(value is not None for value in supported) and True not in supported:
            message = (
                f'No option of "{node.id}" is supported. Leave out every “supported” where each choice has its price.'
            )
            yield Fault(document.path, document.line("nodes", number, "options"), message)


def _next(document: Document, activity: Scenario) -> Iterator[Fault]:
    known = [node.id for node in activity.nodes]
    for number, node in enumerate(activity.nodes):
        for index, option in enumerate(node.options):
            if option.next is not None and option.next not in known:
                line = document.line("nodes", number, "options", index, "next")
                yield Fault(document.path, line, f'There is no node "{option.next}".{did_you_mean(option.next, known)}')


def _reachable(document: Document, activity: Scenario) -> Iterator[Fault]:
    ways = {node.id: [option.next for option in node.options if option.next] for node in activity.nodes}
    start = activity.nodes[0].id
    reached, waiting = {start}, [start]
    while waiting:
        for name in ways.get(waiting.pop(), []):
            if name not in reached:
                reached.add(name)
                waiting.append(name)
    for number, node in enumerate(activity.nodes):
        line = document.line("nodes", number)
        if node.id not in reached:
            yield Fault(document.path, line, f'No choice leads to the node "{node.id}".')
        elif _comes_back(node.id, ways):
            yield Fault(
                document.path,
                line,
                f'From the node "{node.id}" one can come back to it, so the scenario may never end.',
            )


def _comes_back(start: str, ways: dict[str, list[str]]) -> bool:
    reached: set[str] = set()
    waiting = list(ways.get(start, []))
    while waiting:
        name = waiting.pop()
        if name == start:
            return True
        if name not in reached:
            reached.add(name)
            waiting.extend(ways.get(name, []))
    return False
