"""EKS Pod Identity: a healthy pod with one thing changed, and what is unknown without a fact."""

from pathlib import Path

import pytest

from tests.causes.pages import POD_IDENTITY, ask
from tests.paths.dumps import verdict
from trustpath.engine.credentials.sdks import parse_sdk
from trustpath.facts.dumps import read_dumps
from trustpath.model.question import PodToAws
from trustpath.model.trace import Trace
from trustpath.paths.pod_to_aws import follow_pod_to_aws

TARGET = "arn:aws:iam::444455556666:role/ledger"


def with_healthy(text: str, folder: Path) -> Trace:
    return ask(f"# healthy: pod-identity\n{text}", folder)[0]


def changed(old: str, new: str, folder: Path, *, question: str = "") -> Trace:
    """Ask of the healthy facts with one text in place of another."""
    assert old in POD_IDENTITY, old
    asked = f"# question: {question}\n" if question else ""
    return ask(asked + POD_IDENTITY.replace(old, new), folder, healthy="")[0]


def test_the_healthy_pod_gets_its_role(tmp_path: Path) -> None:
    assert verdict(with_healthy("# nothing differs\n", tmp_path)) == ("allowed", [])


def target(condition: str = "", actions: str = "[sts:AssumeRole, sts:TagSession]") -> str:
    return (
        f"Role:\n  RoleName: ledger\n  Arn: {TARGET}\n  AssumeRolePolicyDocument:\n    Statement:\n"
        "    - Effect: Allow\n      Principal: {AWS: 'arn:aws:iam::111122223333:role/checkout'}\n"
        f"      Action: {actions}\n{condition}---\n"
    )


def chain(text: str, folder: Path, *, association: str = "", policy: str = "[sts:AssumeRole, sts:TagSession]") -> Trace:
    facts = POD_IDENTITY.replace("  createdAt:", f"  targetRoleArn: {TARGET}\n{association}  createdAt:")
    allow = (
        "  RolePolicyList:\n  - PolicyName: chain\n    PolicyDocument:\n      Version: '2012-10-17'\n      Statement:\n"
        f"      - {{Effect: Allow, Action: {policy}, Resource: '*'}}\n"
    )
    facts = facts.replace("  RolePolicyList: []\n", allow)
    return ask(text + facts, folder, healthy="")[0]


@pytest.mark.parametrize(
    ("condition", "association", "expected"),
    [
        ("", "", ("allowed", [])),
        (
            "      Condition: {StringEquals: {'sts:ExternalId': eu-west-1/111122223333/prod/payments/checkout}}\n",
            "  disableSessionTags: true\n  externalId: eu-west-1/111122223333/prod/payments/checkout\n",
            ("allowed", []),
        ),
        (
            "      Condition: {StringEquals: {'sts:ExternalId': other}}\n",
            "  disableSessionTags: true\n  externalId: eu-west-1/111122223333/prod/payments/checkout\n",
            ("denied", [("chain-target-does-not-trust", "certain")]),
        ),
        (
            "      Condition: {StringEquals: {'aws:RequestTag/kubernetes-namespace': payments}}\n",
            "",
            ("allowed", []),
        ),
        (
            "      Condition: {StringEquals: {'aws:RequestTag/kubernetes-namespace': billing}}\n",
            "",
            ("denied", [("chain-target-does-not-trust", "certain")]),
        ),
    ],
)
def test_the_second_role_of_an_association(
    condition: str, association: str, expected: tuple[str, list[tuple[str, str]]], tmp_path: Path
) -> None:
    trace = chain(target(condition), tmp_path, association=association)

    tags_off = "disableSessionTags" in association
    # X14: whether the first trust policy needs sts:TagSession while tags are off is not documented; it has it here.
    assert verdict(trace) == expected, (trace.summary, tags_off)


def test_the_first_role_may_not_assume_the_second(tmp_path: Path) -> None:
    trace = chain(target(), tmp_path, policy="s3:GetObject")

    assert verdict(trace) == ("denied", [("identity-policy-missing-action", "certain")])
    assert "sts:AssumeRole" in trace.summary


