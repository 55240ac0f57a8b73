"""Messages as people paste them: whole, wrapped, coloured, escaped, cut."""

import json
import os
import random
import re
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from trustpath.engine.go_strings import quote, unquote
from trustpath.engine.messages import forbidden
from trustpath.engine.messages.error_table import ROWS, find_row
from trustpath.engine.messages.forbidden import Forbidden
from trustpath.engine.messages.symptom import read_symptom
from trustpath.engine.rbac.request import ResourceRequest, UrlRequest

SAMPLES = dict(
    line.split("\t", 1) for line in (Path(__file__).parent / "samples.tsv").read_text(encoding="utf-8").splitlines()
)
MESSAGE = (
    'workflowtaskresults.argoproj.io "hello-1" is forbidden: User "system:serviceaccount:argo:default" cannot patch '
    'resource "workflowtaskresults" in API group "argoproj.io" in the namespace "argo"'
)
REQUEST = ResourceRequest("patch", "argoproj.io", "workflowtaskresults", "", "argo", "hello-1")
FUZZ = int(os.environ.get("TRUSTPATH_FUZZ", "500"))


@pytest.mark.parametrize("number", [row.number for row in ROWS])
def test_each_sample_is_its_row(number: str) -> None:
    row = find_row(SAMPLES[number])

    assert row is not None
    assert row.number == number


# What each Kubernetes-side row is mostly about.
FIRST = {
    "E003": "token-expired",
    "E004": "token-wrong-partition",
    "E006": "token-wrong-partition",
    "E007": "token-malformed",
    "E012": "token-wrong-cluster",
    "E016": "access-entry-stale-principal",
    "E017": "principal-not-mapped",
    "E018": "aws-auth-node-mapping-overrides-admin",
    "E020": "aws-auth-malformed-entry",
    "E022": "credential-plugin-failing",
    "E032": "token-not-sent",
    "E033": "workload-default-serviceaccount",
    "E035": "access-policy-not-covering",
    "E036": "aws-auth-group-unbound",
    "E037": "aws-auth-wrong-username-or-group",
    "E045": "server-certificate-untrusted",
    "E053": "endpoint-unreachable",
    "E057": "aws-auth-node-role-missing",
    "E111": "access-entry-reserved-group",
}


@pytest.mark.parametrize("number", sorted(SAMPLES))
def test_each_sample_gives_layer_and_causes(number: str) -> None:
    symptom = read_symptom(SAMPLES[number])

    assert symptom is not None
    assert symptom.layer == next(row.layer for row in ROWS if row.number == number)
    assert symptom.says
    assert symptom.check
    if number in FIRST:
        assert symptom.causes[0] == FIRST[number]


@pytest.mark.parametrize(
    "wrapped",
    [
        f"Error from server (Forbidden): {MESSAGE}",
        f'Error from server (Forbidden): error when creating "f.yaml": {MESSAGE}',
        f"E0302 08:00:00.000000  1 r.go:1] pkg/x: Failed to watch *v1alpha1.X: failed to list *v1.X: {MESSAGE}",
        f"rpc error: code = PermissionDenied desc = {MESSAGE}",
        f'time="2026-03-02T08:00:00Z" level=fatal msg={json.dumps(MESSAGE)}',
        f"Error: INSTALLATION FAILED: could not get information about the resource: {MESSAGE}",
        json.dumps({"level": "error", "msg": MESSAGE, "ts": 1}),
        json.dumps(json.dumps({"message": MESSAGE})),
        json.dumps({"kind": "Status", "status": "Failure", "message": MESSAGE, "reason": "Forbidden", "code": 403}),
        f"\x1b[31m│\x1b[0m \x1b[1mError: \x1b[0m{MESSAGE}\x1b[0m",
        "╷\n│ Error: " + MESSAGE.replace(" cannot", "\n│ cannot") + "\n│ \n│   with x,\n╵",
        MESSAGE.replace(" in the", "\n    in the"),
        "\n".join(re.findall(".{1,80}", MESSAGE)),
        MESSAGE.replace('"', "“", 1).replace('"', "”", 1),
        f"> {MESSAGE}",
        f"[ERROR] 2026-03-02 main - {MESSAGE} : retrying",
    ],
)
def test_wrappers_come_off(wrapped: str) -> None:
    read = forbidden.read(wrapped)

    assert read is not None
    assert (read.user, read.request) == ("system:serviceaccount:argo:default", REQUEST)


