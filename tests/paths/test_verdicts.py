"""Verdicts on roles, providers and trust policies that were wrong once: a healthy pod with one thing changed."""

import base64
import json
from pathlib import Path

import pytest

from tests.causes.pages import POD as HEALTHY
from tests.causes.pages import ask
from tests.paths.dumps import (
    ISSUER,
    OWN,
    PROVIDER,
    ROLE_ARN,
    TOKEN,
    account,
    pod,
    role,
    statement,
    sub,
    variables,
    verdict,
)
from trustpath.answer import answer
from trustpath.facts.dumps import read_dumps
from trustpath.model.question import PodToAws
from trustpath.paths.pod_to_aws import follow_pod_to_aws

OTHER_ACCOUNT = statement(**sub("system:serviceaccount:payments:other"))
OLD = ISSUER.replace("EXAMPLE1", "EXAMPLE0")


def test_a_deployment_finds_its_pod_when_the_dump_has_no_replica_sets(tmp_path: Path) -> None:
    meta = (
        "  labels: {pod-template-hash: 5f7c9d}\n"
        "  ownerReferences: [{kind: ReplicaSet, name: checkout-5f7c9d, controller: true}]\n"
    )
    deployment = (
        "# question: deploy/checkout\napiVersion: apps/v1\nkind: Deployment\n"
        "metadata: {name: checkout, namespace: payments}\n"
        "spec: {template: {spec: {serviceAccountName: checkout, containers: [{name: app}]}}}\n"
    )
    late = account(created="2026-03-02T10:00:00Z")

    trace, _ = ask("---\n".join([deployment, pod(meta=meta), late]), tmp_path)

    assert verdict(trace) == ("denied", [("pod-older-than-binding", "certain")])


def test_details_of_a_provider_count_for_no_account_when_the_facts_name_two(tmp_path: Path) -> None:
    there = ROLE_ARN.replace("111122223333", "444455556666")
    facts = "---\n".join(
        [
            "# without: OpenIDConnectProviderList\n" + pod(variables(there), volumes=TOKEN),
            account(role=there),
            role(statement(PROVIDER.replace("111122223333", "444455556666"), **sub()), arn=there),
        ]
    )
    assert ask(facts, tmp_path)[0].outcome == "unknown"

    empty = facts + "---\nOpenIDConnectProviderList: []\n"
    trace, _ = ask(empty.replace("# without: OpenIDConnectProviderList\n", ""), tmp_path)
    assert verdict(trace) == ("unknown", [])


def test_one_answer_about_an_issuer_that_two_accounts_have(tmp_path: Path) -> None:
    listed = (
        f"OpenIDConnectProviderList:\n- Arn: {PROVIDER}\n- Arn: {PROVIDER.replace('111122223333', '444455556666')}\n"
    )

    trace, _ = ask(listed, tmp_path)

    assert trace.outcome == "unknown"


@pytest.mark.parametrize(
    "text",
    [
        statement(**sub()).replace("Principal: {Federated", "NotPrincipal: {AWS"),
        statement(**sub()) + '      Resource: "*"\n',
        statement(**sub()).replace(f'Principal: {{Federated: "{PROVIDER}"}}', 'Principal: "*"'),
    ],
)
def test_what_iam_refuses_in_a_trust_policy(text: str, tmp_path: Path) -> None:
    trace, _ = ask(role(text), tmp_path)

    assert verdict(trace) == ("denied", [("trust-policy-syntax", "certain")])


def test_a_condition_that_is_lost_by_a_doubled_key(tmp_path: Path) -> None:
    lost = f'"StringEquals": {{"{ISSUER}:sub": "x"}}, "StringEquals": {{"{ISSUER}:aud": "sts.amazonaws.com"}}'
    trust = (
        f'{{"Effect": "Allow", "Principal": {{"Federated": "{PROVIDER}"}}, "Action": "sts:*", "Condition": {{{lost}}}}}'
    )
    document = f'{{"RoleName": "checkout", "Arn": "{ROLE_ARN}", "AssumeRolePolicyDocument": {{"Statement": {trust}}}}}'
    (tmp_path / "rest.yaml").write_text(HEALTHY[: HEALTHY.index("---\nRole:")])
    (tmp_path / "role.json").write_text(f'{{"Role": {document}}}')
    snapshot, places = read_dumps([str(tmp_path)])

    trace = answer(follow_pod_to_aws(snapshot, PodToAws("Pod", "payments", "checkout-5f7c9d-x2x4z")), places)

    assert verdict(trace) == ("unknown", [("trust-policy-syntax", "likely")])
    assert "`StringEquals` stands twice" in trace.causes[0].title


