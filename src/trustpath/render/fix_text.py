"""Fixes for people: what is done, the proof, what else it opens, and the commands."""

from collections.abc import Iterator

from trustpath.model.trace import Fix, Trace
from trustpath.render.terminal import Terminal
from trustpath.render.wrapping import wrap

_COLORS = {"safe": "green", "review": "yellow"}
_MARKS = {"+": "green", "~": "yellow", "-": "red"}
_MOST_OTHERS = 5


def render(trace: Trace, terminal: Terminal, tools: tuple[str, ...] = ()) -> str:
    """Return the whole plan, ending with a line break. ``tools`` are those whose commands are wanted, all without."""
    lines = [terminal.style(trace.outcome, "bold") + f": {terminal.text(trace.summary)}", ""]
    if trace.outcome == "allowed":
        lines.append("there is nothing to fix")
    elif not trace.fixes:
        lines += _instructions(trace, terminal)
    for number, fix in enumerate(trace.fixes, 1):
        lines += [
            *fix_lines(fix, number, terminal, whole=True),
            *_steps(fix, terminal),
            *_diffs(fix, terminal),
            *_commands(fix, tools, terminal),
            "",
        ]
    return "\n".join(line.rstrip() for line in lines).rstrip("\n") + "\n"


def fix_lines(fix: Fix, number: int, terminal: Terminal, *, whole: bool = False) -> Iterator[str]:
    """Yield a fix without its commands; long values are cut unless it is wanted ``whole``."""
    word = f"fix {number}" if fix.proof.outcome == "allowed" else f"fix {number} (not proven)"
    head = terminal.style(word, "green", "bold") + f" [{terminal.style(fix.disposition, _COLORS[fix.disposition])}]: "
    wrapped = wrap(terminal.text(fix.title), terminal, "       ")
    yield head + wrapped[0].lstrip()
    yield from wrapped[1:]
    for change in fix.changes:
        text = terminal.text(change[2:])
        shown = text if whole else _cut(text, max(terminal.width - 6, 40), terminal)
        yield f"   {terminal.style(change[0], _MARKS[change[0]])} {shown}"
    if fix.proof.outcome == "allowed":
        yield from wrap(terminal.text(f"= proof: asked again with it: allowed, {fix.proof.trace}"), terminal, "   ")
    else:
        mended = f"= it mends {', '.join(step.link for step in fix.steps)}; {fix.proof.trace}: not read is"
        yield from wrap(terminal.text(mended), terminal, "   ")
        yield from (f"     - {terminal.text(need.fact)}" for need in fix.missing)
    if fix.also_grants:
        count = len(fix.also_grants)
        yield f"   = {terminal.style('also grants', 'yellow')}: {count} more"
        yield from (f"     - {terminal.text(line)}" for line in fix.also_grants[:_MOST_OTHERS])
        if count > _MOST_OTHERS:
            yield f"     - and {count - _MOST_OTHERS} more (all of them with -o json)"


def _cut(text: str, room: int, terminal: Terminal) -> str:
    """Return a text without its middle where it is too long: what changes stands first, and its value last."""
    if len(text) <= room:
        return text
    dots = terminal.text("…")
    head = room * 2 // 5
    return text[:head] + dots + text[len(text) - (room - head - len(dots)) :]


def _steps(fix: Fix, terminal: Terminal) -> Iterator[str]:
    if len(fix.steps) > 1:
        for number, step in enumerate(fix.steps, 1):
            yield f"   step {number}: {terminal.text(step.title)}: then {step.outcome}"


def _diffs(fix: Fix, terminal: Terminal) -> Iterator[str]:
    """Yield the differences in the user's own files."""
    colors = {"+": "green", "-": "red", "@": "blue"}
    for item in fix.diffs:
        yield f"   {terminal.style('your file', 'bold')}:"
        for line in item.diff.splitlines():
            text = terminal.text(line)
            yield f"     {terminal.style(text, colors[line[0]]) if line[:1] in colors else text}"


def _commands(fix: Fix, tools: tuple[str, ...], terminal: Terminal) -> Iterator[str]:
    for tool, text in fix.commands.items():
        if not tools or tool in tools:
            yield f"   {terminal.style(tool, 'bold')}:"
            yield from (f"     {terminal.text(line)}" for line in text.splitlines())


def _instructions(trace: Trace, terminal: Terminal) -> Iterator[str]:
    """Yield what the causes say, where no change of the facts leads to "allowed"."""
    yield "no change of what was read is proven to mend it"
    for cause in trace.causes[:1]:
        for index, line in enumerate(cause.help):
            word = terminal.style("help", "green", "bold") + ":" if index == 0 else "     "
            yield f"{word} {terminal.text(line)}"