def test_an_unread_second_role_is_never_decided_by_the_first(tmp_path: Path) -> None:
    trace = chain("# question: pod/checkout-5f7c9d-x2x4z s3:GetObject arn:aws:s3:::b/k\n", tmp_path)

    assert trace.outcome == "unknown"
    assert trace.causes == ()


@pytest.mark.parametrize(
    ("resource", "outcome"),
    [
        ("arn:aws:eks:eu-west-1:111122223333:cluster/prod", "allowed"),
        ("arn:aws:eks:eu-west-1:111122223333:cluster/other", "denied"),
    ],
)
def test_the_node_s_permission_for_one_cluster(resource: str, outcome: str, tmp_path: Path) -> None:
    with_resource = POD_IDENTITY.replace('        Resource: "*"', f"        Resource: {resource}")
    without_cluster = "---\n".join(part for part in with_resource.split("---\n") if not part.startswith("cluster:"))

    assert ask(with_resource, tmp_path, healthy="")[0].outcome == outcome
    # The association tells the cluster as well.
    assert ask(without_cluster, tmp_path, healthy="")[0].outcome == outcome


def test_a_deny_of_the_node_s_role_is_named(tmp_path: Path) -> None:
    deny = '        Resource: "*"\n      - {Sid: NoAgent, Effect: Deny, Action: "eks-auth:*", Resource: "*"}'
    trace = changed('        Resource: "*"', deny, tmp_path)

    assert verdict(trace) == ("denied", [("pod-identity-node-role", "certain")])
    assert "attach-role-policy" not in " ".join(trace.causes[0].help)
    assert trace.causes[0].evidence[0].value == "NoAgent"


def test_a_listed_association_outweighs_a_message_that_there_is_none(tmp_path: Path) -> None:
    listed = (
        "associations: [{clusterName: prod, namespace: payments, serviceAccount: checkout}]\n"
        "# log: checkout-5f7c9d-x2x4z.app.log: [1]: (ResourceNotFoundException): No association found, fault: client\n"
    )
    without = "---\n".join(part for part in POD_IDENTITY.split("---\n") if not part.startswith("association:"))

    trace, _ = ask(f"{listed}---\n{without}", tmp_path, healthy="")

    assert trace.outcome == "unknown"
    assert "pod-identity-association-missing" not in [cause.id for cause in trace.causes]


def test_the_node_acts_though_the_pod_has_pod_identity(tmp_path: Path) -> None:
    line = (
        "User: arn:aws:sts::111122223333:assumed-role/node/i-0123456789abcdef0 is not authorized to perform: "
        "s3:GetObject on resource: arn:aws:s3:::b/k because no identity-based policy allows the s3:GetObject action"
    )
    trace = with_healthy(f"# log: checkout-5f7c9d-x2x4z.app.log: {line}\n", tmp_path)

    assert verdict(trace) == ("denied", [("sdk-no-pod-identity", "likely")])


def test_the_call_of_the_agent_itself_is_not_the_program_s(tmp_path: Path) -> None:
    line = (
        "User: arn:aws:sts::111122223333:assumed-role/node/i-0123456789abcdef0 is not authorized to perform: "
        "eks-auth:AssumeRoleForPodIdentity on resource: arn:aws:eks:eu-west-1:111122223333:cluster/prod"
    )
    trace = with_healthy(f"# log: checkout-5f7c9d-x2x4z.app.log: {line}\n", tmp_path)

    assert [cause.id for cause in trace.causes] == ["pod-identity-node-role"]


@pytest.mark.parametrize(
    ("sdk", "uri", "outcome"),
    [
        ("aws-sdk-js-v2@2.1600.0", "http://[fd00:ec2::23]/v1/credentials", "denied"),
        ("aws-sdk-js-v2@2.1600.0", "http://169.254.170.23/v1/credentials", "allowed"),
        ("aws-sdk-go-v1@1.47.10", "http://169.254.170.23/v1/credentials", "denied"),
        ("aws-sdk-go@1.47.11", "http://169.254.170.23/v1/credentials", "allowed"),
        ("dotnet-v3@3.7.733.0", "http://169.254.170.23/v1/credentials", "denied"),
    ],
)
def test_the_version_of_the_sdk(sdk: str, uri: str, outcome: str, tmp_path: Path) -> None:
    (tmp_path / "facts.yaml").write_text(POD_IDENTITY.replace("http://169.254.170.23/v1/credentials", uri))
    snapshot, _ = read_dumps([str(tmp_path)])
    version = parse_sdk(sdk)
    assert version

    walk = follow_pod_to_aws(snapshot, PodToAws("Pod", "payments", "checkout-5f7c9d-x2x4z"), None, version)

    assert (walk.results["sdk"].state == "broken") is (outcome == "denied")


