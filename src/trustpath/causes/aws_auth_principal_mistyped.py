"""An entry names almost this principal: another account, a slip in the name, an old suffix of SSO.

What: compares the entries of aws-auth and the access entries with the principal, part by part.
Why it denies: the whole ARN is compared; only case does not matter in aws-auth (M5, C7).
Not a problem when: the other principal is meant, and this one has no access on purpose.
"""

from collections.abc import Iterator

from trustpath.causes.catalogue import Diagnosis, cause
from trustpath.model.arn import Arn
from trustpath.paths.links import Finding
from trustpath.paths.principal_to_cluster.entries import (
    ENTRY,
    NOT_MAPPED,
    at_arn,
    aws_auth_entries,
    full_arn,
    is_sso,
    own_name,
    similar,
)
from trustpath.paths.principal_to_cluster.walk import PrincipalWalk


@cause("mapping", when_unknown=True)
def check(walk: PrincipalWalk) -> Iterator[Diagnosis]:
    """Hold for the first entry that differs from the principal in one part."""
    for text, place, in_aws_auth in _entries(walk):
        slip = _slip(walk, text)
        if slip is None:
            continue
        part, value, wanted, note = slip
        where = "aws-auth" if in_aws_auth else "an access entry"
        right = walk.principal.arn if in_aws_auth else full_arn(walk)
        start = max(text.find(value), 0)
        yield Diagnosis(
            confidence="likely" if part == "name" and not is_sso(own_name(walk)) else "certain",
            title=f"{where} names `{text.strip()}`, which differs from the principal in its {part}",
            explanation=note,
            evidence=(Finding(place.source, text, f"expected {wanted}", (start, len(value))),),
            expected=right,
            got=text,
            symptom=NOT_MAPPED,
            help=(f"write {right}",)
            if in_aws_auth
            else (f"make an access entry for {right}; the principal of an entry cannot be changed",),
            rank=ENTRY + 1,
        )
        return


def _entries(walk: PrincipalWalk) -> Iterator[tuple[str, Finding, bool]]:
    if walk.aws_auth is not None and walk.mode != "API":
        for key, mapping in aws_auth_entries(walk.aws_auth):
            yield mapping.arn, at_arn(walk.aws_auth, key, mapping, "", ""), True
    if walk.mode != "CONFIG_MAP":
        for entry in walk.snapshot.aws.access_entries():
            yield entry.value.principal_arn, Finding(entry.source.at("principalArn"), ""), False
        listed = walk.snapshot.aws.listed_access_entries
        for index, text in enumerate(listed[0] if listed else ()):
            yield text, Finding(listed[1].at("accessEntries", index), ""), False  # type: ignore[index]


def _slip(walk: PrincipalWalk, text: str) -> tuple[str, str, str, str] | None:
    """Return the part that differs, what stands there, what should, and a note."""
    own = walk.principal_arn
    if text != text.strip() or text.strip("\"'") != text:
        stripped = text.strip().strip("\"'")
        if stripped.lower() == walk.principal.arn.lower():
            return (
                "blanks or quotes",
                text,
                walk.principal.arn,
                "Blanks and quotes inside the value are part of the ARN.",
            )
        return None
    arn = Arn.parse(text)
    if arn is None:
        if similar(text, walk.principal.arn):
            return "form", text, walk.principal.arn, "It is no ARN: nothing checks that when it is written."
        return None
    kind, _, rest = arn.resource.partition("/")
    own_kind, _, own_rest = own.resource.partition("/")
    name, wanted = rest.rpartition("/")[2], own_rest.rpartition("/")[2]
    if arn.service != own.service:
        return None
    same_name = name.lower() == wanted.lower()
    if same_name and kind != own_kind:
        return "kind", kind, own_kind, f"A {kind} and a {own_kind} of one name are different principals."
    if kind != own_kind:
        return None
    if same_name and arn.account != own.account:
        return "account", arn.account, own.account, "A role of that name in another account is another role."
    if same_name and arn.partition != own.partition:
        return "partition", arn.partition, own.partition, "Each partition of AWS has its own ARNs."
    if same_name and kind == "user" and rest.lower() != own_rest.lower():
        return "path", rest, own_rest, "The ARN of a user keeps its path, in aws-auth as well."
    if arn.account == own.account and similar(name, wanted):
        note = "IAM Identity Center gave the role a new suffix when the permission set was assigned anew."
        return "name", name, wanted, note if is_sso(wanted) else "Names are compared whole."
    return None
