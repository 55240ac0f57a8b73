"""``trustpath decide token``: a token, a cluster and its clock, and the authenticator's answer, as JSON lines."""

from datetime import UTC, datetime

import msgspec
from msgspec import Raw, Struct

from trustpath.engine.eks.token import Refused, verify


class _Question(Struct):
    token: str
    now: datetime
    partition: str = "aws"
    region: str = ""
    cluster: str = ""


_decode = msgspec.json.Decoder(_Question).decode


def answer(line: Raw) -> dict[str, object]:
    """Answer one line. Raises ValueError (msgspec's) with one sentence where the line has another shape."""
    question = _decode(line)
    now = question.now if question.now.tzinfo else question.now.replace(tzinfo=UTC)
    result = verify(question.token, question.partition, question.region, now)
    if isinstance(result, Refused):
        return {"accepted": False, "step": result.step, "error": result.error}
    return {"accepted": True, "step": None, "error": ""}
