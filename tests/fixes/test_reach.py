"""What else a fix opens is what asking about everybody, before and after, shows."""

import itertools
import json
import random
from pathlib import Path
from typing import Any

import pytest

from trustpath.engine.rbac.authorizer import Allowed
from trustpath.engine.rbac.request import ResourceRequest, User, service_account
from trustpath.facts.dumps import read_dumps
from trustpath.fixes.plans import plans
from trustpath.fixes.reach import also_grants
from trustpath.model.question import AskedRequest, KubernetesRequest, PodToAws
from trustpath.model.snapshot import Snapshot
from trustpath.paths import follow_question
from trustpath.paths.cluster_rbac import ClusterRbac
from trustpath.paths.links import outcome

GROUP = "rbac.authorization.k8s.io"
NAMESPACES, NAMES = ("shop", "ops"), ("web", "job", "bot")
VERBS, RESOURCES = ("get", "list", "delete"), ("pods", "secrets", "pods/log")
SUBJECTS = [
    *(("service account", f"{space}/{name}") for space in NAMESPACES for name in NAMES),
    ("user", "jane"),
    ("group", "developers"),
]


def item(kind: str, name: str, namespace: str = "", **more: Any) -> dict[str, Any]:
    metadata = {"name": name, **({"namespace": namespace} if namespace else {})}
    version = "v1" if kind in ("ServiceAccount", "Namespace") else f"{GROUP}/v1"
    return {"apiVersion": version, "kind": kind, "metadata": metadata, **more}


def subject_of(kind: str, name: str) -> dict[str, str]:
    if kind == "service account":
        namespace, _, account = name.partition("/")
        return {"kind": "ServiceAccount", "name": account, "namespace": namespace}
    return {"kind": kind.title(), "name": name, "apiGroup": GROUP}


def random_cluster(chance: random.Random) -> list[dict[str, Any]]:
    """Return a cluster with a few roles and bindings of any shape."""

    def rule() -> dict[str, Any]:
        return {
            "apiGroups": [""],
            "resources": chance.sample(RESOURCES, chance.randint(1, 2)),
            "verbs": chance.sample(VERBS, chance.randint(1, 2)),
        }

    found = [item("ClusterRole", "cluster-admin", rules=[]), item("ClusterRoleBinding", "cluster-admin",
             roleRef={"apiGroup": GROUP, "kind": "ClusterRole", "name": "cluster-admin"}, subjects=[])]  # fmt: skip
    found += [item("ServiceAccount", name, space) for space in NAMESPACES for name in ("default", *NAMES)]
    for number in range(chance.randint(1, 4)):
        space = chance.choice(("", *NAMESPACES))
        kind = "Role" if space else "ClusterRole"
        found.append(item(kind, f"role-{number}", space, rules=[rule() for _ in range(chance.randint(1, 2))]))
        subjects = [subject_of(*chance.choice(SUBJECTS)) for _ in range(chance.randint(1, 3))]
        reference = {"apiGroup": GROUP, "kind": kind, "name": f"role-{number}"}
        where = space or chance.choice(("", *NAMESPACES))
        binding = "RoleBinding" if where else "ClusterRoleBinding"
        found.append(item(binding, f"binding-{number}", where, roleRef=reference, subjects=subjects))
    return found


def facts(objects: list[dict[str, Any]], folder: Path) -> Snapshot:
    folder.mkdir(exist_ok=True)
    (folder / "all.json").write_text(json.dumps({"apiVersion": "v1", "kind": "List", "items": objects}))
    return read_dumps([str(folder)])[0]


def brute_force(before: Snapshot, after: Snapshot, asked: tuple[str, str, str, str, str]) -> set[tuple[str, ...]]:
    """Return everybody who may do more, of all that there is in these small clusters: one decision each."""
    old, new = ClusterRbac(before).authorizer, ClusterRbac(after).authorizer
    found: set[tuple[str, ...]] = set()
    for (kind, name), where, verb, resource in itertools.product(SUBJECTS, ("", *NAMESPACES), VERBS, RESOURCES):
        user = service_account(*name.split("/")) if kind == "service account" else User(name)
        user = User("", (name,)) if kind == "group" else user
        plain, _, sub = resource.partition("/")
        request = ResourceRequest(verb, "", plain, sub, where)
        if isinstance(new.decide(user, request), Allowed) and not isinstance(old.decide(user, request), Allowed):
            found.add((kind, name, where, verb, resource))
    # What is granted everywhere is granted in each namespace, too.
    everywhere = {(kind, name, verb, resource) for kind, name, where, verb, resource in found if not where}
    single = {row for row in found if not row[2] or (row[0], row[1], row[3], row[4]) not in everywhere}
    return single - {asked}


