"""Verdicts on what the webhook did or would do that were wrong once: a healthy pod with one thing changed."""

from pathlib import Path

import pytest

from tests.causes.pages import POD as HEALTHY
from tests.causes.pages import ask
from tests.paths.dumps import ROLE_ARN, TOKEN, account, pod, variables, verdict
from trustpath.answer import answer
from trustpath.facts.dumps import read_dumps
from trustpath.model.question import PodToAws
from trustpath.paths.pod_to_aws import follow_pod_to_aws
from trustpath.paths.pod_to_aws.binding import is_wrong_key

MUTATING = HEALTHY[HEALTHY.index("apiVersion: admission") : HEALTHY.index("---\napiVersion: v1\nkind: ServiceAccount")]
SELF_HOSTED = MUTATING.replace("iam-for-pods.amazonaws.com", "pod-identity-webhook.amazonaws.com")


def test_a_template_with_both_variables_still_gets_its_volume(tmp_path: Path) -> None:
    template = (
        "# question: deploy/checkout\n# without: Pod\napiVersion: apps/v1\nkind: Deployment\n"
        "metadata: {name: checkout, namespace: payments}\nspec:\n  template:\n    spec:\n"
        "      serviceAccountName: checkout\n      containers:\n      - name: app\n        env:\n"
        f'        - {{name: AWS_ROLE_ARN, value: "{ROLE_ARN}"}}\n'
        "        - {name: AWS_WEB_IDENTITY_TOKEN_FILE, value: %s}\n"
    )
    trace, _ = ask(template % "/var/run/secrets/eks.amazonaws.com/serviceaccount/token", tmp_path)
    assert trace.outcome == "allowed"

    trace, _ = ask(template % "/var/run/secrets/kubernetes.io/serviceaccount/token", tmp_path)
    assert trace.outcome == "denied"
    assert trace.causes[0].id == "token-not-for-sts"


def test_an_injected_running_pod_shows_that_its_account_was_there(tmp_path: Path) -> None:
    running = pod(variables(), volumes=TOKEN) + "status: {phase: Running}\n"

    trace, _ = ask("# without: ServiceAccount\n" + running, tmp_path)
    assert verdict(trace) == ("unknown", [])

    waiting = running.replace("Running", "Pending")
    trace, _ = ask("# without: ServiceAccount\n" + waiting, tmp_path)
    assert verdict(trace) == ("unknown", [])

    by_hand = waiting.replace("aws-iam-token", "sts-token")
    trace, _ = ask("# without: ServiceAccount\n" + by_hand, tmp_path)
    assert verdict(trace) == ("denied", [("service-account-missing", "likely")])


def test_a_neighbour_with_pods_of_its_own_is_not_blamed(tmp_path: Path) -> None:
    neighbour = account("loki", role=f"{ROLE_ARN}-loki")
    its_pod = (
        "apiVersion: v1\nkind: Pod\nmetadata: {name: loki-0, namespace: payments}\nspec: {serviceAccountName: loki}\n"
    )
    own = "# without: ServiceAccount\n" + "\n---\n".join([pod(account="web").strip(), account("web", role="").strip()])

    trace, _ = ask("\n---\n".join([own, neighbour.strip(), its_pod]), tmp_path)
    assert verdict(trace) == ("unknown", [])

    trace, _ = ask("\n---\n".join([own, neighbour.strip() + "\n"]), tmp_path)
    assert [cause.id for cause in trace.causes] == ["pod-uses-other-service-account"]


def test_half_a_pair_on_an_account_without_annotation(tmp_path: Path) -> None:
    body = f'    env: [{{name: AWS_ROLE_ARN, value: "{ROLE_ARN}"}}]\n'

    trace, _ = ask("---\n".join([pod(body), account(role="")]), tmp_path)

    assert verdict(trace) == ("denied", [("sa-annotation-missing", "certain")])


