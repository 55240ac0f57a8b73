"""``trustpath why``: does this workload get its AWS role, and if not, why?"""

import re
import sys
from typing import TYPE_CHECKING, Literal

import click

if TYPE_CHECKING:
    from trustpath.model.question import PodToAws

KINDS = {
    "CronJob": ("cj", "cronjob", "cronjobs"),
    "DaemonSet": ("ds", "daemonset", "daemonsets"),
    "Deployment": ("deploy", "deployment", "deployments"),
    "Job": ("job", "jobs"),
    "Pod": ("po", "pod", "pods"),
    "ReplicaSet": ("rs", "replicaset", "replicasets"),
    "ServiceAccount": ("sa", "serviceaccount", "serviceaccounts"),
    "StatefulSet": ("sts", "statefulset", "statefulsets"),
}
_ACTION = re.compile(r"[a-z0-9-]+:[A-Za-z0-9*?]+")
_KIND_OF = {word: kind for kind, words in KINDS.items() for word in words}


@click.command()
@click.argument("words", metavar="TYPE/NAME [ACTION [RESOURCE]]", nargs=-1, required=True)
@click.option("-n", "--namespace", default="default", show_default=True, help="Namespace of the workload.")
@click.option("-c", "--container", default="", help="Container; the pod's default container without it.")
@click.option(
    "--from",
    "sources",
    metavar="PATH",
    multiple=True,
    help="File or directory with what kubectl and the AWS CLI print; - reads standard input. Repeatable.",
)
@click.option("--cluster-name", default="", help="EKS cluster, where the facts hold several.")
@click.option("-o", "--output", type=click.Choice(["text", "json"]), default="text", show_default=True)
@click.option("--color", type=click.Choice(["auto", "always", "never"]), default="auto", show_default=True)
def why(
    words: tuple[str, ...],
    namespace: str,
    container: str,
    sources: tuple[str, ...],
    cluster_name: str,
    output: Literal["text", "json"],
    color: Literal["auto", "always", "never"],
) -> int:
    """Say why a workload does not get its AWS role, link by link.

    TYPE is pod, deploy, sts, ds, rs, job, cronjob or sa. Nothing is read but the files given with --from.

    ACTION and RESOURCE are what the workload wants to do. With sts:AssumeRoleWithWebIdentity and the ARN of a
    role, the question is about that role. Other actions are not decided by this version.

    \b
    Collect the facts (ROLE is the end of the annotation eks.amazonaws.com/role-arn):
      kubectl get pods,serviceaccounts,deployments,replicasets,statefulsets,daemonsets,jobs,cronjobs \\
        -n NAMESPACE --show-managed-fields -o yaml > kubernetes.yaml
      kubectl get mutatingwebhookconfigurations,namespaces,nodes -o yaml > cluster.yaml
      aws eks describe-cluster --name CLUSTER > eks-describe-cluster.json
      aws eks list-pod-identity-associations --cluster-name CLUSTER > eks-list-pod-identity-associations.json
      aws iam get-role --role-name ROLE > iam-get-role.ROLE.json
      aws iam list-open-id-connect-providers > iam-list-open-id-connect-providers.json
      aws iam get-open-id-connect-provider --open-id-connect-provider-arn ARN_FROM_THAT_LIST > provider.json

    \b
    Ask:
      trustpath why pod/loki-0 -n monitoring --from dump/
      trustpath why pod/crossplane-1 sts:AssumeRoleWithWebIdentity arn:aws:iam::444455556666:role/x --from dump/
      kubectl get pods,sa,deploy,rs -n shop -o json | trustpath why deploy/orders -n shop --from - --from aws/
    """
    from trustpath.answer import answer
    from trustpath.cli.main import EXIT_CODES
    from trustpath.errors import QuestionError
    from trustpath.facts.dumps import read_dumps
    from trustpath.paths.pod_to_aws import follow_pod_to_aws
    from trustpath.render import json, text
    from trustpath.render.terminal import Terminal

    question = parse_question(words, namespace, container, cluster_name)
    if not sources:
        raise QuestionError("no facts: give files with --from", "trustpath why --help shows how to collect them")
    snapshot, places = read_dumps(sources)
    if cluster_name and snapshot.aws.cluster_names and cluster_name not in snapshot.aws.cluster_names:
        names = ", ".join(snapshot.aws.cluster_names)
        raise QuestionError(f"no cluster {cluster_name} in these facts", f"they hold {names}")
    trace = answer(follow_pod_to_aws(snapshot, question), places)
    if output == "json":
        click.echo(json.render(trace), nl=False)
    else:
        click.echo(text.render(trace, Terminal.of(sys.stdout, color)), nl=False, color=True)
    return EXIT_CODES[trace.outcome]


def parse_question(words: tuple[str, ...], namespace: str, container: str, cluster: str) -> "PodToAws":
    """Return the question. Raises QuestionError for words that this version does not understand."""
    from trustpath.engine.sts import ACTION
    from trustpath.errors import QuestionError
    from trustpath.model.arn import RoleArn
    from trustpath.model.question import PodToAws

    first, *rest = words
    kind_word, slash, name = first.partition("/")
    if not slash and rest and kind_word.lower().partition(".")[0] in _KIND_OF:
        name, *rest = rest
    elif not slash or first.startswith("arn:"):
        raise QuestionError(
            f"`{first}` is not a workload",
            "name it as kubectl does: pod/NAME, or deploy, sts, ds, rs, job, cronjob, sa in place of pod",
        )
    kind = _KIND_OF.get(kind_word.lower().partition(".")[0])
    if kind is None:
        known = ", ".join(words[0] for words in KINDS.values())
        raise QuestionError(f"`{kind_word}` is no kind of workload", f"known are {known}, and their long names")
    if kind == "ServiceAccount" and ":" in name:
        namespace, _, name = name.partition(":")
    if not name or "/" in name:
        raise QuestionError(f"`{first}` names no {kind}", f"write {kind_word}/NAME")
    if len(rest) > 2:
        raise QuestionError(f"`{rest[2]}` is one word too many", "an action and a resource may follow the workload")
    action, resource = [*rest, "", ""][:2]
    if action and not _ACTION.fullmatch(action):
        raise QuestionError(
            f"`{action}` is not an AWS action",
            "write it as IAM does: s3:GetObject. Kubernetes requests come later",
        )
    if action.lower() == ACTION.lower() and resource and RoleArn.parse(resource) is None:
        raise QuestionError(
            f"`{resource}` is not the ARN of a role", f"{ACTION} takes arn:aws:iam::<account>:role/<name>"
        )
    return PodToAws(kind, namespace, name, container, action, resource, cluster)
