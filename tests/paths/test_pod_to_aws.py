"""The path pod → AWS: how workloads are found, what missing facts do, several defects at once."""

import re
from pathlib import Path

import pytest

from tests.causes.pages import ask
from trustpath.errors import QuestionError
from trustpath.model.trace import Link, Trace

ACCOUNT = """\
apiVersion: v1
kind: ServiceAccount
metadata:
  name: checkout
  namespace: payments
"""


def link(trace: Trace, identifier: str) -> Link:
    return next(item for item in trace.links if item.id == identifier)


def workload(kind: str, name: str, template: str = "spec", api: str = "apps/v1") -> str:
    pod = "serviceAccountName: checkout, containers: [{name: app}]"
    body = f"template: {{spec: {{{pod}}}}}"
    if kind == "CronJob":
        body = f"jobTemplate: {{spec: {{{body}}}}}"
    return f"apiVersion: {api}\nkind: {kind}\nmetadata: {{name: {name}, namespace: payments}}\nspec: {{{body}}}\n"


@pytest.mark.parametrize(
    ("word", "kind", "api"),
    [
        ("deploy", "Deployment", "apps/v1"),
        ("deployments.apps", "Deployment", "apps/v1"),
        ("sts", "StatefulSet", "apps/v1"),
        ("daemonset", "DaemonSet", "apps/v1"),
        ("rs", "ReplicaSet", "apps/v1"),
        ("job", "Job", "batch/v1"),
        ("cj", "CronJob", "batch/v1"),
    ],
)
def test_workload_without_pods_is_judged_by_its_template(word: str, kind: str, api: str, tmp_path: Path) -> None:
    trace, _ = ask(f"# question: {word}/nightly\n" + workload(kind, "nightly", api=api), tmp_path)

    assert trace.outcome == "allowed"
    assert "template" in link(trace, "workload").says
    assert "would inject" in link(trace, "admission").says
    assert "would be mounted" in link(trace, "token").says


REPLICA_SET = (
    "apiVersion: apps/v1\nkind: ReplicaSet\nmetadata:\n  name: checkout-5f7c9d\n  namespace: payments\n"
    "  ownerReferences: [{kind: Deployment, name: checkout}]\n"
)
INJECTED = """
    env:
    - {name: AWS_ROLE_ARN, value: "arn:aws:iam::111122223333:role/checkout"}
    - {name: AWS_WEB_IDENTITY_TOKEN_FILE, value: /nowhere/token}
"""


@pytest.mark.parametrize(
    ("env", "says", "outcome"),
    [
        (INJECTED, "the newest of 2 pods: pod checkout-5f7c9d-x2x4z", "allowed"),
        ("\n", "1 of 2 pods were given no role: pod checkout-5f7c9d-older", "denied"),
    ],
)
def test_deployment_finds_its_pods_through_the_replica_set(env: str, says: str, outcome: str, tmp_path: Path) -> None:
    old = (
        "apiVersion: v1\nkind: Pod\nmetadata:\n  name: checkout-5f7c9d-older\n  namespace: payments\n"
        "  creationTimestamp: '2026-03-01T00:00:00Z'\n  ownerReferences: [{kind: ReplicaSet, name: checkout-5f7c9d}]\n"
        f"spec:\n  serviceAccountName: checkout\n  containers:\n  - name: app{env}"
    )
    facts = "---\n".join(["# question: deploy/checkout\n" + workload("Deployment", "checkout"), REPLICA_SET, old])

    trace, _ = ask(facts, tmp_path)

    assert says in link(trace, "workload").says
    assert trace.outcome == outcome


def test_service_account_with_and_without_pods(tmp_path: Path) -> None:
    trace, _ = ask("# question: sa/payments:checkout\n", tmp_path)
    assert trace.outcome == "allowed"
    assert "pod checkout-5f7c9d-x2x4z" in link(trace, "workload").says

    trace, _ = ask("# question: sa/checkout\n# without: Pod\n", tmp_path)
    assert trace.outcome == "allowed"
    assert "a new pod is assumed" in link(trace, "workload").says


