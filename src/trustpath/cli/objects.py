"""The object that a request writes: ``--object FILE``."""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from trustpath.facts.positions import Places
    from trustpath.model.question import KubernetesRequest, PrincipalToCluster, Question
    from trustpath.model.snapshot import Snapshot
    from trustpath.paths.kubernetes_request.walk import WrittenObject


def written_object(
    question: "Question", words: tuple[str, ...], snapshot: "Snapshot", file: str
) -> "tuple[WrittenObject | None, Places | None]":
    """Return the role or binding that a request writes: the one of ``--object``, else the one of its name, or none."""
    from trustpath.model.question import KubernetesRequest, PrincipalToCluster

    if file:
        return read_object(file, question)
    if not words or not isinstance(question, KubernetesRequest | PrincipalToCluster):
        return None, None
    return named_object(question, words, snapshot), None


def read_object(file: str, question: "Question") -> "tuple[WrittenObject, Places]":
    """Return the role or binding that a file holds, with its places.

    Raises InputError, and QuestionError for other objects and for a request that does not write this one.
    """
    from trustpath.errors import QuestionError
    from trustpath.facts.dumps import read_dumps
    from trustpath.model.question import KubernetesRequest, PrincipalToCluster

    snapshot, places = read_dumps([file])
    facts = snapshot.kubernetes
    found: list[WrittenObject] = [
        *(("Role", item) for item in facts.all_of("Role")),
        *(("ClusterRole", item) for item in facts.all_of("ClusterRole")),
        *(("RoleBinding", item) for item in facts.all_of("RoleBinding")),
        *(("ClusterRoleBinding", item) for item in facts.all_of("ClusterRoleBinding")),
    ]
    if len(found) != 1:
        problem = "no role and no binding" if not found else f"{len(found)} roles and bindings"
        raise QuestionError(f"{file} holds {problem}", "--object takes the one object that the request writes")
    kind = found[0][0]
    request = question.request if isinstance(question, KubernetesRequest | PrincipalToCluster) else None
    if request is None or request.resource != f"{kind.lower()}s" or request.verb not in ("create", "update", "patch"):
        raise QuestionError(
            f"{file} holds a {kind}, and the request does not write one",
            f"ask for create {kind.lower()}s.rbac.authorization.k8s.io, or update or patch",
        )
    return found[0], places


def named_object(
    question: "KubernetesRequest | PrincipalToCluster", words: tuple[str, ...], snapshot: "Snapshot"
) -> "WrittenObject | None":
    """Return the role or binding among the facts that a request of this name writes, None where there is none.

    The API server does not know the name when it authorizes a create, so that the request has lost it.
    """
    from trustpath.engine.rbac.escalation import API_GROUP
    from trustpath.model.fact import Known

    request = question.request
    kinds = {"roles": "Role", "clusterroles": "ClusterRole", "rolebindings": "RoleBinding",
             "clusterrolebindings": "ClusterRoleBinding"}  # fmt: skip
    if request is None or request.group != API_GROUP or request.subresource or request.resource not in kinds:
        return None
    name = words[-1]
    if (
        request.verb not in ("create", "update", "patch")
        or name.partition("/")[0].partition(".")[0] == request.resource
    ):
        return None
    kind = kinds[request.resource]
    fact = snapshot.kubernetes.object(kind, "" if kind.startswith("Cluster") else request.namespace, name)
    return (kind, fact.value) if isinstance(fact, Known) else None
