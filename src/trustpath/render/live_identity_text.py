"""Identities side by side: what the facts predict of each, and what the API server said."""

from trustpath.model.live_identity import LiveIdentities, TriedIdentity
from trustpath.render.terminal import Terminal

_ANSWERS = {
    "known": "knows it",
    "refused": "401 Unauthorized: it knows nobody by this token",
    "forbidden": "403 Forbidden",
    "unreachable": "no answer",
    "untrusted": "the certificate is not trusted",
}


def render(found: LiveIdentities, terminal: Terminal) -> str:
    """Return the text, ending with a line break."""
    lines = [f"cluster {terminal.text(found.cluster)}"]
    for item in found.tried:
        lines += ["", terminal.style(terminal.text(item.principal), "bold"), *_rows(item, found.request, terminal)]
    return "\n".join(lines) + "\n"


def _rows(item: TriedIdentity, request: str, terminal: Terminal) -> list[str]:
    predicted = {"known": f"user {item.predicted_username}", "refused": "not known: 401"}.get(
        item.predicted, "cannot be told from the facts"
    )
    said = f" ({item.said})" if item.said else ""
    actual = f"user {item.username}" if item.answer == "known" else f"{_ANSWERS[item.answer]}{said}"
    rows = [("facts say", predicted), ("API server", actual)]
    if item.groups:
        rows.append(("groups", ", ".join(item.groups)))
    if request:
        reason = f": {item.reason}" if item.reason else ""
        rows.append((request, f"{item.can or 'not told'}{reason}"))
    width = max(len(name) for name, _ in rows)
    lines = [f"  {terminal.text(name):<{width}}  {terminal.text(value)}" for name, value in rows]
    if item.agrees is False:
        lines.append(
            "  " + terminal.style("DIFFERS", "red", "bold") + ": the API server's word counts; please report it"
        )
    return lines