def test_predicted_pod_needs_the_webhook(tmp_path: Path) -> None:
    other = (
        "apiVersion: admissionregistration.k8s.io/v1\nkind: MutatingWebhookConfiguration\nmetadata: {name: istio}\n"
        "webhooks: [{name: sidecar-injector.istio.io}]\n"
    )
    without = "# question: sa/checkout\n# without: Pod\n# without: MutatingWebhookConfiguration\n"

    trace, _ = ask(without + other, tmp_path)
    assert trace.outcome == "denied"
    assert trace.causes[0].id == "webhook-absent"
    assert trace.causes[0].confidence == "certain"

    trace, _ = ask(without, tmp_path)
    assert trace.outcome == "unknown"
    assert [need.command for need in link(trace, "admission").needs] == [
        "kubectl get mutatingwebhookconfigurations -o yaml > mutatingwebhookconfigurations.yaml"
    ]


def test_predicted_pod_may_be_bound_by_an_association(tmp_path: Path) -> None:
    """W6: for a new pod an association takes the annotation's place, so the list has to be known."""
    trace, _ = ask("# question: sa/checkout\n# without: Pod\n# without: associations\n", tmp_path)

    assert trace.outcome == "unknown"
    assert link(trace, "admission").needs[0].command.startswith("aws eks list-pod-identity-associations")


@pytest.mark.parametrize(
    ("question", "says", "hint"),
    [
        ("pod/checkout-5f7c9d-x2x4y -n payments", "no Pod checkout-5f7c9d-x2x4y", "did you mean checkout-5f7c9d-x2x4z"),
        ("pod/checkout-5f7c9d-x2x4z -n shop", "no Pod checkout-5f7c9d-x2x4z in namespace shop", "use -n payments"),
        ("pod/zzz -n payments", "no Pod zzz", "this namespace has checkout-5f7c9d-x2x4z"),
    ],
)
def test_a_workload_that_is_not_there(question: str, says: str, hint: str, tmp_path: Path) -> None:
    with pytest.raises(QuestionError) as error:
        ask(f"# question: {question}\n", tmp_path)

    assert says in error.value.message
    assert hint in error.value.hint


def test_a_kind_of_which_there_is_none_is_unknown(tmp_path: Path) -> None:
    trace, _ = ask("# question: deploy/checkout\n", tmp_path)

    assert trace.outcome == "unknown"
    assert (
        link(trace, "workload").needs[0].command
        == "kubectl get deployment checkout -n payments -o yaml > checkout.yaml"
    )


@pytest.mark.parametrize(
    ("without", "link_id", "command"),
    [
        ("cluster", "oidc-provider", "aws eks describe-cluster"),
        ("Role", "role-arn", "aws iam get-role --role-name checkout"),
        ("Url", "oidc-provider", "aws iam get-open-id-connect-provider"),
        ("Pod", "workload", "kubectl get pod checkout-5f7c9d-x2x4z -n payments"),
    ],
)
def test_a_missing_fact_is_named(without: str, link_id: str, command: str, tmp_path: Path) -> None:
    trace, shown = ask(f"# without: {without}\n", tmp_path)

    assert trace.outcome == "unknown"
    unknown = next(item for item in trace.links if item.state == "unknown")
    assert unknown.id == link_id
    assert command in unknown.needs[0].command
    assert command in shown


def test_list_and_details_of_the_provider_both_missing(tmp_path: Path) -> None:
    trace, _ = ask("# without: OpenIDConnectProviderList\n# without: Url\n", tmp_path)

    assert trace.outcome == "unknown"
    assert link(trace, "oidc-provider").needs[0].command.startswith("aws iam list-open-id-connect-providers")


def test_the_list_alone_missing_is_made_good_by_the_details(tmp_path: Path) -> None:
    """An answer about the provider, from the account of every other answer, shows that it exists."""
    trace, _ = ask("# without: OpenIDConnectProviderList\n", tmp_path)

    assert trace.outcome == "allowed"


