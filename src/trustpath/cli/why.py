"""``trustpath why``: is this workload, user or IAM principal let in, and if not, why?"""

import functools
import re
import sys
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Literal

import click
from msgspec import Struct

from trustpath.cli import options
from trustpath.cli.facts import Facts, Live, cross_check_option, live_options, logs_option, online_option
from trustpath.cli.manifests import read_manifests
from trustpath.cli.truth import with_cross_checks, with_review

if TYPE_CHECKING:
    from trustpath.facts.positions import Places
    from trustpath.fixes.sources import Edit, SourceFile
    from trustpath.model.question import PodToAws, Question, WorkflowRun
    from trustpath.model.snapshot import Snapshot
    from trustpath.model.trace import Trace
    from trustpath.paths.links import Walk

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
KIND_OF = {word: kind for kind, words in KINDS.items() for word in words}


def question_options(command: Callable[..., int]) -> Callable[..., int]:
    """Add the words and options of a question, which the command takes as ``asked``."""

    @functools.wraps(command)
    def wrapped(**values: Any) -> int:
        asked = Asked(**{name: values.pop(name) for name in Asked.__struct_fields__})
        return command(asked=asked, **values)

    for option in reversed(_QUESTION):
        wrapped = option(wrapped)
    return live_options(online_option(logs_option(cross_check_option(wrapped))))


class Asked(Struct):
    """The words and options of a question."""

    words: tuple[str, ...]
    namespace: str
    all_namespaces: bool
    groups: tuple[str, ...]
    container: str
    sources: tuple[str, ...]
    error_text: str
    error_file: str
    sdk_text: str
    object_file: str
    manifests: tuple[str, ...]
    plan: str
    cluster_name: str


_QUESTION = (
    click.argument("words", metavar="SUBJECT [ACTION|VERB [RESOURCE [NAME]]]", nargs=-1),
    options.namespace,
    options.all_namespaces,
    click.option("--group", "groups", multiple=True, metavar="GROUP", help="Group of user/NAME. Repeatable."),
    click.option("-c", "--container", default="", help="Container; the pod's default container without it."),
    options.sources,
    click.option("--error", "error_text", metavar="TEXT", default="", help="The message that was printed."),
    click.option("--error-file", metavar="FILE", default="", help="A file that holds it; - reads standard input."),
    click.option("--sdk", "sdk_text", metavar="NAME@VERSION", default="", help="The SDK that the program uses."),
    click.option(
        "--object", "object_file", metavar="FILE", default="", help="The role or binding that is to be written."
    ),
    click.option(
        "--apply",
        "manifests",
        metavar="FILE|DIR",
        multiple=True,
        help="Ask as if these manifests were applied. Repeatable.",
    ),
    click.option(
        "--plan",
        metavar="FILE",
        default="",
        help="Ask as if this plan of Terraform (`terraform show -json`) were applied.",
    ),
    options.cluster_name,
)


