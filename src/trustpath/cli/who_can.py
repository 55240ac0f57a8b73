"""``trustpath who-can``: everybody whom RBAC lets do something."""

import sys
from typing import TYPE_CHECKING, Literal

import click

from trustpath.cli import options
from trustpath.cli.facts import Facts, Live, live_options

if TYPE_CHECKING:
    from trustpath.facts.positions import Places
    from trustpath.model.snapshot import Snapshot
    from trustpath.model.who_can import WhoCan


@click.command("who-can", short_help="List everybody whom RBAC lets do something.")
@click.argument("verb")
@click.argument("resource", metavar="RESOURCE[.GROUP][/SUBRESOURCE]|/URL")
@click.argument("name", required=False, default="")
@options.namespace
@options.all_namespaces
@options.sources
@live_options
@options.output
@options.color
def who_can(
    verb: str,
    resource: str,
    name: str,
    namespace: str,
    all_namespaces: bool,
    sources: tuple[str, ...],
    live: Live,
    output: Literal["text", "json"],
    color: Literal["auto", "always", "never"],
) -> int:
    """List the users, groups and service accounts that may do something, each with the way there.

    RESOURCE is a plural, singular or short name; a custom resource needs its group. RBAC alone is asked: EKS access
    policies and the node authorizer may let in others.

    \b
    trustpath who-can get secrets -n payments --context prod
    kubectl get clusterroles,clusterrolebindings,roles,rolebindings -A -o yaml > rbac.yaml
    trustpath who-can get secrets -n payments --from rbac.yaml
    trustpath who-can create pods/exec -n payments --from rbac.yaml
    trustpath who-can create workflowtaskresults.argoproj.io -n argo --from rbac.yaml
    trustpath who-can get /metrics --from rbac.yaml

    Exit codes: 0 everybody is listed, 2 wrong use or unreadable input, 3 more may be able to.
    """
    from trustpath.cli.kubernetes_requests import parse_request, warn_of_verb
    from trustpath.paths.who_can import find_holders
    from trustpath.render import json, who_can_text
    from trustpath.render.terminal import Terminal

    warn_of_verb(verb, resource)
    facts = Facts("who-can", sources, live, namespace, "")

    def ask(snapshot: "Snapshot", places: "Places") -> "WhoCan":
        where = "" if all_namespaces else facts.namespace
        return find_holders(snapshot, parse_request(verb, resource, name, where, snapshot))

    found = facts.answer(ask)
    facts.say_left_out()
    if output == "json":
        click.echo(json.render(found), nl=False)
    else:
        click.echo(who_can_text.render(found, Terminal.of(sys.stdout, color)), nl=False, color=True)
    return 3 if found.missing else 0
