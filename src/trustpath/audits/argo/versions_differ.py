"""Server, controller and executor have different versions (AW-804)."""

from collections.abc import Iterator

from trustpath.audits.catalogue import Found
from trustpath.audits.catalogue import check as marked
from trustpath.audits.installations import Audit, at_component, subject_of
from trustpath.model.argo import version_of


@marked("AW-804", "medium")
def check(audit: Audit) -> Iterator[Found]:
    """Hold for versions that differ within an installation."""
    for item in audit.installations:
        versions = {part.kind: part.version for part in item.components if part.version is not None}
        names: dict[str, str] = {kind: ".".join(map(str, version)) for kind, version in versions.items()}
        executor = item.controller.flag("executor-image") if item.controller else None
        if executor is not None and (version := version_of(executor.value)) is not None:
            names["executor"] = ".".join(map(str, version))
        if len(set(names.values())) < 2:
            continue
        part = item.components[0]
        yield Found(
            subject_of(part),
            part.namespace,
            f"the versions differ: {', '.join(f'{name} {version}' for name, version in names.items())}",
            tuple(at_component(part, f"the {part.kind}") for part in item.components),
            ("one version for all of them",),
        )
