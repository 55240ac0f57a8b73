"""``trustpath who-can``: everybody whom RBAC lets do something."""

import sys
from typing import Literal

import click

from trustpath.cli import options


@click.command("who-can", short_help="List everybody whom RBAC lets do something.")
@click.argument("verb")
@click.argument("resource", metavar="RESOURCE[.GROUP][/SUBRESOURCE]|/URL")
@click.argument("name", required=False, default="")
@options.namespace
@options.all_namespaces
@options.sources
@options.output
@options.color
def who_can(
    verb: str,
    resource: str,
    name: str,
    namespace: str,
    all_namespaces: bool,
    sources: tuple[str, ...],
    output: Literal["text", "json"],
    color: Literal["auto", "always", "never"],
) -> int:
    """List the users, groups and service accounts that may do something, each with the way there.

    RESOURCE is a plural, singular or short name; a custom resource needs its group. RBAC alone is asked: EKS access
    policies and the node authorizer may let in others.

    \b
    kubectl get clusterroles,clusterrolebindings,roles,rolebindings -A -o yaml > rbac.yaml
    trustpath who-can get secrets -n payments --from rbac.yaml
    trustpath who-can create pods/exec -n payments --from rbac.yaml
    trustpath who-can create workflowtaskresults.argoproj.io -n argo --from rbac.yaml
    trustpath who-can get /metrics --from rbac.yaml

    Exit codes: 0 everybody is listed, 2 wrong use or unreadable input, 3 more may be able to.
    """
    from trustpath.cli.kubernetes_requests import parse_request
    from trustpath.errors import QuestionError
    from trustpath.facts.dumps import read_dumps
    from trustpath.paths.who_can import find_holders
    from trustpath.render import json, who_can_text
    from trustpath.render.terminal import Terminal

    if not sources:
        raise QuestionError("no facts: give files with --from", "trustpath who-can --help shows how to collect them")
    snapshot, _ = read_dumps(sources)
    request = parse_request(verb, resource, name, "" if all_namespaces else namespace, snapshot)
    found = find_holders(snapshot, request)
    if output == "json":
        click.echo(json.render(found), nl=False)
    else:
        click.echo(who_can_text.render(found, Terminal.of(sys.stdout, color)), nl=False, color=True)
    return 3 if found.missing else 0