@pytest.mark.parametrize(
    ("value", "outcome"),
    [(".svc", "denied"), ("169.254.170.23", "allowed"), ("169.254.0.0/16", "allowed"), ("*", "allowed")],
)
def test_a_proxy_and_no_proxy(value: str, outcome: str, tmp_path: Path) -> None:
    proxy = (
        f"    env:\n    - {{name: HTTP_PROXY, value: 'http://p:3128'}}\n    - {{name: NO_PROXY, value: '{value}'}}\n"
    )

    assert changed("    env:\n", proxy, tmp_path).outcome == outcome


def test_tags_that_are_switched_off_are_not_in_the_request(tmp_path: Path) -> None:
    condition = (
        "      Action: [sts:AssumeRole, sts:TagSession]\n"
        "      Condition: {StringEquals: {'aws:RequestTag/kubernetes-namespace': payments}}\n"
    )
    facts = POD_IDENTITY.replace("      Action: [sts:AssumeRole, sts:TagSession]\n", condition)

    assert ask(facts, tmp_path, healthy="")[0].outcome == "allowed"
    off = facts.replace("  createdAt:", "  disableSessionTags: true\n  createdAt:")
    trace, _ = ask(off, tmp_path, healthy="")
    assert trace.outcome == "denied"
    assert trace.causes[0].id == "pod-identity-trust-condition"


def test_a_deny_for_the_service(tmp_path: Path) -> None:
    allow = "      Action: [sts:AssumeRole, sts:TagSession]\n"
    deny = f"{allow}    - {{Effect: Deny, Principal: {{Service: pods.eks.amazonaws.com}}, Action: 'sts:TagSession'}}\n"

    trace = changed(allow, deny, tmp_path)

    assert verdict(trace) == ("denied", [("trust-explicit-deny", "certain")])


def test_a_cordoned_node_keeps_its_agent(tmp_path: Path) -> None:
    """Pods of DaemonSets tolerate what cordoning a node sets, without being told to."""

    def with_taint(key: str) -> Trace:
        tainted = (
            f"  providerID: aws:///eu-west-1a/i-0123456789abcdef0\n  taints: [{{key: {key}, effect: NoSchedule}}]\n"
        )
        facts = POD_IDENTITY.replace("  providerID: aws:///eu-west-1a/i-0123456789abcdef0\n", tainted)
        elsewhere = facts.replace("  nodeName: node-1\nstatus", "  nodeName: node-2\nstatus")
        assert facts != POD_IDENTITY
        assert elsewhere != facts
        return ask(elsewhere, tmp_path, healthy="")[0]

    ours = "does not tolerate"
    assert ours in " ".join(cause.title for cause in with_taint("team.example.com/gpu").causes)
    assert ours not in " ".join(cause.title for cause in with_taint("node.kubernetes.io/unschedulable").causes)


def test_the_host_path_of_the_token_without_var(tmp_path: Path) -> None:
    """In images of today /var/run is a link to /run."""
    old = "      value: /var/run/secrets/pods.eks.amazonaws.com/serviceaccount/eks-pod-identity-token"

    assert verdict(changed(old, old.replace("/var/run", "/run"), tmp_path)) == ("allowed", [])


@pytest.mark.parametrize(("version", "known"), [("2.15", None), ("2.14", False), ("2.16", True), ("2.15.0", True)])
def test_a_short_version_may_be_any_release_of_it(version: str, known: bool | None) -> None:
    """The AWS CLI takes container credentials by a file of EKS from 2.15.0."""
    given = parse_sdk(f"aws-cli-v2@{version}")

    assert given is not None
    assert given.knows("container") is known
