"""What IAM refuses in a trust policy although other policies may have it (iam-evaluation 1.4, S16)."""

from trustpath.model.policy import MalformedPolicy, PolicyDocument


def fault(document: PolicyDocument) -> MalformedPolicy | None:
    """Return the first element for which IAM refuses the document as a trust policy."""
    for statement in document.statements:
        if statement.resources is not None or statement.not_resources is not None:
            element = "Resource" if statement.resources is not None else "NotResource"
            return MalformedPolicy(f"a trust policy has no `{element}`", (*statement.path, element))
        if statement.not_principals is not None:
            return MalformedPolicy("a trust policy has no `NotPrincipal`", (*statement.path, "NotPrincipal"))
        if statement.principals is None:
            return MalformedPolicy("a statement has no `Principal`", statement.path)
        for entry in statement.principals:
            if entry.kind == "*":
                return MalformedPolicy("`Principal` is a bare star", entry.path)
    return None