@click.command(short_help="Say why a workload, user or IAM principal is denied.")
@question_options
@options.output
@options.color
def why(
    asked: Asked,
    live: Live,
    output: Literal["text", "json"],
    color: Literal["auto", "always", "never"],
) -> int:
    """Say why a workload does not get its AWS role, or why the cluster refuses a user, link by link.

    SUBJECT is a workload for the way to AWS: pod/NAME, or deploy, sts, ds, rs, job, cronjob, sa. ACTION and RESOURCE
    are what it wants to do there; without them the question is whether it gets its role. With
    sts:AssumeRoleWithWebIdentity and the ARN of a role, the question is about that role.

    For workflow/NAME of Argo (cronworkflow, workflowtemplate) the question is whether its steps may do what Argo and
    its templates do with their accounts.

    For the way into the cluster SUBJECT is the ARN of an IAM principal, role/NAME for an IAM role, user/NAME, or a
    workload or sa/NAMESPACE:NAME, and VERB and RESOURCE[.GROUP][/SUBRESOURCE] are the request. An ARN alone asks who
    it becomes.

    A message of --error becomes the question where there is no other, and is taken for what happened beside one.

    The cluster and the account are asked themselves, for just what the question needs, and nothing is changed. With
    --from nothing is read but the files given.

    \b
    Ask:
      trustpath why pod/checkout -n payments s3:GetObject arn:aws:s3:::orders/1
      trustpath why deploy/orders -n shop --context prod --profile prod-readonly
      trustpath why sa/shop:orders list pods -n shop --apply rbac.yaml

    \b
    Or collect the facts (ROLE is the end of the annotation eks.amazonaws.com/role-arn):
      kubectl get pods,serviceaccounts,deployments,replicasets,statefulsets,daemonsets,jobs,cronjobs \\
        -n NAMESPACE --show-managed-fields -o yaml > kubernetes.yaml
      kubectl get mutatingwebhookconfigurations,namespaces,nodes -o yaml > cluster.yaml
      aws eks describe-cluster --name CLUSTER > eks-describe-cluster.json
      aws eks list-pod-identity-associations --cluster-name CLUSTER > eks-list-pod-identity-associations.json
      aws iam get-role --role-name ROLE > iam-get-role.ROLE.json
      aws iam list-open-id-connect-providers > iam-list-open-id-connect-providers.json
      aws iam get-open-id-connect-provider --open-id-connect-provider-arn ARN_FROM_THAT_LIST > provider.json

    \b
    For what the role may do, and for EKS Pod Identity:
      aws iam list-attached-role-policies --role-name ROLE > iam-list-attached-role-policies.ROLE.json
      aws iam get-policy-version --policy-arn ARN --version-id v1 > iam-get-policy-version.NAME_OF_POLICY.json
      aws iam list-role-policies --role-name ROLE > iam-list-role-policies.ROLE.json
      aws iam get-role-policy --role-name ROLE --policy-name NAME > iam-get-role-policy.ROLE.NAME.json
      aws eks describe-pod-identity-association --cluster-name CLUSTER --association-id ID > association.json
      aws ec2 describe-instances --instance-ids ID_OF_THE_NODE > ec2-describe-instances.json
      aws iam get-instance-profile --instance-profile-name NAME > iam-get-instance-profile.json
      kubectl get daemonsets,pods -n kube-system -o yaml > kube-system.yaml
      aws organizations list-policies-for-target --filter SERVICE_CONTROL_POLICY --target-id ACCOUNT > scps.json
      kubectl logs POD -n NAMESPACE > POD.log

    \b
    For the way into the cluster:
      kubectl get clusterroles,clusterrolebindings,roles,rolebindings,serviceaccounts,namespaces -A -o yaml > rbac.yaml
      kubectl get configmap aws-auth -n kube-system -o yaml > aws-auth.yaml
      aws eks list-access-entries --cluster-name CLUSTER > eks-list-access-entries.json
      aws eks describe-access-entry --cluster-name CLUSTER --principal-arn ARN > eks-describe-access-entry.json
      aws eks list-associated-access-policies --cluster-name CLUSTER --principal-arn ARN > access-policies.json

    \b
    And ask them:
      trustpath why pod/loki-0 -n monitoring --from dump/
      trustpath why pod/crossplane-1 sts:AssumeRoleWithWebIdentity arn:aws:iam::444455556666:role/x --from dump/
      kubectl get pods,sa,deploy,rs -n shop -o json | trustpath why deploy/orders -n shop --from - --from aws/
      trustpath why arn:aws:iam::111122223333:role/ci list pods -n default --from dump/
      trustpath why sa/argo:workflow create workflowtaskresults.argoproj.io -n argo --from rbac.yaml
      trustpath why user/jane --group developers get /metrics --from rbac.yaml
      trustpath why --error 'pods is forbidden: User "jane" cannot list resource "pods" …' --from rbac.yaml
    """
    from trustpath.cli.main import EXIT_CODES
    from trustpath.render import json, text
    from trustpath.render.terminal import Terminal

    trace, _ = find_answer(asked, live)
    if output == "json":
        click.echo(json.render(trace), nl=False)
    else:
        click.echo(text.render(trace, Terminal.of(sys.stdout, color)), nl=False, color=True)
    return EXIT_CODES[trace.outcome]


