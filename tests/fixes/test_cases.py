"""The rebuilt failures: a proven fix for each that configuration can mend, and an honest word for the others."""

from pathlib import Path

import msgspec
import pytest

from tests.test_cluster_cases import CASES as CLUSTER_CASES
from tests.test_cluster_cases import FOLDER as CLUSTER_FOLDER
from tests.test_cluster_cases import question as cluster_question
from tests.test_field_cases import CASES, FOLDER, question
from trustpath.answer import answer, with_fixes
from trustpath.engine.messages.symptom import read_symptom
from trustpath.facts.dumps import read_dumps
from trustpath.fixes.application import apply
from trustpath.fixes.plans import follow, plans, question_after
from trustpath.model.question import AskedRequest, PrincipalToCluster, Question
from trustpath.model.trace import Trace
from trustpath.paths import follow_question
from trustpath.paths.links import Walk, outcome

# What the case's own fix touches, as one of the proven fixes says it.
PROVEN = {
    "002-crossplane-s3-bucket": "StringLike",
    "007-cfn-custom-resource-provider": "audience sts.amazonaws.com of arn:",
    "014-crossplane-target-account": "oidc-provider/",
    "017-karpenter-helm-release": "trust policy of demo-cluster-karpenter",
    "020-cluster-autoscaler-irsa-example": "trust policy of cluster-autoscaler",
    "022-external-dns-two-accounts": "sts:AssumeRoleWithWebIdentity",
    "059-lbc-al2023": "hop limit 2",
    "060-mountpoint-s3": "trust policy of analytics-s3: /Statement/0/Condition/ArnLike",
    "066-lbc-blueprints-upgrade": "elasticloadbalancing:DescribeListenerAttributes",
    "068-ebs-encrypted-class": "kms:",
    "073-autoscaler-nodegroups": "eks:DescribeNodegroup",
    "084-order-worker-fallback": "pods made anew",
    "004-federated-operator": "aws-auth mapRoles entry",
    "006-adfs-masters-role": "aws-auth mapRoles entry",
    "020-custom-role-readme": "aws-auth mapRoles entry",
    "022-helm-upgrade-monitor": "rolebinding/",
    "026-cdk-cluster-console": "aws-auth mapRoles",
    "103-ingress-controller-routegroups": "clusterrole/ingress-controller: /rules/-",
    "109-argocd-application-sync": "clusterrolebinding/argocd-application-controller: /subjects",
    "113-datalore-agents": "rolebinding/datalore -n infra-datalore: /subjects",
    "117-crd-informer": "clusterrole/argocd-installer-clusterrole: /rules/-",
    "121-config-db-exec": "clusterrole/config-db-role: /rules/-",
    "127-viewer-flux-objects": "clusterrole/",
    "205-geoip-cronworkflow": "role/argo-workflows-workflow -n geoip: /rules/3/verbs/- = patch",
    "206-chart-workflow-role": "role/argo-workflows-workflow -n custom-namespace: /rules/-",
    "216-tool-integration-pod": "/resources/2 = pods/log",
    "219-memoize-with-own-account": "role/argo-role -n argo: /rules/2/verbs/- = update",
    "221-sensor-other-namespace": "rolebinding/",
}
# The change mends what is broken, and the facts do not tell the rest: what the case's own fix touches.
NOT_READ = {
    "005-secret-sidecar-init": "oidc-provider/",
    "006-flux-source-controller": "fsGroup",
    "010-aws-auth-submodule": "access entry",
    "019-ebs-csi-addon-cdk": "trust policy of ebs-csi-addon-role",
    "031-data-platform-irsa": "role-arn",
    "037-aws-node-addon-role": "pods made anew",
    "039-rke2-awscli": "pods made anew",
    "080-external-dns-example": "fsGroup",
    "085-ebs-addon-terraform": "role-arn = arn:aws:iam::111122223333:role/ebs-csi-prod",
}
# The remedy is in a program, a person's own settings, somebody else's policy, or a fact that no dump holds.
INSTRUCTED = {
    "027-secrets-store-csi-kops",
    "033-spark-executors",
    "041-ruby-service-account-token",
    "047-fluent-bit-opensearch",
    "051-elasticsearch-snapshots",
    "054-outline-attachments",
    "065-gpu-node-training",
    "075-lbc-game-2048",
    "112-chaoskube",
    "217-dag-nested-patch",
}
# Proven, and not what the case's authors did: they used another identity, or let the client ask for one namespace.
OTHERWISE = {"018-cluster-from-role", "225-ui-namespace-install"}


