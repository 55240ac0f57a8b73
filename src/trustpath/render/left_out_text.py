"""What could not be read, for people: places with the same trouble together."""

from collections.abc import Iterator

from trustpath.model.trace import Unread
from trustpath.render.terminal import Terminal

_MOST_NAMES = 5


def left_out_lines(items: tuple[Unread, ...], most: int, terminal: Terminal) -> Iterator[str]:
    """Yield a head line and at most so many troubles, each with its places."""
    count = len(items)
    yield terminal.style("left out", "yellow") + f": {count} place{'s' * (count > 1)} could not be read"
    alike: dict[str, list[str]] = {}
    for item in items:
        alike.setdefault(item.problem, []).append(item.place)
    for problem, places in list(alike.items())[:most]:
        if len(places) == 1:
            yield f"   - {terminal.text(places[0])}: {terminal.text(problem)}"
            continue
        yield f"   - {terminal.text(problem)}:"
        yield from (f"     {terminal.text(place)}" for place in places[:_MOST_NAMES])
        if len(places) > _MOST_NAMES:
            yield f"     and {len(places) - _MOST_NAMES} more"
    rest = sum(len(places) for places in list(alike.values())[most:])
    if rest:
        yield f"   - and {rest} more (all of them with -o json)"
