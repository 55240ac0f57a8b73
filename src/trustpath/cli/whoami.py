"""``trustpath whoami``: whom the cluster takes an IAM principal for."""

import sys
from typing import Literal

import click

from trustpath.cli import options
from trustpath.cli.facts import Facts, Live, live_options


@click.command(short_help="Say whom the cluster takes an IAM principal for.")
@click.argument("principal", metavar="ARN|role/NAME", required=False, default="")
@options.sources
@options.cluster_name
@live_options
@options.output
@options.color
def whoami(
    principal: str,
    sources: tuple[str, ...],
    cluster_name: str,
    live: Live,
    output: Literal["text", "json"],
    color: Literal["auto", "always", "never"],
) -> int:
    """Say which user and groups an IAM principal has in the cluster, and by what.

    Without a principal it is the caller of aws sts get-caller-identity.

    \b
    trustpath whoami --context prod
    trustpath whoami arn:aws:iam::111122223333:role/ci --from dump/
    trustpath whoami role/ci --from dump/

    Exit codes: 0 known, 1 refused, 2 wrong use or unreadable input, 3 cannot be told from these facts.
    """
    from trustpath.cli.kubernetes_requests import principal_of
    from trustpath.paths.whoami import find_user
    from trustpath.render import json, whoami_text
    from trustpath.render.terminal import Terminal

    facts = Facts("whoami", sources, live, "", cluster_name)
    found = facts.answer(
        lambda snapshot, places: find_user(snapshot, principal_of(principal, snapshot), facts.cluster_name)
    )
    if output == "json":
        click.echo(json.render(found), nl=False)
    else:
        click.echo(whoami_text.render(found, Terminal.of(sys.stdout, color)), nl=False, color=True)
    return {"known": 0, "refused": 1, "unknown": 3}[found.outcome]
