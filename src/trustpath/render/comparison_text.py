"""Two answers side by side, for people."""

from trustpath.model.comparison import Comparison
from trustpath.model.trace import Link, Trace
from trustpath.render.terminal import Terminal
from trustpath.render.wrapping import wrap

_MARKS = {"ok": "ok", "broken": "BROKEN", "unknown": "unknown", "not-reached": "-", "not-applicable": "-"}
_STYLES = {"ok": ("green",), "broken": ("red", "bold"), "unknown": ("yellow", "bold")}


def render(comparison: Comparison, terminal: Terminal) -> str:
    """Return the text, ending with a line break: the verdicts, then each link of both, the first difference marked."""
    first, second = comparison.first, comparison.second
    lines = []
    for number, trace in enumerate((first, second), 1):
        color = {"allowed": "green", "denied": "red", "unknown": "yellow"}[trace.outcome]
        words = wrap(terminal.text(trace.summary), terminal, " " * 12)
        lines += [f"{number}. {terminal.style(f'{trace.outcome:<8}', color, 'bold')} {words[0].lstrip()}", *words[1:]]
    lines.append("")
    for one, other in zip(first.links, second.links, strict=True):
        if "not-applicable" in (one.state, other.state) and one.state == other.state:
            continue
        differs = one.id == comparison.first_difference
        arrow = terminal.style(">", "red", "bold") if differs else " "
        lines.append(f"{arrow} {terminal.style(one.id, 'bold')}" + ("   the first difference" if differs else ""))
        if one.state == other.state and one.says == other.says:
            lines += _side("1, 2", one, terminal)
        else:
            lines += [*_side("1", one, terminal), *_side("2", other, terminal)]
    lines += _cause(second if second.outcome != "allowed" else first, terminal)
    return "\n".join(line.rstrip() for line in lines) + "\n"


def _side(number: str, link: Link, terminal: Terminal) -> list[str]:
    words = wrap(terminal.text(link.says), terminal, " " * 18)
    mark = terminal.style(f"{_MARKS[link.state]:<8}", *_STYLES.get(link.state, ()))
    return [f"    {number:<4} {mark} {words[0].lstrip()}", *words[1:]]


def _cause(trace: Trace, terminal: Terminal) -> list[str]:
    if not trace.causes or trace.outcome == "allowed":
        return []
    cause = trace.causes[0]
    words = wrap(f"{cause.id}]: {terminal.text(cause.title)}", terminal, "    ")
    lines = ["", terminal.style("error" if cause.confidence == "certain" else cause.confidence, "red", "bold")
             + "[" + words[0].lstrip(), *words[1:]]  # fmt: skip
    for index, line in enumerate(cause.help):
        word = terminal.style("help", "green", "bold") + ":" if index == 0 else "     "
        lines.append(f"{word} {terminal.text(line)}")
    return lines