def test_a_denial_that_no_missing_fact_can_change_stays(tmp_path: Path) -> None:
    facts = """\
# without: cluster
Role:
  RoleName: checkout
  Arn: arn:aws:iam::111122223333:role/checkout
  AssumeRolePolicyDocument:
    Statement: {Effect: Allow, Principal: {Service: ec2.amazonaws.com}, Action: sts:AssumeRole}
"""
    trace, _ = ask(facts, tmp_path)

    assert trace.outcome == "denied"
    assert trace.causes[0].id == "trust-not-web-identity"
    assert link(trace, "oidc-provider").state == "unknown"


def test_several_defects_are_listed_in_the_order_in_which_they_show(tmp_path: Path) -> None:
    facts = """\
apiVersion: v1
kind: Pod
metadata: {name: checkout-5f7c9d-x2x4z, namespace: payments, creationTimestamp: "2026-03-02T07:00:00Z"}
spec: {serviceAccountName: checkout, containers: [{name: app}]}
---
OpenIDConnectProviderList:
- Arn: arn:aws:iam::111122223333:oidc-provider/oidc.eks.eu-west-1.amazonaws.com/id/OTHER
---
Role:
  RoleName: checkout
  Arn: arn:aws:iam::111122223333:role/checkout
  AssumeRolePolicyDocument:
    Statement:
      Effect: Allow
      Principal:
        Federated: arn:aws:iam::111122223333:oidc-provider/oidc.eks.eu-west-1.amazonaws.com/id/EXAMPLE1
      Action: sts:AssumeRoleWithWebIdentity
      Condition:
        StringEquals: {"oidc.eks.eu-west-1.amazonaws.com/id/EXAMPLE1:sub": "system:serviceaccount:shop:checkout"}
"""
    trace, shown = ask(facts, tmp_path)

    assert [cause.id for cause in trace.causes] == [
        "pod-older-than-binding",
        "oidc-provider-missing",
        "trust-sub-namespace-mismatch",
    ]
    assert [item.state for item in trace.links].count("broken") == 1
    assert link(trace, "trust-policy").state == "not-reached"
    assert shown.index("error[pod-older") < shown.index("also[oidc-provider-missing]")


def test_pod_identity_is_not_guessed(tmp_path: Path) -> None:
    association = "associations: [{clusterName: prod, namespace: payments, serviceAccount: checkout}]\n"
    pod = """\
apiVersion: v1
kind: Pod
metadata: {name: checkout-5f7c9d-x2x4z, namespace: payments}
spec: {serviceAccountName: checkout, containers: [{name: app}]}
"""
    trace, _ = ask(association + "---\n" + pod + "---\n" + ACCOUNT, tmp_path)

    assert trace.outcome == "unknown"
    assert "Pod Identity" in link(trace, "binding").says
    assert trace.causes == ()

    # W6, P21: a pod that was injected for IRSA before the association keeps it.
    trace, _ = ask(association, tmp_path)
    assert trace.outcome == "allowed"


def test_container_credentials_variables_mean_pod_identity(tmp_path: Path) -> None:
    pod = """\
apiVersion: v1
kind: Pod
metadata: {name: checkout-5f7c9d-x2x4z, namespace: payments}
spec:
  serviceAccountName: checkout
  containers:
  - name: app
    env: [{name: AWS_CONTAINER_CREDENTIALS_FULL_URI, value: "http://169.254.170.23/v1/credentials"}]
"""
    trace, _ = ask(pod + "---\n" + ACCOUNT, tmp_path)

    assert trace.outcome == "denied"
    assert trace.causes[0].id == "pod-identity-association-missing"
    assert "Pod Identity" in link(trace, "binding").says


def test_the_call_may_name_another_role(tmp_path: Path) -> None:
    target = "arn:aws:iam::111122223333:role/target"
    role = f"""\
# question: pod/checkout-5f7c9d-x2x4z sts:AssumeRoleWithWebIdentity {target}
Role:
  RoleName: target
  Arn: {target}
  AssumeRolePolicyDocument:
    Statement: {{Effect: Allow, Principal: {{Service: ec2.amazonaws.com}}, Action: sts:AssumeRole}}
"""
    trace, _ = ask(role, tmp_path)

    assert trace.outcome == "denied"
    assert trace.causes[0].id == "trust-not-web-identity"
    assert "role target" in trace.summary


