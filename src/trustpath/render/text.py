"""The answer for people: verdict, chain, the broken link in their own text, how to mend it."""

from collections.abc import Iterator

from trustpath.model.trace import Cause, Evidence, Link, Trace
from trustpath.render.fix_text import fix_lines
from trustpath.render.left_out_text import left_out_lines
from trustpath.render.snippet import crop
from trustpath.render.terminal import Terminal
from trustpath.render.wrapping import wrap

_MARKS = {"ok": "ok", "broken": "BROKEN", "unknown": "unknown", "not-reached": "-", "not-applicable": "-"}
_STYLES = {"ok": ("green",), "broken": ("red", "bold"), "unknown": ("yellow", "bold")}
_OUTCOMES = {"allowed": ("green", "bold"), "denied": ("red", "bold"), "unknown": ("yellow", "bold")}


def render(trace: Trace, terminal: Terminal) -> str:
    """Return the text, ending with a line break."""
    lines = [*_verdict(trace, terminal), "", *_chain(trace, terminal)]
    lines += _checks(trace, terminal)
    for index, cause in enumerate(trace.causes):
        lines += ["", *_cause(cause, terminal, is_root=index == 0)]
    for number, fix in enumerate(trace.fixes, 1):
        lines += ["", *fix_lines(fix, number, terminal)]
    if trace.fixes:
        lines.append(
            f"{terminal.style('help', 'green', 'bold')}: trustpath fix, with the same words, prints the commands"
        )
    if trace.left_out:
        lines += ["", *left_out_lines(trace.left_out, 5, terminal)]
    if trace.outcome == "unknown" and any(link.needs for link in trace.links if link.state != "ok"):
        lines += ["", *_needs(trace, terminal)]
    if trace.outcome == "allowed" and any(link.needs for link in trace.links):
        lines += ["", *_not_read(trace, terminal)]
    if trace.outcome != "denied" and trace.logs:
        lines += ["", *_logs(trace, terminal)]
    return "\n".join(line.rstrip() for line in lines) + "\n"


def _verdict(trace: Trace, terminal: Terminal) -> Iterator[str]:
    indent = " " * 9
    words = terminal.text(trace.summary)
    wrapped = wrap(words, terminal, indent)
    yield terminal.style(f"{trace.outcome:<8}", *_OUTCOMES[trace.outcome]) + " " + wrapped[0].lstrip()
    yield from wrapped[1:]
    applicable = [link for link in trace.links if link.state != "not-applicable"]
    stopped = [(number, link) for number, link in enumerate(applicable, 1) if link.state == "broken"]
    if stopped:
        number, link = stopped[0]
        confidence = f"; the cause is {trace.causes[0].confidence}" if trace.causes else ""
        place = f"{indent}stopped at: {link.id} ({number} of {len(applicable)}){confidence}"
        yield terminal.style(place, "dim")


def _chain(trace: Trace, terminal: Terminal) -> Iterator[str]:
    width = max(len(link.id) for link in trace.links)
    unreached: list[str] = []
    for link in trace.links:
        if link.state == "not-reached":
            unreached.append(link.id)
        elif link.state != "not-applicable":
            yield from _link_lines(link, width, trace, terminal)
    if unreached:
        yield terminal.style(f"  {'-':<8} {', '.join(unreached)}: not reached", "dim")


def _link_lines(link: Link, width: int, trace: Trace, terminal: Terminal) -> Iterator[str]:
    mark = terminal.style(f"{_MARKS[link.state]:<8}", *_STYLES[link.state])
    indent = " " * (width + 13)
    of_link = (cause for cause in trace.causes if cause.link == link.id and cause.confidence != "possible")
    codes = [cause.id for cause in of_link][:1] if link.state == "broken" else []
    says = terminal.text(link.says) + "".join(f"  [{code}]" for code in codes)
    wrapped = wrap(says, terminal, indent)
    yield f"  {mark} {link.id:<{width}}  {wrapped[0].lstrip()}"
    yield from wrapped[1:]


def _checks(trace: Trace, terminal: Terminal) -> Iterator[str]:
    for check in trace.checks:
        reason = f": {check.reason}" if check.reason else ""
        if check.agrees:
            mark = terminal.style(f"{'checked':<8}", "green")
            said = f"{check.who} says {check.said}, too ({check.by})"
            if trace.outcome == "unknown":
                said = f"{check.who} says {check.said} ({check.by}){reason}"
        else:
            mark = terminal.style(f"{'DIFFERS':<8}", "red", "bold")
            said = f"{check.who} says {check.said} ({check.by}){reason}. {check.caveat}"
        wrapped = wrap(terminal.text(said), terminal, " " * 11)
        yield f"  {mark} {wrapped[0].lstrip()}"
        yield from wrapped[1:]


