"""What a fix must not do: go around a guard, displace somebody, name what passes, or patch what cannot be patched."""

import copy
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.causes.pages import CLUSTER, POD_IDENTITY
from tests.fixes.test_breakages import FOR_PODS, HEALTHY, RBAC
from tests.fixes.test_breakages import walked as walked_at
from trustpath.fixes.offer import offer
from trustpath.model.question import AskedRequest, KubernetesRequest, PrincipalToCluster, Question
from trustpath.model.trace import Fix

GROUP = "rbac.authorization.k8s.io"
ISSUER, OTHER = (f"oidc.eks.eu-west-1.amazonaws.com/id/{name}" for name in ("EXAMPLE1", "OTHER"))
OWN = "system:serviceaccount:payments:checkout"
Documents = list[dict[str, Any]]


def fixes(documents: Documents, question: Question = FOR_PODS) -> tuple[Fix, ...]:
    walk = walked_at(documents, question)
    assert walk is not None
    return tuple(fix for fix, _ in offer(walk))


def statement(documents: Documents) -> dict[str, Any]:
    role = next(item for item in documents if "Role" in item)
    return dict(role["Role"]["AssumeRolePolicyDocument"]["Statement"][0])


def with_statement(**changes: Any) -> Documents:
    documents = copy.deepcopy(HEALTHY)
    role = next(item for item in documents if "Role" in item)
    role["Role"]["AssumeRolePolicyDocument"]["Statement"][0].update(changes)
    return documents


def trust_after(fix: Fix) -> list[dict[str, Any]]:
    text = fix.commands["aws"].partition("--policy-document ")[2].strip("'")
    found = json.loads(text)["Statement"]
    return found if isinstance(found, list) else [found]


def names_sub(condition: dict[str, Any]) -> bool:
    return any(key.endswith(":sub") for keys in condition.values() for key in keys)


PROVIDER = "arn:aws:iam::111122223333:oidc-provider/"


@pytest.mark.parametrize(
    "changes",
    [
        {"Condition": {"StringEquals": {f"{OTHER}:sub": OWN, f"{OTHER}:aud": "sts.amazonaws.com"}}},
        {"Principal": {"Federated": PROVIDER + OTHER},
         "Condition": {"StringEquals": {f"{OTHER}:sub": OWN, f"{OTHER}:aud": "sts.amazonaws.com"}}},
        {"Action": "sts:AssumeRole",
         "Condition": {"StringEquals": {f"{OTHER}:sub": OWN, f"{OTHER}:aud": "sts.amazonaws.com"}}},
        {"Principal": {"Federated": PROVIDER + OTHER}, "Action": "sts:AssumeRole"},
    ],
)  # fmt: skip
def test_a_mended_statement_still_asks_for_the_subject(changes: dict[str, Any]) -> None:
    found = fixes(with_statement(**changes))
    assert found
    for fix in found:
        assert fix.proof.outcome == "allowed"
        admitting = [item for item in trust_after(fix) if PROVIDER + ISSUER in json.dumps(item["Principal"])]
        assert all(names_sub(item["Condition"]) for item in admitting), trust_after(fix)


def test_a_guard_that_nobody_can_judge_stays_and_is_carried_over() -> None:
    condition = {"StringEquals": {f"{ISSUER}:sub": "system:serviceaccount:payments:other"},
                 "IpAddress": {"aws:SourceIp": "192.0.2.0/24"}}  # fmt: skip
    (fix,) = fixes(with_statement(Condition=condition))
    assert fix.proof.outcome == "unknown"
    assert all("IpAddress" in item["Condition"] for item in trust_after(fix))


def test_a_guard_that_goes_is_told(tmp_path: Path) -> None:
    condition = {"StringEquals": {f"{ISSUER}:sub": "system:serviceaccount:payments:check*",
                                  f"{ISSUER}:aud": "sts.amazonaws.com", "sts:ExternalId": "o-1"}}  # fmt: skip
    found = fixes(with_statement(Condition=condition))
    assert len(found) == 2
    for fix in found:
        assert fix.disposition == "review"
        assert fix.also_grants == (
            "whoever the condition StringEquals sts:ExternalId kept out may assume role checkout",
        )


def test_values_that_may_be_somebodys_stay() -> None:
    condition = {"StringEquals": {f"{ISSUER}:sub": OWN, f"{ISSUER}:aud": "my-audience"}}
    first = fixes(with_statement(Condition=condition))[0]
    assert trust_after(first)[0]["Condition"]["StringEquals"][f"{ISSUER}:aud"] == ["my-audience", "sts.amazonaws.com"]


