"""A role names a resource or API group of Argo that matches nothing (AW-210)."""

from collections.abc import Iterator

from trustpath.audits.catalogue import Found
from trustpath.audits.catalogue import check as marked
from trustpath.audits.installations import Audit
from trustpath.paths.links import Finding

SINGULAR = {
    "clusterworkflowtemplate": "clusterworkflowtemplates",
    "cronworkflow": "cronworkflows",
    "workflow": "workflows",
    "workflowartifactgctask": "workflowartifactgctasks",
    "workflowtaskresult": "workflowtaskresults",
    "workflowtaskset": "workflowtasksets",
    "workflowtemplate": "workflowtemplates",
}


@marked("AW-210", "high", "Role", "ClusterRole", breaks=True)
def check(audit: Audit) -> Iterator[Found]:
    """Hold for a singular name, and for a version in the API group."""
    for kind in ("Role", "ClusterRole"):
        for item in audit.facts.all_of(kind):
            metadata = item.value.metadata
            namespace = metadata.namespace or ""
            subject = f"{kind.lower()}/{metadata.name}" + (f" -n {namespace}" if namespace else "")
            for number, rule in enumerate(item.value.rules or ()):
                place = item.source.at("rules", number)
                of_argo = any(group.startswith("argoproj.io") for group in rule.api_groups or ())
                for index, group in enumerate(rule.api_groups or ()):
                    if group.startswith("argoproj.io/"):
                        yield Found(
                            subject,
                            namespace,
                            f"{kind} `{metadata.name}` names the API group `{group}`, which is `argoproj.io`",
                            (Finding(place.at("apiGroups", index), group, "a group has no version"),),
                            ("write argoproj.io",),
                        )
                for index, resource in enumerate(rule.resources or ()):
                    base, slash, rest = resource.partition("/")
                    if of_argo and base in SINGULAR:
                        right = f"{SINGULAR[base]}{slash}{rest}"
                        yield Found(
                            subject,
                            namespace,
                            f"{kind} `{metadata.name}` says `{resource}`, the resource is `{right}`",
                            (Finding(place.at("resources", index), resource, f"expected {right}"),),
                            (f"write {right}",),
                            "The document of 3.3 had it so; it matches nothing.",
                        )
