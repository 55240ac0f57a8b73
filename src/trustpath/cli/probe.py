"""``trustpath probe``: a short-lived pod under the service account tries what the facts cannot settle."""

import sys
from typing import TYPE_CHECKING, Literal

import click

from trustpath.cli import options
from trustpath.cli.facts import Connected, Live, connect_live, live_options
from trustpath.probe.manifest import DEFAULT_IMAGE

if TYPE_CHECKING:
    from trustpath.facts.live.kubernetes_api import KubernetesApi
    from trustpath.facts.positions import Places
    from trustpath.model.probe import Observed, ProbeReport
    from trustpath.model.snapshot import Snapshot
    from trustpath.model.trace import Trace
    from trustpath.paths.pod_to_aws.walk import Walk


@click.command(short_help="Try it: a short-lived pod under the service account asks AWS who it is.")
@click.argument("words", metavar="pod/NAME|sa/NAME [ACTION [RESOURCE]]", nargs=-1)
@options.namespace
@click.option("--image", default=DEFAULT_IMAGE, show_default=True, help="An image with the AWS CLI.")
@click.option(
    "--pull-secret", "pull_secrets", multiple=True, metavar="NAME", help="Secret to pull it with. Repeatable."
)
@click.option("--same-node", is_flag=True, help="Run on the node of the pod that is asked about.")
@click.option("--dry-run", is_flag=True, help="Print the pod as YAML, and create nothing.")
@click.option("--print", "print_only", is_flag=True, help="Print the pod and the commands for somebody else to run.")
@click.option("--exec", "in_place", is_flag=True, help="Run in the pod's own container, which needs the AWS CLI.")
@click.option("-c", "--container", default="", help="With --exec: the container.")
@click.option("--yes", is_flag=True, help="Create the pod without asking.")
@click.option("--wait", type=click.FloatRange(5, 300), default=90.0, show_default=True, help="Seconds for the pod.")
@click.option("--clean", "clean_up", is_flag=True, help="Delete test pods that are left, and do nothing else.")
@options.cluster_name
@live_options
@options.output
@options.color
def probe(
    words: tuple[str, ...],
    namespace: str,
    image: str,
    pull_secrets: tuple[str, ...],
    same_node: bool,
    dry_run: bool,
    print_only: bool,
    in_place: bool,
    container: str,
    yes: bool,
    wait: float,
    clean_up: bool,
    cluster_name: str,
    live: Live,
    output: Literal["text", "json"],
    color: Literal["auto", "always", "never"],
) -> int:
    """Create a pod under the service account and let it run aws sts get-caller-identity, and ACTION where a call
    exists that only reads; compare that with what why predicts, and delete the pod.

    The pod is small, has no rights on its node, and passes Pod Security's restricted level. It is shown first, and
    created only when you say so. It is deleted on success, failure, timeout and Ctrl-C. No token, key or value of a
    secret is printed.

    \b
    trustpath probe pod/checkout -n payments --dry-run
    trustpath probe pod/checkout -n payments s3:GetObject arn:aws:s3:::orders/1 --yes
    trustpath probe sa/payments:checkout --image registry.example/aws-cli:2 --pull-secret registry --print
    trustpath probe --clean -n payments

    Exit codes: 0 it gets its role and may do it, 1 it does not, 2 wrong use, or it may not be tried, 3 nothing came of
    it.
    """
    from trustpath.cli.why import parse_question
    from trustpath.errors import QuestionError
    from trustpath.facts.live.deadline import Deadline
    from trustpath.facts.live.kubernetes_api import KubernetesApi
    from trustpath.probe import manifest, running
    from trustpath.render import probe_manifest

    if not words and not clean_up:
        raise QuestionError("probe what?", "name a pod or a service account: pod/NAME, sa/NAME")
    if words:
        parse_question(words, namespace, container, cluster_name)
    asked = connect_live("probe", live, cluster_name)
    where = namespace or asked.namespace
    if clean_up:
        return _clean(asked.cluster, where)
    trace, walk = _predict(asked, words, where, container)
    if walk.action and not manifest.dry_call(walk.action, walk.resource):
        click.echo(f"note: {walk.action} has no call here that changes nothing: only the identity is tried", err=True)
    if in_place:
        if not yes and not _confirmed(f"Run the AWS CLI in pod {walk.metadata.name} of namespace {walk.namespace}?"):
            raise QuestionError("nothing was run", "add --yes, or leave --exec out for a pod of its own")
        from trustpath.probe.in_place import run_in_place

        observed = run_in_place(asked.cluster.connection, walk, live.kubeconfig)
        return _show(_compared(trace, walk, observed, walk.metadata.name, ""), output, color)
    wish = manifest.Wish(
        walk.namespace,
        walk.account_name,
        image,
        pull_secrets,
        walk.region,
        walk.action,
        walk.resource,
        (walk.spec.node_name or "") if same_node and walk.spec else "",
        walk.spec,
    )
    pod = manifest.manifest(wish)
    if dry_run or print_only:
        click.echo(probe_manifest.render(pod) if dry_run else probe_manifest.with_commands(pod), nl=False)
        return 0
    _may_create(asked.cluster, wish.namespace)
    click.echo(probe_manifest.render(pod), err=True)
    if not yes and not _confirmed(f"Create this pod in namespace {wish.namespace}, and delete it afterwards?"):
        raise QuestionError("nothing was created", "add --yes, or --print for somebody else to run it")
    deadline = Deadline(wait)
    api = KubernetesApi(asked.cluster.connection, deadline)
    observed, left_behind = running.run(api, pod, deadline, _progress)
    return _show(_compared(trace, walk, observed, pod["metadata"]["name"], left_behind), output, color)


