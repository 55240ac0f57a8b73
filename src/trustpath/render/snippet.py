"""A line of the user's own file with the meant characters underlined."""

from collections.abc import Iterator

from trustpath.model.lint import LocatedFinding
from trustpath.render.terminal import Terminal


def snippet(finding: LocatedFinding, terminal: Terminal, color: str) -> Iterator[str]:
    """Yield the place of a finding and, where it has a line, that line."""
    arrow = terminal.style("-->", "blue")
    if not finding.line:
        yield f"  {arrow} {terminal.text(finding.file)} {terminal.text(finding.path)}"
        return
    yield f"  {arrow} {terminal.text(f'{finding.file}:{finding.line}:{finding.column}')}"
    gutter, bar = " " * len(str(finding.line)), terminal.style("|", "blue")
    mark = finding.column - finding.excerpt_column
    text, place, length = crop(finding.excerpt, mark, finding.length, terminal)
    yield f" {terminal.style(str(finding.line), 'blue')} {bar} {text}"
    yield f" {gutter} {bar} {' ' * place}{terminal.style('^' * max(length, 1), color)}"


def crop(line: str, mark: int, mark_length: int, terminal: Terminal) -> tuple[str, int, int]:
    """Return as much of a line as fits around its marked part, and where that part is then."""
    before = terminal.text(line[:mark])
    marked = terminal.text(line[mark : mark + mark_length])
    after = terminal.text(line[mark + mark_length :])
    room = max(terminal.width - 10, 40)
    dots = terminal.text("…")
    # What is marked is shown whole where it fits, at the cost of what stands around it.
    keep = max(room - len(marked) - min(len(after), 12), 4 if len(marked) <= room - 4 else 24)
    if len(before) > keep:
        before = dots + before[len(before) - keep + len(dots) :]
    left = room - len(before)
    if len(marked) > left:
        marked = marked[: left - len(dots)] + dots
    left -= len(marked)
    if len(after) > left:
        after = after[: max(left - len(dots), 0)] + dots[:left]
    return before + marked + after, len(before), len(marked)