def test_an_injected_sibling_shows_that_the_webhook_is_there(tmp_path: Path) -> None:
    sibling = pod(variables(), volumes=TOKEN).replace("x2x4z", "later").replace("T09:", "T11:")
    late = account(created="2026-03-02T10:00:00Z")

    trace, _ = ask("---\n".join(["# without: MutatingWebhookConfiguration\n" + pod(), sibling, late]), tmp_path)

    assert verdict(trace)[1][0] == ("pod-older-than-binding", "certain")


def test_kubectl_says_that_the_webhook_is_not_found(tmp_path: Path) -> None:
    kind = "mutatingwebhookconfigurations.admissionregistration.k8s.io"
    error = f'Error from server (NotFound): {kind} "pod-identity-webhook"'
    facts = f"# without: MutatingWebhookConfiguration\n# without: Namespace\n# log: webhook.txt: {error} not found\n"

    trace, _ = ask(facts + pod(), tmp_path)

    assert trace.causes[0].id == "webhook-absent"


def test_a_container_that_came_after_the_webhook(tmp_path: Path) -> None:
    late = "  - name: istio-proxy\n"
    mutated = pod(
        variables() + late,
        volumes=TOKEN,
        meta="  annotations: {kubectl.kubernetes.io/default-container: istio-proxy}\n",
    )

    trace, _ = ask(mutated, tmp_path)
    assert trace.outcome == "allowed"  # the container that was given the role is the one that is meant

    snapshot, places = read_dumps([str(tmp_path / "dump")])
    asked = PodToAws("Pod", "payments", "checkout-5f7c9d-x2x4z", "istio-proxy")
    trace = answer(follow_pod_to_aws(snapshot, asked), places)
    assert verdict(trace) == ("denied", [("webhook-missed-injection", "likely")])
    assert "container `istio-proxy` was left out" in trace.causes[0].title


def test_an_account_made_together_with_its_pod(tmp_path: Path) -> None:
    trace, _ = ask("---\n".join([pod(), account(created="2026-03-02T08:59:58Z")]), tmp_path)

    assert verdict(trace) == ("denied", [("webhook-missed-injection", "likely")])


def test_the_container_that_the_pod_takes_out_is_not_the_one_that_is_asked_for(tmp_path: Path) -> None:
    meta = "  annotations: {eks.amazonaws.com/skip-containers: proxy}\n"
    text = pod(variables(), volumes=TOKEN, meta=meta).replace("  - name: app\n", "  - name: proxy\n  - name: app\n")

    assert ask(text, tmp_path)[0].outcome == "allowed"


def test_a_webhook_without_a_ca(tmp_path: Path) -> None:
    hook = HEALTHY[HEALTHY.index("apiVersion: admission") : HEALTHY.index("---\napiVersion: v1\nkind: ServiceAccount")]
    without = "\n".join(line for line in hook.splitlines() if "caBundle" not in line) + "\n"

    trace, _ = ask("# question: sa/checkout\n# without: Pod\n" + without, tmp_path)

    assert verdict(trace) == ("unknown", [("webhook-misconfigured", "likely")])


def test_the_default_audience_of_a_self_hosted_webhook_is_a_flag(tmp_path: Path) -> None:
    predicted = "# question: sa/checkout\n# without: Pod\n" + SELF_HOSTED

    trace, _ = ask(predicted, tmp_path)
    assert verdict(trace) == ("unknown", [])
    assert any("flags of the pod identity webhook" in need.fact for link in trace.links for need in link.needs)

    said = account(extra="    eks.amazonaws.com/audience: sts.amazonaws.com\n").replace(
        f'  annotations: {{eks.amazonaws.com/role-arn: "{ROLE_ARN}"}}\n',
        f"  annotations:\n    eks.amazonaws.com/role-arn: {ROLE_ARN}\n",
    )
    trace, _ = ask("---\n".join([predicted, said]), tmp_path)
    assert trace.outcome == "allowed"


