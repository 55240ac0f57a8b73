"""How a plan is written in the tool that somebody works with: commands to run, or a resource to write.

Each tool has a file; what it has no words for is left out of it, and then another one has to do it.
"""

from collections.abc import Callable

from trustpath.fixes.spelling import aws, eksctl, kubectl, terraform
from trustpath.model.fix import Change
from trustpath.model.snapshot import Snapshot

Spelling = Callable[[Change, Snapshot, str], str]
"""Takes a change, the facts with it applied, and the cluster's name; returns a text, empty for none."""

TOOLS: dict[str, Spelling] = {
    "kubectl": kubectl.spell,
    "aws": aws.spell,
    "eksctl": eksctl.spell,
    "terraform": terraform.spell,
}


def spell(changes: tuple[Change, ...], after: Snapshot, cluster: str) -> dict[str, str]:
    """Return what to run or write, by tool."""
    found: dict[str, str] = {}
    for tool, of_tool in TOOLS.items():
        texts = [text for change in changes if (text := of_tool(change, after, cluster))]
        if texts:
            found[tool] = "\n".join(texts)
    return found