def test_a_deny_that_names_the_aws_star_is_not_known_to_spare_the_pod(tmp_path: Path) -> None:
    deny = '    - Effect: Deny\n      Principal: {AWS: "*"}\n      Action: "sts:*"\n'

    trace, _ = ask(role(statement(**sub()), deny), tmp_path)

    assert trace.outcome == "unknown"


def test_both_kinds_of_credentials(tmp_path: Path) -> None:
    both = variables().replace(
        "    volumeMounts",
        '    - {name: AWS_CONTAINER_CREDENTIALS_FULL_URI, value: "http://169.254.170.23"}\n    volumeMounts',
    )

    trace, _ = ask(pod(both, volumes=TOKEN), tmp_path)

    assert verdict(trace) == ("unknown", [])


def test_a_pod_that_nobody_owns_keeps_the_role_that_it_names(tmp_path: Path) -> None:
    trace, _ = ask("---\n".join([pod(variables(), volumes=TOKEN), account(role=f"{ROLE_ARN}-other")]), tmp_path)

    assert trace.outcome == "allowed"


def test_references_in_variables_are_expanded(tmp_path: Path) -> None:
    body = """\
    env:
    - {name: ACCOUNT, value: "111122223333"}
    - {name: DIR, value: /var/run/secrets/eks.amazonaws.com/serviceaccount}
    - {name: AWS_ROLE_ARN, value: "arn:aws:iam::$(ACCOUNT):role/checkout"}
    - {name: AWS_WEB_IDENTITY_TOKEN_FILE, value: $(DIR)/token}
    volumeMounts: [{name: aws-iam-token, mountPath: /var/run/secrets/eks.amazonaws.com/serviceaccount}]
"""
    assert ask(pod(body, volumes=TOKEN), tmp_path)[0].outcome == "allowed"

    elsewhere = body.replace('value: "111122223333"', "valueFrom: {configMapKeyRef: {name: c, key: k}}")
    trace, _ = ask(pod(elsewhere, volumes=TOKEN), tmp_path)
    assert verdict(trace) == ("unknown", [])

    undefined = body.replace("name: ACCOUNT", "name: OTHER")
    trace, _ = ask("---\n".join([pod(undefined, volumes=TOKEN), account(role="")]), tmp_path)
    assert trace.causes[0].id == "role-arn-malformed"


def test_a_token_of_somebody_else_is_not_judged(tmp_path: Path) -> None:
    """A sidecar may write a token of another issuer, for another subject."""
    volumes = "  volumes: [{name: aws-iam-token, emptyDir: {}}]\n"
    trust = role(statement("arn:aws:iam::111122223333:oidc-provider/spire.example.com"))

    trace, _ = ask("---\n".join([pod(variables(), volumes=volumes), account(role=""), trust]), tmp_path)

    assert verdict(trace) == ("unknown", [])


def test_a_role_from_a_config_map_is_not_the_annotated_one(tmp_path: Path) -> None:
    body = variables().replace(f'value: "{ROLE_ARN}"', "valueFrom: {configMapKeyRef: {name: c, key: k}}")

    trace, _ = ask("---\n".join([pod(body, volumes=TOKEN), role(OTHER_ACCOUNT)]), tmp_path)

    assert verdict(trace) == ("unknown", [])


def test_a_file_from_a_secret_in_a_projected_volume(tmp_path: Path) -> None:
    source = "{secret: {name: s, items: [{key: k, path: token}]}}"
    volumes = f"  volumes: [{{name: aws-iam-token, projected: {{sources: [{source}]}}}}]\n"
    assert ask(pod(variables(), volumes=volumes), tmp_path)[0].outcome == "unknown"