def _clean(cluster: "KubernetesApi", namespace: str) -> int:
    from trustpath.errors import LiveError
    from trustpath.facts.live.kubernetes_api import ApiError
    from trustpath.probe import running

    try:
        gone = running.clean(cluster, namespace)
    except ApiError as error:
        raise LiveError(f"the test pods cannot be deleted: {error.said}", "") from None
    click.echo("".join(f"deleted pod {name}\n" for name in gone) or "no test pod is left\n", nl=False)
    return 0


def _predict(asked: Connected, words: tuple[str, ...], namespace: str, container: str) -> "tuple[Trace, Walk]":
    """Return what the facts say of the question."""
    from trustpath.answer import answer
    from trustpath.cli.why import parse_question
    from trustpath.paths.pod_to_aws import follow_pod_to_aws

    def ask(snapshot: "Snapshot", places: "Places") -> "tuple[Trace, Walk]":
        question = parse_question(words, namespace, container, asked.cluster_name)
        walk = follow_pod_to_aws(snapshot, question)
        return answer(walk, places), walk

    return asked.reader.answer(ask)


def _compared(trace: "Trace", walk: "Walk", observed: "Observed", pod: str, left_behind: str) -> "ProbeReport":
    from trustpath.probe.comparing import compare

    subject = f"{walk.question.target_kind.lower()} {walk.namespace}/{walk.question.name}"
    return compare(subject, pod, observed, trace, walk.role_arn.name if walk.role_arn else "", left_behind)


def _show(report: "ProbeReport", output: str, color: Literal["auto", "always", "never"]) -> int:
    from trustpath.cli.main import EXIT_CODES
    from trustpath.render import json, probe_text
    from trustpath.render.terminal import Terminal

    if output == "json":
        click.echo(json.render(report), nl=False)
    else:
        click.echo(probe_text.render(report, Terminal.of(sys.stdout, color)), nl=False, color=True)
    return EXIT_CODES[report.outcome]


def _may_create(cluster: "KubernetesApi", namespace: str) -> None:
    """Raises LiveError for rights that the caller lacks."""
    from trustpath.errors import LiveError
    from trustpath.facts.live.kubernetes_api import ApiError
    from trustpath.probe.running import missing_rights

    try:
        lacking = missing_rights(cluster, namespace)
    except ApiError as error:
        raise LiveError(f"your rights cannot be found out: {error.said}", "--print needs none") from None
    if lacking:
        raise LiveError(
            f"you may not run a test pod: {', '.join(lacking)}", "--print gives the pod to somebody who may"
        )


def _confirmed(what: str) -> bool:
    if not sys.stdin.isatty():
        return False
    return click.confirm(what, err=True)


def _progress(text: str) -> None:
    if sys.stderr.isatty():
        click.echo(f"waiting: {text}", err=True)
