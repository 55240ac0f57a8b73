"""Rules of the same precedence, or of one that is no number (AW-220)."""

from collections.abc import Iterator

from trustpath.audits.catalogue import Found
from trustpath.audits.catalogue import check as marked
from trustpath.audits.installations import Audit, shown
from trustpath.model.answers import Located
from trustpath.model.kubernetes import ServiceAccount
from trustpath.paths.argo_sign_in.rules import PRECEDENCE, RULE, precedence
from trustpath.paths.links import Finding


@marked("AW-220", "medium", "ServiceAccount", by_mode=True)
def check(audit: Audit) -> Iterator[Found]:
    """Hold for what is no integer, and for accounts of one namespace with the same precedence."""
    groups: dict[tuple[str, int], list[Located[ServiceAccount]]] = {}
    for item in audit.mapped_accounts:
        metadata = item.value.metadata
        namespace = metadata.namespace or "default"
        text = metadata.annotation(PRECEDENCE)
        if text and str(precedence(item.value)) != text.removeprefix("+"):
            yield Found(
                shown((namespace, metadata.name)),
                namespace,
                f"the precedence of `{metadata.name}` is no integer, and counts as 0",
                (Finding(item.source.at("metadata", "annotations", PRECEDENCE), text, "counts as 0"),),
                ("write an integer",),
            )
        groups.setdefault((namespace, precedence(item.value)), []).append(item)
    for (namespace, number), items in groups.items():
        if len(items) > 1:
            names = ", ".join(f"`{item.value.metadata.name}`" for item in items)
            yield Found(
                shown((namespace, items[0].value.metadata.name)),
                namespace,
                f"the rules of {names} have the same precedence {number}: which is taken changes",
                tuple(
                    Finding(
                        item.source.at("metadata", "annotations", RULE), item.value.metadata.annotation(RULE), "as good"
                    )
                    for item in items[:3]
                ),
                (f"give each another {PRECEDENCE}",),
            )