def test_permissions_are_not_claimed(tmp_path: Path) -> None:
    trace, _ = ask("# question: pod/checkout-5f7c9d-x2x4z s3:GetObject arn:aws:s3:::orders/1\n", tmp_path)

    assert trace.outcome == "unknown"
    assert link(trace, "permissions").state == "unknown"
    assert link(trace, "identity").state == "ok"


def test_two_clusters_need_a_name(tmp_path: Path) -> None:
    other = "cluster: {name: other, arn: 'arn:aws:eks:eu-west-1:111122223333:cluster/other'}\n"
    mine = """\
cluster:
  name: prod
  arn: arn:aws:eks:eu-west-1:111122223333:cluster/prod
  identity: {oidc: {issuer: https://oidc.eks.eu-west-1.amazonaws.com/id/EXAMPLE1}}
"""
    trace, _ = ask(other + "---\n" + mine, tmp_path)

    assert trace.outcome == "unknown"
    needs = link(trace, "oidc-provider").needs
    assert needs[0].fact == "which cluster is meant: the facts hold other, prod"
    assert needs[0].command == "--cluster-name NAME"


def test_the_issuer_of_a_self_hosted_cluster(tmp_path: Path) -> None:
    api_server = """\
# without: cluster
apiVersion: v1
kind: Pod
metadata: {name: kube-apiserver-cp-1, namespace: kube-system}
spec:
  containers:
  - name: kube-apiserver
    command: [kube-apiserver, --service-account-issuer=https://oidc.eks.eu-west-1.amazonaws.com/id/EXAMPLE1]
"""
    trace, _ = ask(api_server, tmp_path)

    assert trace.outcome == "allowed"


def test_the_default_container_and_a_named_one(tmp_path: Path) -> None:
    pod = """\
apiVersion: v1
kind: Pod
metadata:
  name: checkout-5f7c9d-x2x4z
  namespace: payments
  annotations: {kubectl.kubernetes.io/default-container: second}
spec:
  serviceAccountName: checkout
  containers: [{name: first}, {name: second}]
"""
    _, shown = ask(pod, tmp_path)

    assert "container second" in shown


def test_hidden_values_are_asked_for(tmp_path: Path) -> None:
    pod = """\
apiVersion: v1
kind: Pod
metadata: {name: checkout-5f7c9d-x2x4z, namespace: payments}
spec:
  serviceAccountName: checkout
  containers:
  - name: app
    env: [{name: AWS_ROLE_ARN, valueFrom: {configMapKeyRef: {name: aws, key: role}}}]
"""
    trace, _ = ask(pod, tmp_path)

    assert trace.outcome == "unknown"
    command = "kubectl exec checkout-5f7c9d-x2x4z -n payments -c app -- printenv AWS_ROLE_ARN"
    assert link(trace, "binding").needs[0].command == command


def test_a_role_set_by_hand_is_followed(tmp_path: Path) -> None:
    """A template that sets AWS_ROLE_ARN itself means that role, not the annotation's."""
    owner = """\
apiVersion: apps/v1
kind: ReplicaSet
metadata: {name: checkout-5f7c9d, namespace: payments}
spec:
  template:
    spec: {containers: [{name: app, env: [{name: AWS_ROLE_ARN, value: "arn:aws:iam::111122223333:role/checkout"}]}]}
---
apiVersion: v1
kind: ServiceAccount
metadata:
  name: checkout
  namespace: payments
  annotations: {eks.amazonaws.com/role-arn: "arn:aws:iam::111122223333:role/other"}
"""
    trace, _ = ask(owner, tmp_path)
    assert trace.outcome == "allowed"
    assert "the container's own AWS_ROLE_ARN" in link(trace, "binding").says

    # Without the owner it is not known who set the variable.
    _, _, account = owner.partition("---\n")
    trace, _ = ask(account, tmp_path)
    assert trace.outcome == "unknown"
    assert [(cause.id, cause.confidence) for cause in trace.causes] == [("pod-older-than-binding", "likely")]
    assert link(trace, "admission").needs[0].command == "kubectl get replicaset checkout-5f7c9d -n payments -o yaml"

    # With an owner that does not ask for the role, the webhook set it, from another annotation.
    plain = re.sub(r", env: .*?\}\]\}", "}", owner)
    trace, _ = ask(plain, tmp_path)
    assert trace.outcome == "denied"
    assert [(cause.id, cause.confidence) for cause in trace.causes] == [("pod-older-than-binding", "certain")]


