"""What a change would do, for people and for a pull request."""

from trustpath.model.impact import Impact
from trustpath.render.terminal import Terminal
from trustpath.render.wrapping import wrap

_COLORS = {"denied": ("red", "bold"), "unknown": ("yellow", "bold"), "allowed": ("green",)}


def render(found: Impact, terminal: Terminal) -> str:
    """Return the text, ending with a line break."""
    lines: list[str] = []
    for item in found.changed:
        mark = terminal.style(f"newly {item.after}", *_COLORS[item.after])
        lines += [f"{mark}: {terminal.text(item.subject)}", *wrap(terminal.text(item.why), terminal, "    ")]
    for title, color, rights in (("+ granted", "yellow", found.granted), ("- revoked", "red", found.revoked)):
        lines += [f"{terminal.style(title, color)}: {terminal.text(line)}" for line in rights]
    lines += [f"not looked at: {terminal.text(address)}" for address in found.not_looked_at]
    lines += [""] * bool(lines) + [summary(found)]
    return "\n".join(line.rstrip() for line in lines) + "\n"


def summary(found: Impact) -> str:
    """Return all counts in one line."""
    counts = {name: sum(item.after == name for item in found.changed) for name in ("denied", "allowed", "unknown")}
    told = ", ".join(f"{count} newly {name}" for name, count in counts.items())
    rights = f"{len(found.granted)} rights granted" + (f" ({found.accepted} accepted)" if found.accepted else "")
    return f"{told}, {found.unchanged} unchanged; {rights}, {len(found.revoked)} revoked"


def markdown(found: Impact) -> str:
    """Return a comment for a pull request, ending with a line break."""
    lines = [f"**trustpath impact**: {summary(found)}", ""]
    if found.changed:
        lines += ["| subject | before | after | why |", "|---|---|---|---|"]
        lines += [
            f"| {_cell(item.subject)} | {item.before} | **{item.after}** | {_cell(item.why)} |"
            for item in found.changed
        ]
        lines.append("")
    for title, rights in (("Granted", found.granted), ("Revoked", found.revoked)):
        if rights:
            lines += [f"{title}:", "", *(f"- {_cell(line)}" for line in rights), ""]
    if found.not_looked_at:
        lines += ["Not looked at:", "", *(f"- {_cell(line)}" for line in found.not_looked_at), ""]
    return "\n".join(lines)


def _cell(text: str) -> str:
    return " ".join(text.split()).replace("|", "\\|").replace("<", "&lt;")