def test_pod_identity_is_admitted_by_its_tags() -> None:
    documents = [*HEALTHY[:2], *(item for item in yaml.safe_load_all(POD_IDENTITY) if item)]
    details = next(item for item in documents if "RoleDetailList" in item)["RoleDetailList"]
    role = next(item for item in details if item["RoleName"] == "checkout")
    for condition, wanted in (
        ({"StringEquals": {"aws:RequestTag/kubernetes-namespace": ["shop"]}}, ["shop", "payments"]),
        (None, "payments"),
    ):
        policy = {"Effect": "Allow", "Principal": {"Service": "pods.eks.amazonaws.com"},
                  "Action": ["sts:AssumeRole", "sts:TagSession"], "Condition": condition}  # fmt: skip
        if condition is None:
            policy = {"Effect": "Allow", "Principal": {"Service": "ec2.amazonaws.com"}, "Action": "sts:AssumeRole"}
        role["AssumeRolePolicyDocument"]["Statement"] = [policy]
        found = fixes(documents)
        assert [fix.proof.outcome for fix in found] == ["allowed"]
        last = trust_after(found[0])[-1]
        assert last["Condition"]["StringEquals"]["aws:RequestTag/kubernetes-namespace"] == wanted
        assert found[0].disposition == "safe"


def test_pods_are_made_anew_once_and_last() -> None:
    documents = copy.deepcopy(HEALTHY)
    account = next(item for item in documents if item.get("kind") == "ServiceAccount")
    account["metadata"]["annotations"] = {"iam.amazonaws.com/role": "checkout"}
    pod = next(item for item in documents if item.get("kind") == "Pod")
    pod["spec"]["containers"][0].pop("env")
    pod["spec"]["volumes"] = pod["spec"]["volumes"][:1]
    found = fixes(documents)
    assert found
    for fix in found:
        lines = fix.commands["kubectl"].splitlines()
        assert [line.startswith("kubectl rollout restart") for line in lines] == [False] * (len(lines) - 1) + [True]


def owned_by(kind: str, **more: Any) -> Callable[[Documents], None]:
    def change(documents: Documents) -> None:
        documents[0] = {**documents[0], "kind": kind, **more}
        documents[0]["metadata"] = {"name": "checkout-5f7c9d", "namespace": "payments"}
        pod = next(item for item in documents if item.get("kind") == "Pod")
        pod["metadata"]["ownerReferences"] = [{"kind": kind, "name": "checkout-5f7c9d", "controller": True}]

    return change


def without_its_deployment(documents: Documents) -> None:
    del documents[0]


@pytest.mark.parametrize("change", [owned_by("Job", apiVersion="batch/v1"), without_its_deployment])
def test_a_template_that_is_fixed_or_another_s_is_not_patched(change: Callable[[Documents], None]) -> None:
    documents = copy.deepcopy(HEALTHY)
    change(documents)
    pod = next(item for item in documents if item.get("kind") == "Pod")
    pod["spec"]["serviceAccountName"] = "default"
    documents.append(
        {"apiVersion": "v1", "kind": "ServiceAccount", "metadata": {"name": "default", "namespace": "payments"}}
    )
    for fix in fixes(documents):
        assert "serviceAccountName" not in str(fix.changes)
        assert "replicaset" not in fix.commands.get("kubectl", "")


def ask_cluster(documents: Documents, name: str = "ci", **request: str) -> tuple[Fix, ...]:
    wanted = AskedRequest(request.get("verb", "list"), "", request.get("resource", "pods"), "", "payments")
    arn = (
        f"arn:aws:iam::111122223333:{name}"
        if "/" in name or name == "root"
        else f"arn:aws:iam::111122223333:role/{name}"
    )
    return fixes(documents, PrincipalToCluster(arn, wanted))


def cluster(map_roles: str, mode: str = "CONFIG_MAP", map_users: str = "") -> Documents:
    documents = [item for item in yaml.safe_load_all(CLUSTER) if item]
    for item in documents:
        if item.get("kind") == "ConfigMap":
            item["data"] = {"mapRoles": map_roles, **({"mapUsers": map_users} if map_users else {})}
        if "cluster" in item:
            item["cluster"]["accessConfig"]["authenticationMode"] = mode
    return documents


def test_an_entry_of_another_principal_stays() -> None:
    masters = "  username: admin\n  groups: [system:masters]\n"
    role = f"- rolearn: arn:aws:iam::111122223333:role/deploy-prod-1\n{masters}"
    odd = "- rolearn: arn:aws:iam::111122223333:role/admins\n  username: 12345\n  groups: [system:masters]\n"
    user = f"- userarn: arn:aws:iam::111122223333:user/deploy-bot1\n{masters}"
    for documents, name in (
        (cluster(role), "deploy-prod-2"),
        (cluster(odd), "deploy-prod-2"),
        (cluster(role, map_users=user), "user/deploy-bot2"),
    ):
        found = ask_cluster(documents, name)
        assert found
        for fix in found:
            assert not any("entry" in line for line in fix.changes), fix.changes
            assert "system:masters" not in str(fix.also_grants)
            assert fix.disposition == "safe"


