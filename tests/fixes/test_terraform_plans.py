"""A fix in Terraform, planned and applied to a copy of the facts, answers as the fix itself does."""

import json
from typing import Any

import hcl2
import pytest
from msgspec import structs

from tests.fixes.test_cases import PROVEN, walked
from trustpath.fixes.application import apply
from trustpath.fixes.planned import apply_plan
from trustpath.fixes.plans import Plan, follow, plans, question_after
from trustpath.fixes.spelling import spell
from trustpath.model.fix import PatchTrustPolicy, Restart
from trustpath.model.terraform_plan import PlannedResource
from trustpath.paths.links import Walk, outcome

OPTIONS = hcl2.SerializationOptions(strip_string_quotes=True)
BLOCKS = frozenset({"metadata", "role_ref", "rule", "subject"})


def value(found: Any) -> Any:
    """Return a value as Terraform evaluates it: of functions our text has jsonencode alone."""
    if isinstance(found, str):
        text = found.replace("$${", "${").replace("%%{", "%{")
        if found.startswith("${jsonencode(") and found.endswith(")}"):
            inner = hcl2.loads(f"x = {found[13:-2]}\n", serialization_options=OPTIONS)["x"]
            return json.dumps(value(inner))
        return text
    if isinstance(found, dict):
        return {str(key).strip('"'): value(item) for key, item in found.items() if not str(key).startswith("__")}
    return [value(item) for item in found] if isinstance(found, list) else found


def planned(text: str) -> PlannedResource:
    """Return what `terraform show -json` has of a resource that is written anew: nested blocks are lists."""
    (resource,) = hcl2.loads(text + "\n", serialization_options=OPTIONS)["resource"]
    ((type_, named),) = resource.items()
    ((label, body),) = named.items()
    after = value(body)
    after = {key: item if key not in BLOCKS or isinstance(item, list) else [item] for key, item in after.items()}
    return PlannedResource(f"{type_}.{label}", type_.strip('"'), None, after, {})


def in_terraform(walk: Walk, plan: Plan) -> tuple[PlannedResource, ...] | None:
    """Return a fix's resources, None where Terraform cannot say all of it."""
    found = []
    for change in plan.changes:
        if isinstance(change, Restart):
            continue
        text = spell((change,), plan.snapshot, "prod").get("terraform", "")
        if not text:
            return None
        resource = planned(text)
        if isinstance(change, PatchTrustPolicy):
            # The role is there: a plan changes it, and has its ARN.
            known = {"arn": change.role_arn, "name": change.role_arn.rpartition("/")[2]}
            resource = structs.replace(resource, before=known, after={**(resource.after or {}), **known})
        found.append(resource)
    return tuple(found) or None


def found_in(name: str) -> list[tuple[Walk, Plan, tuple[PlannedResource, ...]]]:
    walk = walked(name)
    told = [(walk, plan, in_terraform(walk, plan)) for plan in plans(walk)]
    return [(walk, plan, resources) for walk, plan, resources in told if resources is not None]


@pytest.mark.parametrize("name", sorted(PROVEN))
def test_a_fix_in_terraform_says_what_the_fix_says(name: str) -> None:
    for walk, plan, resources in found_in(name):
        snapshot, unread = apply_plan(walk.snapshot, resources)
        restarts = tuple(change for change in plan.changes if isinstance(change, Restart))
        after = follow(apply(snapshot, restarts), question_after(walk.question, restarts))

        assert unread == ()
        assert outcome(after.results.values()) == plan.outcome, [item.address for item in resources]


def test_most_fixes_are_said_in_terraform() -> None:
    """Else the test above would say nothing."""
    types = {item.type for name in PROVEN for _, _, resources in found_in(name) for item in resources}

    assert types >= {"aws_iam_role", "aws_iam_role_policy", "aws_eks_access_entry", "kubernetes_manifest"}
    assert types >= {"kubernetes_role_v1", "kubernetes_role_binding_v1", "kubernetes_cluster_role_v1"}