@pytest.mark.parametrize("fact", ["", "OpenIDConnectProviderList: []\n"])
def test_not_found_does_not_say_in_which_account(fact: str, tmp_path: Path) -> None:
    there = ROLE_ARN.replace("111122223333", "444455556666")
    error = (
        "# log: get-role.txt: An error occurred (NoSuchEntity) when calling the GetRole operation: The role with name "
    )
    facts = "---\n".join(
        [f"{error}checkout cannot be found.\n" + pod(variables(there), volumes=TOKEN), account(role=there)]
    )

    trace, _ = ask("# without: Role\n" + facts + (f"---\n{fact}" if fact else ""), tmp_path)

    assert "role-missing" not in [cause.id for cause in trace.causes]
    assert trace.outcome == "unknown"


def test_a_role_that_trusts_everybody_is_meant_for_nobody(tmp_path: Path) -> None:
    broad = role(statement(**{f'"{ISSUER}:aud"': "sts.amazonaws.com"}))

    trace, _ = ask("---\n".join([pod(), account(role=""), broad]), tmp_path)

    assert verdict(trace) == ("unknown", [])


def test_empty_keys_hide_nothing(tmp_path: Path) -> None:
    body = variables().replace(
        "    volumeMounts",
        "    - {name: AWS_ACCESS_KEY_ID}\n    - {name: AWS_SECRET_ACCESS_KEY, value: ''}\n    volumeMounts",
    )
    assert ask(pod(body, volumes=TOKEN), tmp_path)[0].outcome == "allowed"


def test_the_newer_cli_marks_its_errors(tmp_path: Path) -> None:
    error = (
        "aws: [ERROR]: An error occurred (NoSuchEntity) when calling the GetRole operation: The role with name checkout"
    )

    trace, _ = ask(f"# without: Role\n# log: role.txt: {error} cannot be found.\n", tmp_path)

    assert verdict(trace) == ("denied", [("role-missing", "certain")])


def test_a_provider_that_cannot_be_found(tmp_path: Path) -> None:
    error = (
        "An error occurred (NoSuchEntity) when calling the GetOpenIDConnectProvider operation: OpenIDConnect Provider"
    )
    without = "# without: OpenIDConnectProviderList\n# without: Url\n"

    trace, _ = ask(f"{without}# log: provider.txt: {error} not found for arn {PROVIDER}\n", tmp_path)

    assert trace.causes[0].id == "oidc-provider-missing"


def test_the_annotation_of_another_tool(tmp_path: Path) -> None:
    kiam = account(role="", extra="  annotations: {iam.amazonaws.com/role: checkout}\n")

    trace, _ = ask("---\n".join(["# without: Role\n" + pod(), kiam]), tmp_path)

    assert verdict(trace) == ("denied", [("sa-annotation-missing", "likely")])


def test_an_association_of_another_cluster(tmp_path: Path) -> None:
    other = "associations: [{clusterName: staging, namespace: payments, serviceAccount: checkout}]\n"

    # The list of another cluster proves nothing here.
    assert ask("# question: sa/checkout\n# without: Pod\n" + other, tmp_path)[0].outcome == "unknown"


def test_an_object_dumped_twice_with_and_without_managed_fields(tmp_path: Path) -> None:
    fields = (
        "  managedFields: [{manager: m, time: '2026-03-02T10:00:00Z',"
        " fieldsV1: {f:metadata: {f:annotations: {f:eks.amazonaws.com/role-arn: {}}}}}]\n"
    )
    for first, second in ((account(), account(extra=fields)), (account(extra=fields), account())):
        trace, _ = ask("---\n".join([pod(), first, second]), tmp_path)
        assert verdict(trace) == ("denied", [("pod-older-than-binding", "certain")])


@pytest.mark.parametrize(
    ("second", "cause"),
    [
        (statement(action="sts:AssumeRole", **sub()), "trust-action-missing"),
        (statement(PROVIDER.replace("EXAMPLE1", "EXAMPLE0"), **sub(issuer=OLD)), "trust-federated-wrong-provider"),
        (statement(PROVIDER.replace("111122223333", "444455556666"), **sub()), "trust-federated-wrong-account"),
        (statement(**sub(issuer=f"https://{ISSUER}")), "trust-condition-key-malformed"),
        (statement(**sub(), **{f'"{ISSUER}:aud"': "sts.amazonaws.com.cn"}), "trust-aud-mismatch"),
    ],
)
def test_the_statement_that_names_this_account_is_the_one_to_explain(second: str, cause: str, tmp_path: Path) -> None:
    trace, _ = ask(role(OTHER_ACCOUNT, second), tmp_path)

    assert [found.id for found in trace.causes] == [cause]


