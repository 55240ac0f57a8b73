"""What a test pod showed, beside what was predicted."""

from trustpath.model.probe import ProbeReport
from trustpath.render.terminal import Terminal
from trustpath.render.wrapping import wrap

_STYLES = {"allowed": ("green", "bold"), "denied": ("red", "bold"), "unknown": ("yellow", "bold")}
_MOST_LINES = 6


def render(report: ProbeReport, terminal: Terminal) -> str:
    """Return the text, ending with a line break."""
    wrapped = wrap(terminal.text(f"{report.subject}: {report.summary}"), terminal, " " * 9)
    lines = [terminal.style(f"{report.outcome:<8}", *_STYLES[report.outcome]) + " " + wrapped[0].lstrip(), *wrapped[1:]]
    for link in report.links:
        mark = {True: "agrees", False: "DIFFERS", None: "tried"}[link.agrees]
        style = {True: ("green",), False: ("red", "bold"), None: ("yellow",)}[link.agrees]
        lines += ["", f"  {terminal.style(f'{mark:<8}', *style)} {link.link}"]
        lines.append(f"           predicted: {terminal.text(link.predicted)}")
        seen = wrap(terminal.text(f"seen:      {link.seen}"), terminal, " " * 22)
        lines += [f"           {seen[0].lstrip()}", *seen[1:]]
    for output in report.observed.outputs:
        code = "" if output.exit_code in (0, None) else f"   # exit code {output.exit_code}"
        lines += ["", f"  $ {terminal.text(output.command)}{code}"]
        lines += [f"    {terminal.text(line)}" for line in output.text.splitlines()[-_MOST_LINES:]]
    if report.causes:
        help_word = terminal.style("help", "green", "bold")
        lines += [
            "",
            f"{help_word}: what was printed points to {report.causes[0]}: trustpath explain {report.causes[0]}",
        ]
    if report.left_behind:
        lines += ["", terminal.style("left behind", "red", "bold") + f": {terminal.text(report.left_behind)}"]
    return "\n".join(lines) + "\n"
