"""What changed between two snapshots, as terraform plan lays it out."""

from trustpath.model.changes import Changes
from trustpath.render.terminal import Terminal

_MARKS = {"new": ("+", "green"), "gone": ("-", "red"), "changed": ("~", "yellow")}


def render(changes: Changes, terminal: Terminal) -> str:
    """Return the text, ending with a line break."""
    lines: list[str] = []
    for change in changes.changes:
        mark, color = _MARKS[change.kind]
        lines.append(f"{terminal.style(mark, color)} {terminal.text(change.what)}")
        for field in change.fields:
            lines.append(f"    {terminal.text(field.path)}")
            if field.before:
                lines.append(f"      {terminal.style('-', 'red')} {terminal.text(field.before)}")
            if field.after:
                lines.append(f"      {terminal.style('+', 'green')} {terminal.text(field.after)}")
    if changes.unread:
        mark = terminal.style("?", "yellow")
        lines += [f"{mark} {terminal.text(name)}: one of the two was not given it" for name in changes.unread]
    counts = {kind: sum(change.kind == kind for change in changes.changes) for kind in _MARKS}
    lines.append(", ".join(f"{count} {kind}" for kind, count in counts.items()))
    return "\n".join(lines) + "\n"
