"""``trustpath decide aws-auth``: a ConfigMap and a caller's ARN, and the user that comes of it, as JSON lines."""

import msgspec
from msgspec import Raw, Struct

from trustpath.engine.eks.aws_auth import AwsAuthMapper, Caller, Mapped, TemplateFailed
from trustpath.engine.eks.canonical_arn import canonicalize
from trustpath.facts.aws_auth import read_aws_auth


class _ConfigMap(Struct):
    data: dict[str, str] | None = None


class _Question(Struct):
    configmap: _ConfigMap
    arn: str
    session: str | None = None
    access_key: str | None = None


_decode = msgspec.json.Decoder(_Question).decode


def answer(line: Raw) -> dict[str, object]:
    """Answer one line. Raises ValueError (msgspec's) with one sentence where the line has another shape."""
    question = _decode(line)
    principal = canonicalize(question.arn)
    if isinstance(principal, str):
        return _answer(None, "principal", principal)
    session = principal.session_name if question.session is None else question.session
    mapper = AwsAuthMapper(read_aws_auth(question.configmap.data or {}))
    result = mapper.map(Caller(principal, session, question.access_key or ""))
    if isinstance(result, Mapped):
        return {
            "canonical_arn": principal.arn,
            "mapped": True,
            "username": result.username,
            "groups": list(result.groups),
            "error": None,
            "message": "",
        }
    if isinstance(result, TemplateFailed):
        return _answer(principal.arn, "template", result.error)
    return _answer(principal.arn, "not-mapped", "identity is not mapped")


def _answer(canonical_arn: str | None, error: str, message: str) -> dict[str, object]:
    return {
        "canonical_arn": canonical_arn,
        "mapped": False,
        "username": None,
        "groups": None,
        "error": error,
        "message": message,
    }