def _cause(cause: Cause, terminal: Terminal, *, is_root: bool) -> Iterator[str]:
    if cause.confidence != "certain":
        level = terminal.style(cause.confidence, "yellow", "bold")
    else:
        level = terminal.style("error", "red", "bold") if is_root else terminal.style("also", "yellow", "bold")
    title = wrap(f"{cause.id}]: {terminal.text(cause.title)}", terminal, "    ")
    yield f"{level}[{title[0].lstrip()}"
    yield from title[1:]
    for index, item in enumerate(cause.evidence[: 3 if is_root else 1]):
        yield from snippet_lines(item, terminal, primary=index == 0)
    if is_root and cause.expected and cause.got:
        yield f"   = {terminal.style('expected', 'blue')}: {terminal.text(cause.expected)}"
        yield f"   = {terminal.style('got', 'blue')}:      {terminal.text(cause.got)}"
    if cause.explanation:
        yield from _note("note", cause.explanation, terminal)
    if is_root and cause.symptom:
        yield from _note("typical error", cause.symptom, terminal)
    for index, line in enumerate(cause.help):
        word = terminal.style("help", "green", "bold") + ":" if index == 0 else "     "
        shown = terminal.text(line)
        wrapped = [shown] if _is_command(line) else wrap(shown, terminal, "      ")
        yield f"{word} {wrapped[0].lstrip()}"
        yield from wrapped[1:]


def _is_command(line: str) -> bool:
    """Return whether a line is meant to be copied, and so must not be broken."""
    return line.removeprefix("or: ").startswith(("kubectl ", "aws ", "eksctl ", "CA=$("))


def snippet_lines(item: Evidence, terminal: Terminal, *, primary: bool = True) -> Iterator[str]:
    """Yield a place and, where its text is known, that text with the meant characters underlined."""
    arrow = "-->" if primary else ":::"
    if not item.line and not item.excerpt:
        yield f"  {terminal.style(arrow, 'blue')} {terminal.text(item.source)} {terminal.text(item.path)}"
        return
    number = str(item.line) if item.line else " "
    place = f"{item.source}:{item.line}:{item.column + _shift(item)}" if item.line else f"{item.source} {item.path}"
    gutter = " " * len(number)
    bar = terminal.style("|", "blue")
    yield f"  {terminal.style(arrow, 'blue')} {terminal.text(place)}"
    text, mark, length = crop(item.excerpt, item.mark, item.mark_length, terminal)
    yield f" {terminal.style(number, 'blue')} {bar} {text}"
    under = ("^" if primary else "-") * max(length, 1)
    label = f" {terminal.text(item.label)}" if item.label else ""
    color = "red" if primary else "blue"
    yield f" {gutter} {bar} {' ' * mark}{terminal.style(under + label, color)}"


def _shift(item: Evidence) -> int:
    """Return how far the marked characters stand behind the start of the value."""
    value = item.excerpt.find(item.value, item.mark - len(item.value) if item.value else 0)
    return max(item.mark - value, 0) if 0 <= value <= item.mark else 0


def _note(word: str, text: str, terminal: Terminal) -> Iterator[str]:
    indent = " " * (len(word) + 7)
    wrapped = wrap(terminal.text(text), terminal, indent)
    yield f"   = {terminal.style(word, 'blue')}: {wrapped[0].lstrip()}"
    yield from wrapped[1:]


def _needs(trace: Trace, terminal: Terminal) -> Iterator[str]:
    yield terminal.style("missing", "yellow", "bold") + ": what would decide it"
    seen: set[str] = set()
    for link in trace.links:
        for need in link.needs if link.state != "ok" else ():
            if need.fact in seen:
                continue
            seen.add(need.fact)
            permission = f" (refused: {need.permission})" if need.permission else ""
            yield f"   - {terminal.text(need.fact)}{permission}"
            if need.command:
                yield f"     {terminal.text(need.command)}"


def _not_read(trace: Trace, terminal: Terminal) -> Iterator[str]:
    yield terminal.style("not read", "yellow", "bold") + ": what could still deny it"
    for link in trace.links:
        for need in link.needs:
            yield f"   - {terminal.text(need.fact)}"
            if need.command:
                yield f"     {terminal.text(need.command)}"


def _logs(trace: Trace, terminal: Terminal) -> Iterator[str]:
    yield terminal.style("its log", "yellow", "bold") + " tells of a denial; it may be older than these facts"
    for item in trace.logs:
        yield f"   - {terminal.text(item.source)}:{item.line}"
        text = terminal.text(item.excerpt or item.value)
        room = max(terminal.width - 8, 40)
        yield f"     {text if len(text) <= room else terminal.text('…') + text[-room:]}"