@pytest.mark.parametrize("seed", range(40))
def test_rbac_grants_are_those_of_brute_force(seed: int, tmp_path: Path) -> None:
    chance = random.Random(seed)  # noqa: S311  # a seed of the test
    snapshot = facts(random_cluster(chance), tmp_path / "facts")
    for name, verb, resource in itertools.product(NAMES, VERBS, ("pods", "secrets")):
        where = chance.choice(("", "shop"))
        user = service_account("shop", name)
        question = KubernetesRequest(user.name, user.groups, AskedRequest(verb, "", resource, "", where))
        walk = follow_question(snapshot, question)
        if outcome(walk.results.values()) != "denied":
            continue
        for plan in plans(walk):
            asked = ("service account", f"shop/{name}", where, verb, resource)
            told = also_grants(walk, plan.walk, plan.changes)
            lines = {
                f"{kind} {who} may {does} {what}" + (f" in namespace {there}" if there else " everywhere")
                for kind, who, there, does, what in brute_force(snapshot, plan.snapshot, asked)
            }
            assert set(told) == lines, [step.title for step in plan.steps]


ISSUER = "oidc.eks.eu-west-1.amazonaws.com/id/EXAMPLE"
PROVIDER = f"arn:aws:iam::111122223333:oidc-provider/{ISSUER}"
ROLE = "arn:aws:iam::111122223333:role/shop"


@pytest.mark.parametrize(
    ("subjects", "operator", "others"),
    [
        (["system:serviceaccount:shop:*"], "StringEquals", {"shop/bot", "shop/default", "shop/job"}),
        (["system:serviceaccount:shop:wbe"], "StringEquals", set()),
    ],
)
def test_who_else_may_assume_the_role(subjects: list[str], operator: str, others: set[str], tmp_path: Path) -> None:
    condition = {operator: {f"{ISSUER}:sub": subjects, f"{ISSUER}:aud": "sts.amazonaws.com"}}
    trust = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Principal": {"Federated": PROVIDER},
             "Action": "sts:AssumeRoleWithWebIdentity", "Condition": condition}]}  # fmt: skip
    accounts = [item("ServiceAccount", name, space) for space in NAMESPACES for name in ("default", *NAMES)]
    for account in accounts:
        if account["metadata"]["name"] == "web":
            account["metadata"]["annotations"] = {"eks.amazonaws.com/role-arn": ROLE}
    snapshot = facts(accounts, tmp_path / "facts")
    for name, document in {
        "role": {"Role": {"Arn": ROLE, "RoleName": "shop", "AssumeRolePolicyDocument": trust}},
        "list": {"OpenIDConnectProviderList": [{"Arn": PROVIDER}]},
        "provider": {"Url": ISSUER, "ClientIDList": ["sts.amazonaws.com"], "ThumbprintList": []},
        "cluster": {"cluster": {"name": "c", "identity": {"oidc": {"issuer": f"https://{ISSUER}"}}}},
        "associations": {"associations": []},
        "hooks": {
            "apiVersion": "admissionregistration.k8s.io/v1",
            "kind": "MutatingWebhookConfiguration",
            "metadata": {"name": "pod-identity-webhook"},
            "webhooks": [{
                "name": "iam-for-pods.amazonaws.com", "clientConfig": {"caBundle": "x"}, "failurePolicy": "Ignore",
                "rules": [{"operations": ["CREATE"], "apiGroups": [""], "apiVersions": ["v1"], "resources": ["pods"]}],
            }],
        },
    }.items():  # fmt: skip
        (tmp_path / "facts" / f"{name}.json").write_text(json.dumps(document))
    snapshot, _ = read_dumps([str(tmp_path / "facts")])
    walk = follow_question(snapshot, PodToAws("ServiceAccount", "shop", "web"))
    assert outcome(walk.results.values()) == "denied", {k: v.says for k, v in walk.results.items()}
    found = plans(walk)
    assert all(plan.outcome == "allowed" for plan in found)
    narrow = also_grants(walk, found[0].walk, found[0].changes)
    assert narrow == ()
    widest = {line for plan in found for line in also_grants(walk, plan.walk, plan.changes)}
    assert widest == {f"service account {other} may assume role shop" for other in others}