def test_the_old_form_is_read() -> None:
    read = forbidden.read(
        'workflows.argoproj.io is forbidden: User "system:serviceaccount:argo:argo-ui" cannot list '
        "workflows.argoproj.io at the cluster scope"
    )

    assert read is not None
    assert read.request == ResourceRequest("list", "argoproj.io", "workflows")


def test_a_dangling_role_is_in_the_reason() -> None:
    text = forbidden.write("jane", REQUEST, 'RBAC: clusterrole.rbac.authorization.k8s.io "gone" not found')
    symptom = read_symptom(text)

    assert symptom is not None
    assert symptom.forbidden is not None
    assert symptom.forbidden.reason == 'RBAC: clusterrole.rbac.authorization.k8s.io "gone" not found'
    assert symptom.causes[0] == "rbac-roleref-missing"


@pytest.mark.parametrize(
    ("cut", "known"),
    [
        (MESSAGE[:150], {"user": "system:serviceaccount:argo:default", "verb": "patch", "group": "argoproj.io"}),
        ("…" + MESSAGE[60:], {"verb": "patch", "resource": "workflowtaskresults", "namespace": "argo"}),
        (MESSAGE[:100] + "…" + MESSAGE[130:], {"namespace": "argo", "group": "argoproj.io"}),
    ],
)
def test_what_is_left_of_a_cut_message(cut: str, known: dict[str, str]) -> None:
    read = forbidden.read(cut)

    assert read is not None
    assert {name: getattr(read, name) for name in known} == known
    symptom = read_symptom(cut)
    assert symptom is not None
    assert symptom.layer == "authz"


def test_escalation_is_no_plain_denial() -> None:
    symptom = read_symptom(
        'Error from server (Forbidden): roles.rbac.authorization.k8s.io "ops" is forbidden: user "jane" '
        '(groups=["devs" "system:authenticated"]) is attempting to grant RBAC permissions not currently held:\n'
        '{APIGroups:[""], Resources:["secrets"], Verbs:["get"]}'
    )

    assert symptom is not None
    assert (symptom.kind, symptom.causes) == ("escalation", ("rbac-escalation-prevented",))
    assert symptom.groups == ("devs", "system:authenticated")


@pytest.mark.parametrize(
    "text",
    [
        'pods "x" is forbidden: violates PodSecurity "restricted:latest": privileged',
        'pods "x" is forbidden: exceeded quota: compute, requested: pods=1',
        'admission webhook "validate.example.com" denied the request: no',
        'pods "x" is forbidden: error looking up service account a/b: serviceaccount "b" not found',
        'configmaps "x" is forbidden: unable to create new content in namespace a because it is being terminated',
    ],
)
def test_admission_is_told_apart(text: str) -> None:
    symptom = read_symptom(text)

    assert symptom is not None
    assert (symptom.kind, symptom.http_status) == ("admission", 403)


NAMES = st.text(st.characters(codec="utf-8", exclude_categories=["Cs"]), min_size=1, max_size=20)
WORDS = st.from_regex(r"[a-z][a-z0-9-]{0,10}", fullmatch=True)
REQUESTS = st.one_of(
    st.builds(
        ResourceRequest,
        WORDS,
        st.one_of(st.just(""), st.from_regex(r"[a-z]{1,8}\.k8s\.io", fullmatch=True)),
        WORDS,
        st.one_of(st.just(""), WORDS),
        st.one_of(st.just(""), WORDS),
        st.one_of(st.just(""), st.from_regex(r"[a-z0-9][a-z0-9.:_-]{0,20}", fullmatch=True)),
    ),
    st.builds(UrlRequest, WORDS, st.from_regex(r"/[a-z0-9/&<>-]{0,20}", fullmatch=True)),
)