def asked(name: str) -> tuple[Path, Question, str]:
    if name in CASES:
        return FOLDER / name / "snapshot", question(name), str(CASES[name].get("symptom", ""))
    return CLUSTER_FOLDER / name / "snapshot", cluster_question(name), str(CLUSTER_CASES[name].get("symptom", ""))


def walked(name: str) -> Walk:
    folder, wanted, symptom = asked(name)
    snapshot, _ = read_dumps([str(folder)])
    return follow_question(snapshot, wanted, read_symptom(symptom) if symptom else None)


def fixed(name: str) -> Trace:
    folder, wanted, symptom = asked(name)
    snapshot, places = read_dumps([str(folder)])
    walk = follow_question(snapshot, wanted, read_symptom(symptom) if symptom else None)
    return with_fixes(answer(walk, places), walk)[0]


def test_a_user_whose_name_is_a_template_is_never_bound() -> None:
    """`developer:{{SessionName}}` is another user each time: what can be bound is its group."""
    snapshot, _ = read_dumps([str(Path(__file__).parents[2] / "demo" / "terraform-cloud" / "facts")])
    arn = "arn:aws:iam::111122223333:role/developer"
    request = AskedRequest("delete", "", "pods", "", "default", "web-0")
    found = plans(follow_question(snapshot, PrincipalToCluster(arn, request)))
    assert found
    assert "{{" not in str([change for plan in found for change in plan.changes])


def test_every_failure_is_in_one_list() -> None:
    lists = [set(PROVEN), set(NOT_READ), INSTRUCTED, OTHERWISE]
    assert sum(map(len, lists)) == len(set().union(*lists))
    denied = {name for name in (*CASES, *CLUSTER_CASES) if outcome(walked(name).results.values()) == "denied"}
    assert denied == set().union(*lists)


@pytest.mark.parametrize("name", sorted(PROVEN))
def test_a_proven_fix_touches_what_the_case_says(name: str) -> None:
    trace = fixed(name)
    proven = [fix for fix in trace.fixes if fix.proof.outcome == "allowed"]
    assert any(PROVEN[name] in line for fix in proven for line in fix.changes), [fix.changes for fix in trace.fixes]
    for fix in proven:
        assert fix.steps[-1].outcome == "allowed"
        assert {link.state for link in fix.proof.links} <= {"ok", "not-applicable"}
        assert fix.commands
        assert (fix.disposition == "review") == bool(fix.also_grants)


@pytest.mark.parametrize("name", sorted(NOT_READ))
def test_what_cannot_be_proven_says_what_is_missing(name: str) -> None:
    trace = fixed(name)
    assert [fix.proof.outcome for fix in trace.fixes] == ["unknown"]
    (fix,) = trace.fixes
    assert any(NOT_READ[name] in line for line in fix.changes), fix.changes
    assert fix.missing
    assert not any(link.state == "broken" for link in fix.proof.links)


@pytest.mark.parametrize("name", sorted(INSTRUCTED))
def test_what_no_change_mends_has_instructions(name: str) -> None:
    trace = fixed(name)
    assert trace.fixes == ()
    assert trace.causes[0].help


@pytest.mark.parametrize("name", sorted({*PROVEN, *OTHERWISE}))
def test_applying_a_fix_again_gives_the_same_proof_and_leaves_the_facts(name: str) -> None:
    walk = walked(name)
    before = msgspec.json.encode([item.value for _, item in walk.snapshot.answers.objects])
    for plan in plans(walk):
        again = follow(apply(walk.snapshot, plan.changes), question_after(walk.question, plan.changes))
        assert outcome(again.results.values()) == plan.outcome
    assert msgspec.json.encode([item.value for _, item in walk.snapshot.answers.objects]) == before
    assert outcome(follow_question(walk.snapshot, walk.question, walk.symptom).results.values()) == "denied"