def test_a_self_hosted_webhook_may_bind_in_other_ways(tmp_path: Path) -> None:
    unbound = "# question: sa/checkout\n# without: Pod\n" + SELF_HOSTED + "---\n" + account(role="")
    assert verdict(ask(unbound, tmp_path)[0]) == ("unknown", [])

    bare = "# question: sa/checkout\n# without: Pod\n" + SELF_HOSTED + "---\n" + account(role="checkout")
    assert verdict(ask(bare, tmp_path)[0]) == ("unknown", [])

    composed = "---\n".join([pod(variables(), volumes=TOKEN), SELF_HOSTED, account(role="checkout")])
    assert ask(composed, tmp_path)[0].outcome == "allowed"


def test_a_pod_that_is_being_taken_away_does_not_decide(tmp_path: Path) -> None:
    owned = "  ownerReferences: [{kind: ReplicaSet, name: checkout-5f7c9d, controller: true}]\n"
    old = pod(meta=owned + "  deletionTimestamp: '2026-03-02T10:00:00Z'\n").replace("x2x4z", "old")
    new = pod(variables(), volumes=TOKEN, meta=owned)
    replica_set = (
        "apiVersion: apps/v1\nkind: ReplicaSet\nmetadata: {name: checkout-5f7c9d, namespace: payments}\nspec: {}\n"
    )

    trace, _ = ask("---\n".join(["# question: rs/checkout-5f7c9d\n" + old, new, replica_set]), tmp_path)

    assert trace.outcome == "allowed"


def test_a_namespace_that_the_webhook_does_not_select(tmp_path: Path) -> None:
    hook = SELF_HOSTED.replace(
        "  failurePolicy: Ignore\n", "  failurePolicy: Ignore\n  namespaceSelector: {matchLabels: {irsa: 'on'}}\n"
    )

    trace, _ = ask("---\n".join([hook, pod()]), tmp_path)

    assert trace.causes[0].id == "webhook-misconfigured"
    assert trace.causes[0].evidence[0].path.endswith("namespaceSelector")
    assert "namespace payments" in trace.causes[0].title


@pytest.mark.parametrize(
    "where",
    [
        "annotations: {eks.amazonaws.com/skip-containers: app}",
        "labels: {eks.amazonaws.com/skip-pod-identity-webhook: 'true'}",
    ],
)
def test_what_keeps_a_template_out_is_found_in_the_template(where: str, tmp_path: Path) -> None:
    needs_no_label = "matchExpressions: [{key: eks.amazonaws.com/skip-pod-identity-webhook, operator: DoesNotExist}]"
    selector = f"  objectSelector: {{{needs_no_label}}}"
    hook = MUTATING.replace("  failurePolicy: Ignore\n", f"  failurePolicy: Ignore\n{selector}\n")
    deployment = (
        "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: checkout, namespace: payments}\nspec:\n  template:\n"
        f"    metadata: {{{where}}}\n    spec: {{serviceAccountName: checkout, containers: [{{name: app}}]}}\n"
    )

    trace, _ = ask("---\n".join(["# question: deploy/checkout\n# without: Pod\n" + hook, deployment]), tmp_path)

    assert trace.outcome == "denied"
    assert trace.causes[0].evidence[0].line > 0
    assert trace.causes[0].evidence[0].path.startswith("/spec/template/metadata/")


@pytest.mark.parametrize(
    ("key", "is_wrong"),
    [
        ("eks.amazonaws.com/role-arm", True),
        ("eks.amazonaws.com/rolearn", True),
        ("eks.amazonaws.com/role_arn", True),
        ("eks.amazon.com/role-arn", True),
        ("EKS.amazonaws.com/role-arn", True),
        ("iam.amazonaws.com/role", True),
        ("eks.amazonaws.com/role-arn", False),
        ("eks.amazonaws.com/audience", False),
        ("eks.amazonaws.com/token-expiration", False),
        ("eks.amazonaws.com/sts-regional-endpoints", False),
        ("example.com/role", False),
    ],
)
def test_keys_that_are_taken_for_the_roles(key: str, is_wrong: bool) -> None:
    assert is_wrong_key(key) == is_wrong