def test_unbound_and_nothing_to_bind_is_unknown(tmp_path: Path) -> None:
    facts = (
        ACCOUNT
        + "---\n# without: Role\n"
        + """\
apiVersion: v1
kind: Pod
metadata: {name: checkout-5f7c9d-x2x4z, namespace: payments}
spec: {serviceAccountName: checkout, containers: [{name: app}]}
"""
    )
    trace, _ = ask(facts, tmp_path)

    assert trace.outcome == "unknown"
    assert link(trace, "binding").state == "unknown"
    assert link(trace, "binding").needs[0].command.startswith("aws iam list-roles")


def test_another_partition(tmp_path: Path) -> None:
    facts = """\
cluster:
  name: prod
  arn: arn:aws-cn:eks:cn-north-1:111122223333:cluster/prod
  identity: {oidc: {issuer: https://oidc.eks.cn-north-1.amazonaws.com.cn/id/EXAMPLE1}}
"""
    trace, _ = ask(facts, tmp_path)

    assert trace.outcome == "denied"
    assert trace.causes[0].id == "role-arn-malformed"
    assert trace.causes[0].expected == "arn:aws-cn:iam::…"


def test_objects_that_own_each_other(tmp_path: Path) -> None:
    ring = "".join(
        f"apiVersion: apps/v1\nkind: {kind}\nmetadata:\n  name: ring\n  namespace: payments\n"
        f"  ownerReferences: [{{kind: {owner}, name: ring}}]\nspec:\n  template: {{spec: {{containers: []}}}}\n---\n"
        for kind, owner in (("Deployment", "ReplicaSet"), ("ReplicaSet", "Deployment"))
    )

    trace, _ = ask("# question: deploy/ring\n" + ring.removesuffix("---\n"), tmp_path)

    assert "its template is used" in link(trace, "workload").says


def test_an_issuer_that_is_no_url(tmp_path: Path) -> None:
    facts = "cluster: {name: prod, identity: {oidc: {issuer: 'https://'}}}\n"

    trace, _ = ask(facts, tmp_path)

    assert trace.outcome == "unknown"
    assert link(trace, "oidc-provider").needs[0].fact == "the cluster's OIDC issuer"


def test_a_service_account_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(QuestionError, match="no ServiceAccount chekout"):
        ask("# question: sa/chekout\n", tmp_path)


@pytest.mark.parametrize(
    ("volume", "state", "needs"),
    [
        ("projected: {sources: [{serviceAccountToken: {path: token}}]}", "broken", ""),
        ("secret: {secretName: checkout-token-4fdpr}", "broken", ""),
        ("secret: {secretName: vault}", "unknown", "the claims of the token in that file: iss, sub and aud"),
        ("emptyDir: {}", "unknown", "the claims of the token in that file: iss, sub and aud"),
    ],
)
def test_tokens_of_other_kinds(volume: str, state: str, needs: str, tmp_path: Path) -> None:
    pod = f"""\
apiVersion: v1
kind: Pod
metadata: {{name: checkout-5f7c9d-x2x4z, namespace: payments}}
spec:
  serviceAccountName: checkout
  containers:
  - name: app
    env:
    - {{name: AWS_ROLE_ARN, value: "arn:aws:iam::111122223333:role/checkout"}}
    - {{name: AWS_WEB_IDENTITY_TOKEN_FILE, value: /t/token}}
    volumeMounts: [{{name: t, mountPath: /t}}]
  volumes:
  - name: t
    {volume}
"""
    trace, _ = ask(pod, tmp_path)

    assert link(trace, "token").state == state
    assert [need.fact for need in link(trace, "token").needs] == ([needs] if needs else [])


