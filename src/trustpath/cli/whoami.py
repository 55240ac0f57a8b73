"""``trustpath whoami``: whom the cluster takes an IAM principal for."""

import sys
from typing import TYPE_CHECKING, Literal

import click

from trustpath.cli import options
from trustpath.cli.facts import Connected, Facts, Live, connect_live, live_options

if TYPE_CHECKING:
    from trustpath.facts.live.aws_api import Account
    from trustpath.model.whoami import WhoAmI


@click.command(short_help="Say whom the cluster takes an IAM principal for.")
@click.argument("principal", metavar="ARN|role/NAME", required=False, default="")
@click.option("--live", "try_live", is_flag=True, help="Send a token to the API server, and show what it says.")
@click.option("--as-role", "roles", metavar="ARN", multiple=True, help="With --live: this role, too. Repeatable.")
@click.option("--can", nargs=2, metavar="VERB RESOURCE", help="With --live: may each of them do this?")
@options.namespace
@options.sources
@options.cluster_name
@live_options
@options.output
@options.color
def whoami(
    principal: str,
    try_live: bool,
    roles: tuple[str, ...],
    can: tuple[str, str] | None,
    namespace: str,
    sources: tuple[str, ...],
    cluster_name: str,
    live: Live,
    output: Literal["text", "json"],
    color: Literal["auto", "always", "never"],
) -> int:
    """Say which user and groups an IAM principal has in the cluster, and by what.

    Without a principal it is the caller of aws sts get-caller-identity. --live signs a token for the cluster in memory,
    of the credentials at hand and of each --as-role, and shows side by side what the facts predict and what the API
    server says. The token is neither shown nor kept, and nothing is done with it but asking.

    \b
    trustpath whoami --context prod
    trustpath whoami --live --can list pods -n payments
    trustpath whoami --live --as-role arn:aws:iam::111122223333:role/tfc-agent
    trustpath whoami arn:aws:iam::111122223333:role/ci --from dump/
    trustpath whoami role/ci --from dump/

    Exit codes: 0 known, 1 refused, 2 wrong use or unreadable input, 3 cannot be told from these facts.
    """
    from trustpath.cli.kubernetes_requests import principal_of
    from trustpath.errors import QuestionError
    from trustpath.paths.whoami import find_user
    from trustpath.render import json, whoami_text
    from trustpath.render.terminal import Terminal

    if try_live or roles or can:
        if principal or sources:
            raise QuestionError(
                "--live tries the credentials at hand", "name other roles with --as-role, and no --from"
            )
        return _try(connect_live("whoami", live, cluster_name), namespace, roles, can, output, color)
    facts = Facts("whoami", sources, live, namespace, cluster_name)
    found = facts.answer(
        lambda snapshot, places: find_user(snapshot, principal_of(principal, snapshot), facts.cluster_name)
    )
    facts.say_left_out()
    if output == "json":
        click.echo(json.render(found), nl=False)
    else:
        click.echo(whoami_text.render(found, Terminal.of(sys.stdout, color)), nl=False, color=True)
    return {"known": 0, "refused": 1, "unknown": 3}[found.outcome]


def _try(
    asked: Connected,
    namespace: str,
    roles: tuple[str, ...],
    can: tuple[str, str] | None,
    output: Literal["text", "json"],
    color: Literal["auto", "always", "never"],
) -> int:
    """Show what the API server says to tokens of the caller and of roles that it assumes."""
    from trustpath.cli.kubernetes_requests import parse_request
    from trustpath.errors import QuestionError
    from trustpath.facts.live.aws_api import Account
    from trustpath.facts.live.identities import try_identity
    from trustpath.model.live_identity import SCHEMA_VERSION, LiveIdentities
    from trustpath.paths.who_can import asked_request
    from trustpath.render import json, live_identity_text
    from trustpath.render.terminal import Terminal

    if not asked.cluster_name:
        raise QuestionError("which EKS cluster is a token made for?", "give --cluster-name")
    where = namespace or asked.namespace
    request = asked_request(parse_request(*can, "", where)) if can else None
    own = asked.account.own
    tried = tuple(
        try_identity(
            asked.account,
            identity,
            asked.cluster.connection,
            asked.cluster_name,
            _predicted(asked, identity),
            request,
            asked.reader.deadline,
        )
        for identity in (own, *(Account(own.profile, role) for role in roles))
    )
    shown = f"{' '.join(can)} in namespace {where}" if can else ""
    found = LiveIdentities(SCHEMA_VERSION, asked.cluster_name, shown, tried)
    if output == "json":
        click.echo(json.render(found), nl=False)
    else:
        click.echo(live_identity_text.render(found, Terminal.of(sys.stdout, color)), nl=False, color=True)
    if any(item.answer in ("unreachable", "untrusted", "forbidden") for item in tried):
        return 3
    return 1 if any(item.answer == "refused" or item.can == "denied" for item in tried) else 0


def _predicted(asked: Connected, identity: "Account") -> "WhoAmI":
    """Return what the facts say of an identity. Raises LiveError where it cannot be had."""
    from trustpath.errors import LiveError
    from trustpath.facts.live.aws_api import CallError
    from trustpath.paths.whoami import find_user

    try:
        arn = asked.account.arn_of(identity)
    except CallError as error:
        raise LiveError(error.said, "aws sts get-caller-identity, or assume-role, says more") from None
    return asked.reader.answer(lambda snapshot, places: find_user(snapshot, arn, asked.cluster_name))
