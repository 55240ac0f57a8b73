"""The server can be reached from outside of the cluster without restriction (AW-105)."""

from collections.abc import Iterator

from trustpath.audits.catalogue import Found
from trustpath.audits.catalogue import check as marked
from trustpath.audits.exposure import open_ways_to
from trustpath.audits.installations import Audit, subject_of


@marked("AW-105", "high", "Service", "Ingress")
def check(audit: Audit) -> Iterator[Found]:
    """Hold for a Service or Ingress that leads to the server for everybody, or without TLS."""
    for item, server in audit.servers:
        for way in open_ways_to(audit, server):
            yield Found(
                f"{way.kind.lower()}/{way.name} -n {server.namespace}",
                server.namespace,
                f"{way.kind} `{way.name}` leads to {subject_of(server)} {way.why}",
                (way.place,),
                (way.remedy,),
                "",
                "critical" if "server" in item.modes else None,
            )