def test_a_projected_api_token_outside_eks_may_be_meant_for_sts(tmp_path: Path) -> None:
    pod = """\
# without: cluster
apiVersion: v1
kind: Pod
metadata: {name: checkout-5f7c9d-x2x4z, namespace: payments}
spec:
  serviceAccountName: checkout
  containers:
  - name: app
    env:
    - {name: AWS_ROLE_ARN, value: "arn:aws:iam::111122223333:role/checkout"}
    - {name: AWS_WEB_IDENTITY_TOKEN_FILE, value: /t/token}
    volumeMounts: [{name: t, mountPath: /t}]
  volumes:
  - {name: t, projected: {sources: [{serviceAccountToken: {path: token}}]}}
"""
    trace, _ = ask(pod, tmp_path)

    assert link(trace, "token").state == "unknown"


def test_default_account_that_the_dump_leaves_out(tmp_path: Path) -> None:
    """Kubernetes makes `default` in every namespace; a dump without it has not shown that it is absent."""
    pod = """\
apiVersion: v1
kind: Pod
metadata: {name: checkout-5f7c9d-x2x4z, namespace: payments}
spec: {serviceAccountName: default, containers: [{name: app}]}
"""
    trace, _ = ask(pod, tmp_path)

    assert link(trace, "service-account").state == "unknown"
    assert trace.outcome == "denied"
    assert trace.causes[0].id == "pod-uses-other-service-account"
    assert trace.causes[0].confidence == "likely"


def test_another_account_that_a_narrow_dump_leaves_out_is_not_certainly_missing(tmp_path: Path) -> None:
    pod = """\
apiVersion: v1
kind: Pod
metadata: {name: checkout-5f7c9d-x2x4z, namespace: payments}
spec: {serviceAccountName: other, containers: [{name: app}]}
"""
    trace, _ = ask(pod, tmp_path)
    assert trace.causes[0].id == "service-account-missing"
    assert trace.causes[0].confidence == "likely"

    default = "---\napiVersion: v1\nkind: ServiceAccount\nmetadata: {name: default, namespace: payments}\n"
    trace, _ = ask(pod + default, tmp_path)
    assert trace.causes[0].confidence == "certain"


def test_the_wrong_kind(tmp_path: Path) -> None:
    facts = "# question: deploy/nightly\n" + workload("StatefulSet", "nightly")

    with pytest.raises(QuestionError) as error:
        ask(facts, tmp_path)

    assert error.value.hint == "did you mean statefulset/nightly?"


@pytest.mark.parametrize(
    ("owner", "command"),
    [
        ("{kind: ReplicaSet, name: checkout-5f7c9d, controller: true}", "kubectl rollout restart deployment checkout"),
        ("{kind: DaemonSet, name: agent, controller: true}", "kubectl rollout restart daemonset agent"),
        ("{kind: Job, name: nightly, controller: true}", "kubectl delete pod checkout-5f7c9d-x2x4z"),
        ("", "kubectl replace --force -f -   # nobody owns this pod"),
    ],
)
def test_how_a_pod_is_made_anew(owner: str, command: str, tmp_path: Path) -> None:
    pod = (
        "apiVersion: v1\nkind: Pod\nmetadata:\n  name: checkout-5f7c9d-x2x4z\n  namespace: payments\n"
        f"  ownerReferences: [{owner}]\nspec: {{serviceAccountName: checkout, containers: [{{name: app}}]}}\n"
    )

    trace, _ = ask(pod, tmp_path)

    assert trace.causes[0].id == "pod-older-than-binding"
    assert trace.causes[0].confidence == "likely"
    assert command in trace.causes[0].help[0]
    assert "written" not in trace.causes[0].title
