"""The object that a request writes: ``--object FILE``."""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from trustpath.facts.positions import Places
    from trustpath.paths.kubernetes_request.walk import WrittenObject


def read_object(file: str) -> "tuple[WrittenObject, Places]":
    """Return the role or binding that a file holds, with its places. Raises InputError, QuestionError for others."""
    from trustpath.errors import QuestionError
    from trustpath.facts.dumps import read_dumps

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
    return found[0], places
