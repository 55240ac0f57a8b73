"""Hostile and broken facts about the way into the cluster: one of the four exit codes, never a traceback."""

import json
import random
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.causes.pages import CLUSTER
from tests.cli.run import run
from tests.test_fuzz import COUNT, VALUES, mutate, paths, replaced

CASES = Path(__file__).parent / "cluster_cases"
PRINCIPAL = "arn:aws:sts::111122223333:assumed-role/ci/build-7"
QUESTIONS = (
    ("why", PRINCIPAL, "list", "pods", "-n", "payments"),
    ("why", "sa/payments:checkout", "delete", "pods", "x", "-n", "payments"),
    ("why", PRINCIPAL, "create", "roles", "ops", "-n", "payments"),
    ("whoami", PRINCIPAL),
    ("compare", PRINCIPAL, "role/x", "list", "secrets", "-A"),
)
AWS = """
accessEntries: [arn:aws:iam::111122223333:role/ci]
---
accessEntry: {clusterName: prod, principalArn: "arn:aws:iam::111122223333:role/ci", kubernetesGroups: [g],
  username: "ci:{{SessionName}}", type: STANDARD, createdAt: "2026-03-02T08:00:00Z"}
---
associatedAccessPolicies:
- policyArn: arn:aws:eks::aws:cluster-access-policy/AmazonEKSEditPolicy
  accessScope: {type: namespace, namespaces: [a]}
clusterName: prod
principalArn: arn:aws:iam::111122223333:role/ci
---
Records:
- {eventName: CreateCluster, userIdentity: {arn: "arn:aws:iam::111122223333:user/x"}, requestParameters: {name: prod}}
---
apiVersion: v1
kind: Config
current-context: prod
clusters: [{name: prod, cluster: {server: "https://EXAMPLE1.gr7.eu-west-1.eks.amazonaws.com"}}]
contexts: [{name: prod, context: {cluster: prod, user: prod}}]
users:
- {name: prod, user: {exec: {apiVersion: v1, command: aws, args: [--cluster-name, prod], env: [{name: A, value: b}]}}}
---
format_version: "1.2"
terraform_version: "1.9"
configuration: {provider_config: {kubernetes: {name: kubernetes, expressions: {exec: [{args: {constant_value: [a]}}]}}}}
---
apiVersion: rbac.authorization.k8s.io/v1
kind: Role
metadata: {name: ops, namespace: payments}
rules: [{apiGroups: [""], resources: [secrets], verbs: [get]}]
"""
WHOLE = f"{CLUSTER}---{AWS}"
DOCUMENTS: list[Any] = [value for value in yaml.safe_load_all(WHOLE) if value]
SEEDS = [WHOLE.encode()] * 8 + [path.read_bytes() for path in sorted(CASES.glob("0*/snapshot/**/*")) if path.is_file()]
MODES = ("CONFIG_MAP", "API", "API_AND_CONFIG_MAP", "")


def check(data: bytes, question: tuple[str, ...]) -> None:
    result = run(*question, "--from", "-", "-o", "json" if len(data) % 2 else "text", stdin=data)

    assert result.code in (0, 1, 2, 3), data
    assert "Traceback" not in result.err
    assert "internal error" not in result.err, (result.err, question, data)
    if result.code == 2:
        assert result.out == ""


@pytest.mark.parametrize("question", QUESTIONS, ids=lambda words: words[0])
def test_mutated_dumps(question: tuple[str, ...]) -> None:
    choice = random.Random(question[0])  # noqa: S311  # repeatable, not secret
    for _ in range(COUNT // 20):
        seed = choice.choice(SEEDS).replace(b"CONFIG_MAP", choice.choice(MODES).encode(), 1)
        check(mutate(seed, choice), question)


@settings(max_examples=max(COUNT // 10, 50), deadline=None, suppress_health_check=list(HealthCheck))
@given(
    changes=st.lists(
        st.tuples(st.sampled_from([path for path in paths(DOCUMENTS) if len(path) > 1]), VALUES), min_size=1, max_size=3
    ),
    question=st.sampled_from(QUESTIONS),
    mode=st.sampled_from(MODES),
)
def test_values_of_other_types(
    changes: list[tuple[tuple[str | int, ...], object]], question: tuple[str, ...], mode: str
) -> None:
    documents: Any = DOCUMENTS
    for path, value in changes:
        if path in paths(documents):
            documents = replaced(documents, path, value)
    text = json.dumps(documents).replace('"CONFIG_MAP"', json.dumps(mode), 1)

    check(text.encode("utf-8", "surrogatepass"), question)


@settings(max_examples=max(COUNT // 20, 50), deadline=None)
@given(text=st.text(max_size=120), inside=st.sampled_from(["mapRoles", "mapUsers", "mapAccounts", "other"]))
def test_any_text_in_aws_auth(text: str, inside: str) -> None:
    documents = json.loads(json.dumps(DOCUMENTS))
    for document in documents:
        if document.get("kind") == "ConfigMap":
            document["data"] = {inside: text}
    check(json.dumps(documents).encode("utf-8", "surrogatepass"), QUESTIONS[0])


@settings(max_examples=max(COUNT // 20, 50), deadline=None)
@given(
    words=st.lists(st.text(max_size=20), max_size=5), first=st.sampled_from(["arn:", "user/", "sa/", "role/", "sa", ""])
)
def test_any_words(words: list[str], first: str) -> None:
    question = ("why", "--", first + (words[0] if words else ""), *words[1:])
    result = run("why", "--from", "-", *question[1:], stdin=WHOLE.encode())

    assert result.code in (0, 1, 2, 3)
    assert "internal error" not in result.err, (result.err, words)