@given(st.from_regex(r"[^\s\x00-\x1f\x7f“”„‘’\xa0\\\"]{1,40}", fullmatch=True), REQUESTS)
@settings(deadline=None)
def test_what_is_written_is_read_back(user: str, request: ResourceRequest | UrlRequest) -> None:
    read = forbidden.read(forbidden.write(user, request))

    assert read is not None
    assert (read.user, read.request) == (user, request)


@given(NAMES)
def test_quoting_is_undone(text: str) -> None:
    assert unquote(quote(text)[1:-1]) == text


def test_mutated_messages_never_crash() -> None:
    rng = random.Random(6)  # noqa: S311
    texts = [*SAMPLES.values(), MESSAGE, forbidden.write("jane", UrlRequest("get", "/x"))]
    pieces = [
        '"',
        "\\",
        "\x1b[31m",
        "\n",
        "│ ",
        "…",
        "User ",
        "cannot ",
        " is forbidden: ",
        "\x00",
        "&lt;",
        "é",
        "{{",
        "(",
    ]
    understood = 0
    for _ in range(FUZZ):
        text = rng.choice(texts)
        for _ in range(rng.randint(1, 6)):
            at = rng.randint(0, len(text))
            match rng.randint(0, 3):
                case 0:
                    text = text[:at] + rng.choice(pieces) + text[at:]
                case 1:
                    text = text[:at] + text[at + rng.randint(1, 20) :]
                case 2:
                    text = text[:at] + rng.choice(texts)[: rng.randint(0, 60)] + text[at:]
                case _:
                    text = json.dumps(text)
        symptom = read_symptom(text)
        understood += symptom is not None
        if symptom is not None and isinstance(symptom.forbidden, Forbidden):
            assert symptom.layer
    assert understood > FUZZ // 3


@pytest.mark.parametrize("filler", ["a", '"', "\\", 'User "', "is forbidden: ", "│ ", "\x1b[", "a.b-", "cannot "])
def test_long_texts_take_no_longer_than_their_length(filler: str) -> None:
    read_symptom(filler * (200_000 // len(filler)))


PASTED = [
    line.split("\t", 2) for line in (Path(__file__).parent / "pasted.tsv").read_text(encoding="utf-8").splitlines()
]


@pytest.mark.parametrize(("layer", "cause", "text"), PASTED)
def test_what_people_paste(layer: str, cause: str, text: str) -> None:
    symptom = read_symptom(text)

    assert symptom is not None
    assert symptom.layer == layer
    assert cause in symptom.causes[:3]


@pytest.mark.parametrize(
    ("text", "user", "request_"),
    [
        (
            "User system:serviceaccount:a:b cannot list resource csidrivers in API group storage.k8s.io "
            "at the cluster scope",
            "system:serviceaccount:a:b",
            ResourceRequest("list", "storage.k8s.io", "csidrivers"),
        ),
        (
            'pods is forbidden: User &#34;a&#34; cannot list resource &quot;pods&quot; in API group "" '
            'in the namespace "n"',
            "a",
            ResourceRequest("list", "", "pods", "", "n"),
        ),
        (
            "Forbidden (user=system:anonymous, verb=get, resource=nodes, subresource=stats)",
            "system:anonymous",
            ResourceRequest("get", "", "nodes", "stats"),
        ),
        (
            'admission webhook "x.example.com" denied the request: users "jane" is forbidden: User "c" '
            'cannot impersonate resource "users" in API group "" at the cluster scope',
            "c",
            ResourceRequest("impersonate", "", "users", "", "", "jane"),
        ),
    ],
)
def test_other_spellings(text: str, user: str, request_: ResourceRequest) -> None:
    symptom = read_symptom(text)

    assert symptom is not None
    assert symptom.forbidden is not None
    assert (symptom.forbidden.user, symptom.forbidden.request) == (user, request_)


def test_admission_by_its_form() -> None:
    for text in (
        'pods "x" is forbidden: pod.Spec.SecurityContext.RunAsUser is forbidden',
        'pods "x" is forbidden: [minimum cpu usage per Pod is 29m, but request is 1m.]',
    ):
        symptom = read_symptom(text)
        assert symptom is not None
        assert symptom.kind == "admission"
