"""Who somebody is to the cluster, as ``kubectl auth whoami`` lays it out."""

from trustpath.model.whoami import WhoAmI
from trustpath.render.terminal import Terminal


def render(answer: WhoAmI, terminal: Terminal) -> str:
    """Return the text, ending with a line break."""
    rows = [("Principal", answer.principal)]
    if answer.outcome == "known":
        rows += [("Username", answer.username or "(empty)"), ("Groups", ", ".join(answer.groups))]
        if answer.access_policies:
            rows.append(("Access policies", "; ".join(answer.access_policies)))
    else:
        rows.append(("Username", "none: 401 Unauthorized" if answer.outcome == "refused" else "unknown"))
    rows.append(("By", answer.way))
    lines = [terminal.style(f"{'ATTRIBUTE':<16} VALUE", "dim")]
    lines += [f"{title:<16} {terminal.text(value)}" for title, value in rows]
    if answer.missing:
        lines += ["", terminal.style("missing", "yellow", "bold") + ": what would decide it"]
        for item in answer.missing:
            lines += [f"   - {terminal.text(item.what)}", f"     {terminal.text(item.command)}"]
    return "\n".join(line.rstrip() for line in lines) + "\n"
