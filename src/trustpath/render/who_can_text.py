"""Who may do something, as a table for people."""

from trustpath.model.question import AskedRequest
from trustpath.model.who_can import Holder, WhoCan
from trustpath.render.terminal import Terminal


def render(answer: WhoCan, terminal: Terminal) -> str:
    """Return the text, ending with a line break."""
    rows = [("SUBJECT", "BY"), *((_subject(holder), _way(holder)) for holder in answer.holders)]
    shown = [tuple(map(terminal.text, row)) for row in rows]
    width = max(len(subject) for subject, _ in shown)
    lines = [terminal.text(f"who can {_request(answer.request)}"), ""]
    lines += [f"{subject:<{width}}  {way}" for subject, way in shown]
    if answer.missing:
        lines += ["", f"{terminal.style('unknown', 'yellow', 'bold')}: more may be able to, these were not read:"]
        for item in answer.missing:
            lines.append(f"  {terminal.text(item.what)}")
            if item.command:
                lines.append(f"    {terminal.text(item.command)}")
    return "\n".join(line.rstrip() for line in lines) + "\n"


def _request(asked: AskedRequest) -> str:
    if asked.path:
        return f"{asked.verb} {asked.path}"
    resource = asked.resource + (f".{asked.group}" if asked.group else "")
    what = resource + (f"/{asked.subresource}" if asked.subresource else "")
    named = f" {asked.name}" if asked.name else ""
    where = f"in namespace {asked.namespace}" if asked.namespace else "in all namespaces, or at the cluster scope"
    return f"{asked.verb} {what}{named} {where}"


def _subject(holder: Holder) -> str:
    name = f"{holder.namespace}:{holder.name}" if holder.namespace else holder.name
    return f"{holder.kind} {name}"


def _way(holder: Holder) -> str:
    if not holder.binding:
        return "allowed before RBAC"
    number = "" if holder.rule is None else f", rule {holder.rule + 1}"
    return f"{holder.binding} → {holder.role}{number}"