def test_the_root_user_is_given_nothing() -> None:
    assert ask_cluster(cluster("[]"), "root") == ()


def test_comments_alone_are_kept_above_the_first_entry() -> None:
    (fix, *_) = ask_cluster(cluster("# none yet\n"), "ci")
    assert "# none yet\\n- rolearn: arn:aws:iam::111122223333:role/ci" in fix.commands["kubectl"]


def test_a_session_is_bound_by_its_group() -> None:
    documents = cluster("- rolearn: arn:aws:iam::111122223333:role/ci\n  username: 'dev:{{SessionName}}'\n")
    found = fixes(
        documents,
        PrincipalToCluster(
            "arn:aws:sts::111122223333:assumed-role/ci/build-7", AskedRequest("list", "", "pods", "", "payments")
        ),
    )
    assert [fix.proof.outcome for fix in found] == ["allowed"]
    assert "build-7" not in json.dumps([fix.commands for fix in found])


def rbac(*more: dict[str, Any]) -> Documents:
    return [*copy.deepcopy(RBAC), *more]


def binding(name: str, role: str, *subjects: dict[str, str], kind: str = "ClusterRoleBinding") -> dict[str, Any]:
    namespace = {} if kind.startswith("Cluster") else {"namespace": "payments"}
    return {"apiVersion": f"{GROUP}/v1", "kind": kind, "metadata": {"name": name, **namespace},
            "roleRef": {"apiGroup": GROUP, "kind": "ClusterRole", "name": role},
            "subjects": list(subjects)}  # fmt: skip


def role(name: str, verbs: list[str], resource: str, **more: Any) -> dict[str, Any]:
    rules = [{"apiGroups": [""], "resources": [resource], "verbs": verbs}]
    return {"apiVersion": f"{GROUP}/v1", "kind": "ClusterRole", "metadata": {"name": name, **more.pop("metadata", {})},
            "rules": rules, **more}  # fmt: skip


def user(name: str) -> dict[str, str]:
    return {"apiGroup": GROUP, "kind": "User", "name": name}


def selecting(label: str) -> dict[str, Any]:
    return {"clusterRoleSelectors": [{"matchLabels": {label: "true"}}]}


def asked(verb: str, resource: str, who: str = "jane") -> KubernetesRequest:
    groups = ("system:authenticated",)
    return KubernetesRequest(who, groups, AskedRequest(verb, "", resource, "", "payments"))


def test_who_is_named_stays_beside_the_new_one() -> None:
    documents = rbac(
        role("deleter", ["delete"], "pods"), binding("deleter", "deleter", user("janet"), kind="RoleBinding")
    )
    found = fixes(documents, asked("delete", "pods"))
    assert any(
        line.startswith("+ rolebinding/deleter -n payments: /subjects/-") for fix in found for line in fix.changes
    )
    assert not any(line.startswith("~") for fix in found for line in fix.changes)


def test_a_rule_goes_on_to_all_that_aggregate_it() -> None:
    documents = rbac(
        role("pod-reader", ["get"], "services", metadata={"labels": {"to-view": "true"}}),
        role(
            "view", ["get"], "services", metadata={"labels": {"to-edit": "true"}}, aggregationRule=selecting("to-view")
        ),
        role("edit", ["get"], "services", aggregationRule=selecting("to-edit")),
        binding("reader-2", "pod-reader", user("jane"), kind="RoleBinding"),
        binding("view", "view", user("al")),
        binding("edit", "edit", user("bob")),
    )
    found = fixes(documents, asked("delete", "services"))
    patched = next(fix for fix in found if any("clusterrole/pod-reader" in line for line in fix.changes))
    assert patched.also_grants == ("user al may delete services everywhere", "user bob may delete services everywhere")


def test_the_narrow_fix_comes_before_those_for_everybody() -> None:
    everybody = {"apiGroup": GROUP, "kind": "Group", "name": "system:authenticated"}
    documents = rbac(
        *(role(f"r{number}", ["get"], "configmaps") for number in range(4)),
        *(binding(f"r{number}", f"r{number}", everybody) for number in range(4)),
    )
    found = fixes(documents, asked("delete", "configmaps"))
    assert found[0].disposition == "safe"
    assert {fix.disposition for fix in found[1:]} == {"review"}


def test_kubernetes_own_roles_are_not_patched() -> None:
    documents = rbac(
        role("system:basic-user", ["get"], "configmaps", metadata={"labels": {"kubernetes.io/bootstrapping": "x"}}),
        binding("basic", "system:basic-user", user("jane")),
    )
    for fix in fixes(documents, asked("delete", "configmaps")):
        assert "system:basic-user" not in str(fix.changes)