@pytest.mark.parametrize(
    ("only", "cause", "confidence"),
    [
        (statement(action="sts:AssumeRole"), "trust-action-missing", "certain"),
        (statement(PROVIDER.replace("111122223333", "444455556666")), "trust-federated-wrong-account", "likely"),
        (
            statement().replace("Federated", "Service").replace(PROVIDER, "ec2.amazonaws.com"),
            "trust-not-web-identity",
            "certain",
        ),
    ],
)
def test_causes_without_the_issuer(only: str, cause: str, confidence: str, tmp_path: Path) -> None:
    trace, shown = ask("# without: cluster\n" + role(only), tmp_path)

    assert verdict(trace) == ("denied", [(cause, confidence)])
    assert "None" not in shown


def test_a_provider_under_aws(tmp_path: Path) -> None:
    trace, _ = ask(role(statement(**sub()).replace("{Federated", "{AWS")), tmp_path)

    assert [cause.id for cause in trace.causes] == ["trust-not-web-identity"]


@pytest.mark.parametrize(
    ("keys", "providers", "cause"),
    [
        ([ISSUER, f"{ISSUER}/"], [PROVIDER], "trust-condition-key-malformed"),
        ([ISSUER, ISSUER.partition("/")[0]], [PROVIDER], "trust-condition-key-malformed"),
        ([OLD], [PROVIDER, PROVIDER.replace("EXAMPLE1", "EXAMPLE0")], "trust-conditions-anded"),
        ([ISSUER, OLD], [PROVIDER], "trust-conditions-anded"),
    ],
)
def test_a_slip_or_another_cluster(keys: list[str], providers: list[str], cause: str, tmp_path: Path) -> None:
    claims = {name: value for key in keys for name, value in sub(issuer=key).items()}
    text = statement(**claims).replace(f'"{PROVIDER}"', "[" + ", ".join(f'"{item}"' for item in providers) + "]")

    trace, _ = ask(role(text), tmp_path)

    assert [found.id for found in trace.causes] == [cause]


def test_a_role_for_github_when_the_providers_were_not_listed(tmp_path: Path) -> None:
    github = "arn:aws:iam::111122223333:oidc-provider/token.actions.githubusercontent.com"

    trace, _ = ask("# without: OpenIDConnectProviderList\n" + role(statement(github)), tmp_path)

    assert verdict(trace) == ("denied", [("trust-not-web-identity", "likely")])


@pytest.mark.parametrize(
    ("named", "why"),
    [
        (PROVIDER.replace("arn:aws:", "arn:aws-cn:"), "The partition is `aws-cn`"),
        (PROVIDER.replace("EXAMPLE1", "example1"), "The case differs"),
        (PROVIDER.replace("oidc-provider/", "oidc-provider/https://"), "without its scheme"),
        (f"https://{ISSUER}", "no ARN of an OIDC provider"),
        (PROVIDER.replace("EXAMPLE1", "EXAMPLE0"), "made anew has another issuer"),
    ],
)
def test_what_is_wrong_with_the_provider(named: str, why: str, tmp_path: Path) -> None:
    trace, _ = ask(role(statement(named, **sub())), tmp_path)

    assert [cause.id for cause in trace.causes] == ["trust-federated-wrong-provider"]
    assert why in trace.causes[0].explanation
    assert not any("condition keys" in line for line in trace.causes[0].help)


def test_a_literal_star_in_another_namespace(tmp_path: Path) -> None:
    trace, _ = ask(role(statement(**sub("'system:serviceaccount:shop:*'"))), tmp_path)

    assert trace.causes[0].id == "trust-sub-namespace-mismatch"
    assert "takes the star literally" in trace.causes[0].explanation


def test_a_doubled_slash_is_another_role(tmp_path: Path) -> None:
    doubled = ROLE_ARN.replace("role/", "role//")

    trace, _ = ask("---\n".join([pod(variables(doubled), volumes=TOKEN), account(role=doubled)]), tmp_path)

    assert [cause.id for cause in trace.causes] == ["role-missing"]
    assert trace.causes[0].got == doubled
    assert f"write {ROLE_ARN}" in trace.causes[0].help[0]


