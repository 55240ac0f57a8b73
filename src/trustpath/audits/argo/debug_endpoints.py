"""Endpoints for debugging are open (AW-706)."""

from collections.abc import Iterator

from trustpath.audits.catalogue import Found
from trustpath.audits.catalogue import check as marked
from trustpath.audits.installations import Audit, subject_of
from trustpath.paths.links import Finding

BAD = {"ARGO_PPROF": "true", "ARGO_SERVER_METRICS_AUTH": "false"}


@marked("AW-706", "medium")
def check(audit: Audit) -> Iterator[Found]:
    """Hold for profiling, and for metrics that ask nobody."""
    for item in audit.installations:
        for part in item.components:
            for name, value in BAD.items():
                flag = part.variables.get(name)
                if flag is not None and flag.value == value:
                    yield Found(
                        subject_of(part),
                        part.namespace,
                        f"{name}={value} opens the {part.kind} to everybody who reaches it".replace(
                            "ARGO", "variable ARGO", 1
                        ),
                        (Finding(flag.source, flag.value, name),),
                        (f"take {name} away",),
                    )
