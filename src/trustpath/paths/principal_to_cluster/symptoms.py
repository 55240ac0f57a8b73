"""Which link a message speaks of, and whether it is taken as the reason."""

import re
from typing import Literal

from trustpath.engine.eks.canonical_arn import CanonicalArn, canonicalize
from trustpath.engine.messages.symptom import Symptom
from trustpath.engine.rbac.request import account_of
from trustpath.paths.links import Finding, LinkResult, broken
from trustpath.paths.principal_to_cluster.walk import PrincipalWalk

Link = Literal["client", "connection", "cluster-token", "mapping", "authorization"]

_LINKS: dict[str, Link] = {
    "authz": "authorization",
    "client-creds": "client",
    "client-exec": "client",
    "k8s-node": "mapping",
    "mapping": "mapping",
    "net": "connection",
    "tf": "connection",
    "tls": "connection",
    "token": "cluster-token",
}
# A bare 401 says that the token or its principal is refused, and not which.
_GENERIC = frozenset({"E039", "E040", "E041", "E042", "E043"})
_CLIENT = re.compile(
    r"Unable to connect to the server|connection to the server|exec plugin|exec: executable|\.eks\.amazonaws\.com"
    r"|getting credentials|SSO Token|config profile|DescribeCluster|kubernetes_|Kubernetes cluster unreachable"
)
_ACCESS_ENTRY = frozenset({"E111", "E112", "E113"})


def is_bare_refusal(symptom: Symptom) -> bool:
    """Return whether a message says 401 and nothing more."""
    return symptom.row is not None and symptom.row.number in _GENERIC


def other_user(walk: PrincipalWalk, symptom: Symptom) -> str:
    """Return the user of a Forbidden message where it is not the principal's: the client came as somebody else."""
    user = symptom.forbidden.user if symptom.forbidden else None
    if not user or walk.user is None or user == walk.user.name:
        return ""
    if account_of(user) is not None:
        return user
    arn = canonicalize(user)
    return user if isinstance(arn, CanonicalArn) and arn.arn != walk.principal.arn else ""


def same_request(walk: PrincipalWalk, symptom: Symptom) -> bool:
    """Return whether a Forbidden message is about what is asked for."""
    return symptom.forbidden is not None and symptom.forbidden.request == walk.request


def is_about_cluster(walk: PrincipalWalk, line: str) -> bool:
    """Return whether a line of a log speaks of the cluster's endpoint, or comes from a client of Kubernetes.

    A program that cannot reach something else has nothing to do with the cluster.
    """
    endpoint = walk.cluster.value.endpoint.removeprefix("https://") if walk.cluster else ""
    return bool(endpoint and endpoint.lower() in line.lower()) or _CLIENT.search(line) is not None


def link_of(symptom: Symptom) -> Link | None:
    """Return the link that a message speaks of, None where it leaves that open or speaks of other things."""
    if is_bare_refusal(symptom):
        return None
    if symptom.row is not None and symptom.row.number in _ACCESS_ENTRY:
        return "mapping"
    return _LINKS.get(symptom.layer)


def blamed(walk: PrincipalWalk, link: Link) -> LinkResult | None:
    """Return the link as broken where a message says so."""
    symptom = walk.symptom
    if symptom is None or link_of(symptom) != link:
        return None
    return broken(f"the message says: {symptom.says}", at_message(walk, ""), got=symptom.text.strip()[:200])


def at_message(walk: PrincipalWalk, label: str) -> Finding:
    """Return the place of the message."""
    return Finding(walk.symptom_place, "", label)


def confidence(walk: PrincipalWalk, identifier: str) -> Literal["likely", "possible"] | None:
    """Return how sure a message makes a cause: likely where it is the first to think of, None where it is none."""
    if walk.symptom is None or identifier not in walk.symptom.causes:
        return None
    first = walk.symptom.causes[0] == identifier and not is_bare_refusal(walk.symptom)
    return "likely" if first else "possible"