@pytest.mark.parametrize(
    ("action", "key", "outcome"),
    [
        ("sts:*", "aws:PrincipalOrgID", "unknown"),
        ("s3:*", "aws:PrincipalOrgID", "allowed"),
        ("sts:AssumeRoleWithWebIdentity", "aws:SourceVpc", "unknown"),
    ],
)
def test_a_resource_control_policy_may_deny_the_call(action: str, key: str, outcome: str, tmp_path: Path) -> None:
    document = {
        "Version": "2012-10-17",
        "Statement": [
            {
                "Effect": "Deny",
                "Principal": "*",
                "Action": action,
                "Resource": "*",
                "Condition": {"StringNotEquals": {key: "o-abc"}},
            }
        ],
    }
    summary = {"Id": "p-1", "Type": "RESOURCE_CONTROL_POLICY"}
    policy = {"PolicySummary": summary, "Content": json.dumps(document)}

    trace, _ = ask(f"Policy: {json.dumps(policy)}\n", tmp_path)

    assert trace.outcome == outcome
    assert ("p-1" in trace.summary) is (outcome == "unknown")


def test_a_token_of_this_account_from_another_issuer(tmp_path: Path) -> None:
    (tmp_path / "healthy.yaml").write_text(HEALTHY)
    claims = {"iss": f"https://{ISSUER}9", "sub": OWN, "aud": ["sts.amazonaws.com"], "exp": 1}
    parts = [
        base64.urlsafe_b64encode(json.dumps(part).encode()).decode().rstrip("=") for part in ({"alg": "RS256"}, claims)
    ]
    (tmp_path / "token").write_text(".".join([*parts, "c2lnbmF0dXJl"]))
    snapshot, places = read_dumps([str(tmp_path)])

    trace = answer(follow_pod_to_aws(snapshot, PodToAws("Pod", "payments", "checkout-5f7c9d-x2x4z")), places)

    assert trace.outcome == "unknown"
    assert "of another issuer" in trace.summary


def test_a_provider_that_is_missing_in_the_account_of_the_role(tmp_path: Path) -> None:
    there = ROLE_ARN.replace("111122223333", "444455556666")
    listed = "OpenIDConnectProviderList:\n- Arn: arn:aws:iam::444455556666:oidc-provider/example.com\n"
    facts = [pod(variables(there), volumes=TOKEN), account(role=there), role(statement(), arn=there), listed]

    trace, _ = ask("---\n".join(facts), tmp_path)

    assert trace.causes[0].id == "oidc-provider-missing"
    assert not any("eksctl" in line for line in trace.causes[0].help)
    assert "credentials of account 444455556666" in trace.causes[0].help[0]


@pytest.mark.parametrize(
    ("roles", "outcome"),
    [
        ("[]", "unknown"),
        ("[{RoleName: a, Arn: 'arn:aws:iam::111122223333:role/eks/a', AssumeRolePolicyDocument: {}}]", "unknown"),
        ("[{RoleName: a, Arn: 'arn:aws:iam::111122223333:role/a', AssumeRolePolicyDocument: {}}]", "denied"),
    ],
)
def test_a_list_of_roles_that_was_filtered_by_path(roles: str, outcome: str, tmp_path: Path) -> None:
    trace, _ = ask(f"# without: Role\nRoles: {roles}\n", tmp_path)

    assert trace.outcome == outcome


@pytest.mark.parametrize(
    ("region", "outcome"),
    [("eu-west-1", "allowed"), ("us-gov-west-1", "denied"), ("cn-north-1", "denied"), ("us-iso-east-1", "denied")],
)
def test_a_region_of_another_partition(region: str, outcome: str, tmp_path: Path) -> None:
    with_region = variables().replace("    env:\n", f"    env:\n    - {{name: AWS_REGION, value: {region}}}\n")

    trace, _ = ask(pod(with_region, volumes=TOKEN), tmp_path)

    assert trace.outcome == outcome
    assert (region in trace.summary) is (outcome == "denied")
    assert [cause.id for cause in trace.causes] == (["sts-endpoint-wrong-partition"] if outcome == "denied" else [])


