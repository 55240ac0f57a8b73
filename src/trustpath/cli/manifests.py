"""Manifests that are to be applied: ``--apply FILE|DIR``."""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from trustpath.model.fix import ApplyObject


def read_manifests(files: tuple[str, ...], namespace: str) -> "tuple[ApplyObject, ...]":
    """Return the objects of manifests. Raises InputError for a file that cannot be read whole."""
    import msgspec

    from trustpath.errors import InputError
    from trustpath.facts.collected import GROUPS
    from trustpath.facts.dumps import read_dumps
    from trustpath.model.fix import ApplyObject

    if not files:
        return ()
    try:
        snapshot, _ = read_dumps(files)
    except InputError as error:
        raise InputError(error.message, "check --apply: it takes manifests, as kubectl apply does") from None
    for item in snapshot.left_out:
        raise InputError(f"{item.place}: {item.problem}", item.hint or "mend the manifest")
    found: list[ApplyObject] = []
    for kind, located in snapshot.answers.objects:
        value = msgspec.json.decode(msgspec.json.encode(located.value))
        version = GROUPS.get(kind, "api/v1").removeprefix("apis/").removeprefix("api/")
        found.append(ApplyObject({"apiVersion": version, "kind": kind, **value}, namespace))
    return tuple(found)
