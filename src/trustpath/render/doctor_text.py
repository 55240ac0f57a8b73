"""What can be read, one line for each check, and what grants the rest."""

from trustpath.model.checkup import Checkup
from trustpath.render.terminal import Terminal

_STYLES = {"ok": ("green",), "no": ("red", "bold"), "unknown": ("yellow", "bold"), "untried": ("dim",)}
_TITLES = {"cluster": "cluster", "aws": "AWS"}


def render(found: Checkup, terminal: Terminal) -> str:
    """Return the text, ending with a line break."""
    lines: list[str] = []
    for of, title in _TITLES.items():
        checks = [check for check in found.checks if check.of == of]
        if checks:
            lines.append(terminal.style(title, "bold"))
        for check in checks:
            told = (
                f": {check.said}" if check.said and (check.state != "ok" or not check.name.startswith("can ")) else ""
            )
            lines.append(
                f"  {terminal.style(f'{check.state:<8}', *_STYLES[check.state])} {terminal.text(check.name + told)}"
            )
            if check.state in ("no", "unknown") and check.missing:
                lines.append(f"           {terminal.text(f'without it nobody can say: {check.missing}')}")
    refused = sum(check.state == "no" for check in found.checks)
    unknown = sum(check.state == "unknown" for check in found.checks)
    lines.append("")
    ok = sum(check.state == "ok" for check in found.checks)
    untried = len(found.checks) - ok - refused - unknown
    lines.append(f"{ok} ok, {refused} refused, {unknown} unknown" + f", {untried} untried" * bool(untried))
    if any(check.state == "no" and check.name.startswith("can ") for check in found.checks):
        help_word = terminal.style("help", "green", "bold")
        lines.append(f"{help_word}: trustpath permissions {found.command} prints what grants the rest")
    return "\n".join(lines) + "\n"