def test_an_endpoint_of_its_own_may_be_of_the_right_partition(tmp_path: Path) -> None:
    own = "    env:\n    - {name: AWS_REGION, value: cn-north-1}\n    - {name: AWS_ENDPOINT_URL_STS, value: x}\n"

    trace, _ = ask(pod(variables().replace("    env:\n", own), volumes=TOKEN), tmp_path)

    assert verdict(trace) == ("unknown", [("sts-endpoint-wrong-partition", "likely")])


@pytest.mark.parametrize(
    ("prefix", "keys", "outcome"),
    [("", "AWS_ACCESS_KEY_ID", "allowed"), ("", "both", "denied"), ("AWS_", "both", "allowed")],
)
def test_access_keys_that_a_secret_sets(prefix: str, keys: str, outcome: str, tmp_path: Path) -> None:
    names = ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY") if keys == "both" else (keys,)
    secret = "apiVersion: v1\nkind: Secret\nmetadata: {name: keys, namespace: payments}\ndata:\n" + "".join(
        f"  {name}: c2VjcmV0\n" for name in names
    )
    from_secret = f"    envFrom: [{{prefix: '{prefix}', secretRef: {{name: keys}}}}]\n    volumeMounts"

    trace, _ = ask(
        "---\n".join([pod(variables().replace("    volumeMounts", from_secret), volumes=TOKEN), secret]), tmp_path
    )

    assert trace.outcome == outcome
    assert [cause.id for cause in trace.causes] == (["static-credentials-shadow"] if outcome == "denied" else [])


def test_an_ephemeral_container_is_never_injected(tmp_path: Path) -> None:
    debugger = "  ephemeralContainers: [{name: debugger}]\n"
    (tmp_path / "facts.yaml").write_text(
        HEALTHY.replace("  serviceAccountName: checkout\n", f"  serviceAccountName: checkout\n{debugger}", 1)
    )
    snapshot, places = read_dumps([str(tmp_path)])

    trace = answer(
        follow_pod_to_aws(snapshot, PodToAws("Pod", "payments", "checkout-5f7c9d-x2x4z", "debugger")), places
    )

    assert verdict(trace) == ("denied", [("webhook-container-skipped", "certain")])


HOOK = next(part for part in HEALTHY.split("---\n") if "kind: MutatingWebhookConfiguration" in part)
SKIP = "eks.amazonaws.com/skip-pod-identity-webhook"


def test_a_webhook_of_eks_at_another_address(tmp_path: Path) -> None:
    elsewhere = HOOK.replace("https://127.0.0.1:23443/mutate", "https://127.0.0.1:9443/mutate")

    trace, _ = ask("---\n".join([pod(), elsewhere]), tmp_path)

    assert trace.outcome == "denied"
    assert trace.causes[0].id == "webhook-misconfigured"


def test_the_label_that_keeps_a_pod_from_the_webhook(tmp_path: Path) -> None:
    selector = f"  objectSelector: {{matchExpressions: [{{key: {SKIP}, operator: DoesNotExist}}]}}\n  failurePolicy"
    labelled = pod(meta=f"  labels: {{{SKIP}: 'true'}}\n")

    trace, _ = ask("---\n".join([labelled, HOOK.replace("  failurePolicy", selector)]), tmp_path)

    assert verdict(trace)[1][:1] == [("webhook-container-skipped", "certain")]


def test_a_control_policy_above_the_trust_policy(tmp_path: Path) -> None:
    deny = (
        '{"Version":"2012-10-17","Statement":[{"Effect":"Deny","Principal":"*","Resource":"*",'
        '"Action":"sts:AssumeRoleWithWebIdentity","Condition":{"StringNotEquals":{"aws:PrincipalOrgID":"o-1"}}}]}'
    )
    policy = f"Policy:\n  PolicySummary: {{Id: p-org, Type: RESOURCE_CONTROL_POLICY}}\n  Content: '{deny}'\n"
    attached = "Policies: [{Id: p-org, Type: RESOURCE_CONTROL_POLICY}]\n"

    trace, _ = ask("---\n".join([policy, attached]), tmp_path)
    assert verdict(trace) == ("denied", [("rcp-explicit-deny", "certain")])

    trace, _ = ask(policy, tmp_path)
    assert trace.outcome == "unknown"