def find_answer(asked: Asked, live: Live, sources: "tuple[SourceFile, ...]" = ()) -> "tuple[Trace, tuple[Edit, ...]]":
    """Return the answer to a question, with its fixes. Raises TrustpathError."""
    from trustpath.answer import answer, with_fixes
    from trustpath.cli.kubernetes_requests import (
        is_cluster_question,
        parse_cluster_question,
        warn_of_action,
        warn_of_request,
    )
    from trustpath.cli.messages import question_of, read_error
    from trustpath.cli.objects import written_object
    from trustpath.errors import QuestionError
    from trustpath.facts.positions import Places
    from trustpath.facts.terraform_plan import read_plan
    from trustpath.fixes.application import apply
    from trustpath.fixes.planned import apply_plan
    from trustpath.model.answers import Answers
    from trustpath.model.question import PodToAws
    from trustpath.model.snapshot import Snapshot
    from trustpath.paths import follow_question
    from trustpath.paths.links import MESSAGE

    words, namespace, container, cluster_name = asked.words, asked.namespace, asked.container, asked.cluster_name
    symptom = read_error(asked.error_text, asked.error_file, beside_question=bool(words))
    sdk = options.read_sdk(asked.sdk_text)
    if not words and symptom is None:
        raise QuestionError("why what?", "name a subject and what it wants, or give the message with --error")
    asks_cluster = bool(words) and is_cluster_question(words)
    if words and not asks_cluster:
        named = _question(words, namespace, container, cluster_name)
        # before anything is read
        if isinstance(named, PodToAws) and named.action:
            warn_of_action(named.action)
    elif asks_cluster:
        warn_of_request(words)
    # A message alone is about no cluster, unless one is named.
    needs_facts = words or asked.sources or live.context or live.kubeconfig
    facts = Facts("why", asked.sources, live, namespace, cluster_name) if needs_facts else None

    manifests = read_manifests(asked.manifests, (facts.namespace if facts else namespace) or "default")

    plan = read_plan(asked.plan) if asked.plan else ()
    not_looked_at: dict[str, None] = {}

    edits: tuple[Edit, ...] = ()

    def ask(snapshot: "Snapshot", places: "Places") -> "tuple[Trace, Walk]":
        nonlocal edits
        where = facts.namespace if facts else namespace
        snapshot = apply(snapshot, manifests) if manifests else snapshot
        if plan:
            snapshot, unread = apply_plan(snapshot, plan)
            not_looked_at.update(dict.fromkeys(unread))
        cluster = facts.cluster_name if facts else cluster_name
        question: Question
        if words and not asks_cluster:
            question = _question(words, where, container, cluster)
        elif asks_cluster or symptom is None:
            question = parse_cluster_question(
                words, where, asked.groups, cluster, snapshot, all_namespaces=asked.all_namespaces
            )
        else:
            question = question_of(symptom, snapshot, cluster)
        if symptom is not None:
            places = places.beside(MESSAGE, symptom.text)
        written, object_places = written_object(question, words, snapshot, asked.object_file)
        places = places.joined(object_places) if object_places else places
        walk = follow_question(snapshot, question, symptom, written, sdk)
        trace, edits = with_fixes(answer(walk, places), walk, sources)
        return trace, walk

    trace, walk = facts.answer(ask) if facts else ask(Snapshot(Answers()), Places({}, {}))
    for address in not_looked_at:
        click.echo(f"not looked at: {address}", err=True)
    if facts is not None and facts.connected is not None:
        # The API server knows nothing of what is only to be applied.
        trace = trace if manifests or plan else with_review(trace, walk, facts.connected)
        trace = with_cross_checks(trace, walk, facts.connected, live.cross_checks)
    return trace, edits


WORKFLOW_KINDS = {
    **dict.fromkeys(("workflow", "workflows", "wf"), "Workflow"),
    **dict.fromkeys(("cronworkflow", "cronworkflows", "cwf", "cronwf"), "CronWorkflow"),
    **dict.fromkeys(("workflowtemplate", "workflowtemplates", "wftmpl", "wf-template"), "WorkflowTemplate"),
    **dict.fromkeys(("clusterworkflowtemplate", "clusterworkflowtemplates", "cwft"), "ClusterWorkflowTemplate"),
}
"""The words for what Argo runs, by the names that kubectl and argo take."""


def _question(words: tuple[str, ...], namespace: str, container: str, cluster: str) -> "WorkflowRun | PodToAws":
    return parse_workflow(words, namespace) or parse_question(words, namespace, container, cluster)


def parse_workflow(words: tuple[str, ...], namespace: str) -> "WorkflowRun | None":
    """Return the question about a workflow, None for other words. Raises QuestionError for too many of them."""
    from trustpath.errors import QuestionError
    from trustpath.model.question import WorkflowRun

    first, *rest = words
    kind_word, slash, name = first.partition("/")
    kind = WORKFLOW_KINDS.get(kind_word.lower().partition(".")[0])
    if kind is None:
        return None
    if not slash and rest:
        name, *rest = rest
    if not name or "/" in name:
        raise QuestionError(f"`{first}` names no {kind}", f"write {kind_word}/NAME")
    if rest:
        raise QuestionError(
            f"`{rest[0]}` is one word too many", f"what {kind_word}/{name} needs is known: ask without it"
        )
    return WorkflowRun(kind, namespace or "default", name)


def parse_question(words: tuple[str, ...], namespace: str, container: str, cluster: str) -> "PodToAws":
    """Return the question. Raises QuestionError for words that this version does not understand."""
    from trustpath.engine.sts import ACTION
    from trustpath.errors import QuestionError
    from trustpath.model.arn import RoleArn
    from trustpath.model.question import PodToAws

    first, *rest = words
    kind_word, slash, name = first.partition("/")
    if not slash and rest and kind_word.lower().partition(".")[0] in KIND_OF:
        name, *rest = rest
    elif not slash or first.startswith("arn:"):
        if any(char.isspace() for char in first):
            raise QuestionError(f"`{first[:60]}` is not a workload", "a message is given with --error 'TEXT'")
        raise QuestionError(
            f"`{first}` is not a workload",
            "name it as kubectl does: pod/NAME, or deploy, sts, ds, rs, job, cronjob, sa in place of pod",
        )
    kind = KIND_OF.get(kind_word.lower().partition(".")[0])
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
            "write it as IAM does: s3:GetObject; for the cluster's API name a verb and a resource: list pods",
        )
    if action.lower() == ACTION.lower() and resource and RoleArn.parse(resource) is None:
        raise QuestionError(
            f"`{resource}` is not the ARN of a role", f"{ACTION} takes arn:aws:iam::<account>:role/<name>"
        )
    return PodToAws(kind, namespace, name, container, action, resource, cluster)
