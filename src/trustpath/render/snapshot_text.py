"""What a saved snapshot holds."""

from trustpath.model.saved import Summary
from trustpath.render.terminal import Terminal


def render(summary: Summary, terminal: Terminal) -> str:
    """Return the text, ending with a line break."""
    header = summary.header
    lines = [f"snapshot of {header.time}, trustpath {header.tool}" + (", redacted" if header.redacted else "")]
    for label, value in (
        ("context", header.context),
        ("server", header.server),
        ("EKS cluster", header.cluster_name),
        ("read by", header.caller),
    ):
        if value:
            lines.append(f"  {label:<12} {value}")
    for title, counts in (("objects", summary.objects), ("answers", summary.answers)):
        lines.append(title)
        lines += [f"  {count:>7} {name}" for name, count in counts.items()]
    if summary.not_read:
        lines.append("not read")
        for command, said in summary.not_read.items():
            lines += [f"  {command}", f"    {said}"]
    return "".join(f"{terminal.text(line)}\n" for line in lines)
