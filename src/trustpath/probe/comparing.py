"""What the pod showed, set against what the facts predicted, link by link."""

import re

import msgspec
from msgspec import Struct

from trustpath.engine.messages.symptom import Symptom, read_symptom
from trustpath.model.probe import SCHEMA_VERSION, Compared, Observed, Output, ProbeReport
from trustpath.model.trace import Outcome, Trace

_ROLE = re.compile(r"arn:[\w-]+:sts::\d{12}:assumed-role/(?P<role>[\w+=,.@-]+)/(?P<session>[\w+=,.@-]+)")
_FORBIDDEN = re.compile(r"An error occurred \((?:403|AccessDenied\w*|UnauthorizedOperation)\)")
_ENDINGS = {
    "not-created": "the cluster did not take the test pod",
    "image": "the test pod's image could not be pulled",
    "unschedulable": "the test pod found no node",
    "timeout": "the test pod did not end in time",
    "refused": "the test pod's output could not be read",
}


class _Caller(Struct, rename="pascal"):
    arn: str


def compare(subject: str, pod: str, observed: Observed, trace: Trace, role: str, left_behind: str) -> ProbeReport:
    """Return the answer. ``trace`` is the prediction, ``role`` the name of the role that it expects, empty for none."""
    if observed.ending != "ran":
        summary = f"nothing was tried: {_ENDINGS[observed.ending]}: {observed.said}"
        return ProbeReport(
            SCHEMA_VERSION, subject, pod, "unknown", trace.outcome, summary, (), observed, left_behind=left_behind
        )
    links: list[Compared] = []
    causes: tuple[str, ...] = ()
    identity, *calls = observed.outputs
    arn = caller_arn(identity)
    found = _ROLE.fullmatch(arn)
    expected = f"role {role}" if role else "no role of its own"
    gets_role = _state(trace, before_permissions=True)
    if arn:
        seen = f"role {found['role']}" if found else arn
        wanted = bool(found and found["role"] == role)
        links.append(Compared("identity", _predicted(expected, gets_role), seen, _agrees(gets_role, wanted)))
    else:
        symptom = read_symptom(identity.text)
        causes = symptom.causes if symptom else ()
        seen = _said(identity, symptom)
        links.append(Compared("identity", _predicted(expected, gets_role), seen, _agrees(gets_role, gets=False)))
    outcome: Outcome = "allowed" if found and found["role"] == role else "denied"
    for output in calls:
        verdict, symptom = _verdict(output)
        state = _state(trace, before_permissions=False)
        causes = causes or (symptom.causes if symptom and verdict == "denied" else ())
        seen = "the call went through" if verdict == "allowed" else _said(output, symptom)
        predicted = {"allowed": "allowed", "denied": "denied"}.get(state, "not known")
        agrees = None if verdict == "unknown" else _agrees(state, verdict == "allowed")
        links.append(Compared("permissions", predicted, seen, agrees))
        outcome = verdict if outcome == "allowed" else outcome
    differs = [link.link for link in links if link.agrees is False]
    summary = f"the pod acts as {links[0].seen}" if arn else f"the pod has no credentials: {links[0].seen}"
    if calls:
        summary += f"; {links[-1].seen}"
    if differs:
        summary += f". The prediction was another one ({', '.join(differs)}): a finding of its own"
    return ProbeReport(
        SCHEMA_VERSION, subject, pod, outcome, trace.outcome, summary, tuple(links), observed, causes, left_behind
    )


def _verdict(output: Output) -> tuple[Outcome, Symptom | None]:
    """Return what a call shows: a refusal denies; that nothing is there, or no answer came, shows nothing."""
    if output.exit_code == 0:
        return "allowed", None
    symptom = read_symptom(output.text)
    refused = (symptom is not None and symptom.refusal is not None) or _FORBIDDEN.search(output.text) is not None
    return ("denied" if refused else "unknown"), symptom


def caller_arn(output: Output) -> str:
    """Return the ARN that STS told, empty where it told none."""
    try:
        return msgspec.json.decode(output.text, type=_Caller).arn
    except (msgspec.DecodeError, RecursionError):
        return ""


def _state(trace: Trace, *, before_permissions: bool) -> Outcome:
    """Return what the links up to the permissions say together, or with them."""
    states = {link.state for link in trace.links if not (before_permissions and link.id == "permissions")}
    if "broken" in states:
        return "denied"
    return "allowed" if states <= {"ok", "not-applicable"} else "unknown"


def _predicted(expected: str, state: Outcome) -> str:
    return {"allowed": expected, "denied": f"not {expected}"}.get(state, f"perhaps {expected}")


def _agrees(state: Outcome, gets: bool) -> bool | None:
    return None if state == "unknown" else (state == "allowed") == gets


def _said(output: Output, symptom: Symptom | None) -> str:
    last = output.text.strip().splitlines()[-1] if output.text.strip() else f"exit code {output.exit_code}"
    return f"{symptom.says} ({last[:300]})" if symptom else last[:300]
