"""``trustpath compare``: why may this principal and not that one?"""

import sys
from typing import TYPE_CHECKING, Literal

import click

from trustpath.cli import options
from trustpath.cli.facts import Facts, Live, live_options

if TYPE_CHECKING:
    from trustpath.facts.positions import Places
    from trustpath.model.snapshot import Snapshot
    from trustpath.model.trace import Trace


@click.command(short_help="Set a principal that is let in beside one that is not.")
@click.argument("first", metavar="ARN_OK")
@click.argument("second", metavar="ARN_FAILING")
@click.argument("verb")
@click.argument("resource", metavar="RESOURCE[.GROUP][/SUBRESOURCE]|/URL")
@click.argument("name", required=False, default="")
@options.namespace
@options.all_namespaces
@options.sources
@options.cluster_name
@live_options
@options.output
@options.color
def compare(
    first: str,
    second: str,
    verb: str,
    resource: str,
    name: str,
    namespace: str,
    all_namespaces: bool,
    sources: tuple[str, ...],
    cluster_name: str,
    live: Live,
    output: Literal["text", "json"],
    color: Literal["auto", "always", "never"],
) -> int:
    """Walk the way into the cluster for two IAM principals, and mark the first link that differs.

    \b
    trustpath compare role/laptop role/tfc-agent list pods -n default --from dump/

    Exit codes are those of the second principal: 0 allowed, 1 denied, 3 cannot be told.
    """
    from trustpath.answer import answer
    from trustpath.cli.kubernetes_requests import parse_request, principal_of, warn_of_verb
    from trustpath.cli.main import EXIT_CODES
    from trustpath.model.comparison import compare as compared
    from trustpath.model.question import PrincipalToCluster
    from trustpath.paths import follow_question
    from trustpath.paths.who_can import asked_request
    from trustpath.render import comparison_text, json
    from trustpath.render.terminal import Terminal

    warn_of_verb(verb, resource)
    facts = Facts("compare", sources, live, namespace, cluster_name)

    def ask(snapshot: "Snapshot", places: "Places") -> "tuple[Trace, Trace]":
        where = "" if all_namespaces else facts.namespace
        request = asked_request(parse_request(verb, resource, name, where, snapshot))
        cluster = facts.cluster_name
        questions = (PrincipalToCluster(principal_of(arn, snapshot), request, cluster) for arn in (first, second))
        one, other = (answer(follow_question(snapshot, question), places) for question in questions)
        return one, other

    one, other = facts.answer(ask)
    facts.say_left_out()
    found = compared(one, other)
    if output == "json":
        click.echo(json.render(found), nl=False)
    else:
        click.echo(comparison_text.render(found, Terminal.of(sys.stdout, color)), nl=False, color=True)
    return EXIT_CODES[other.outcome]
