"""Dumps are recognised by content; what cannot be read is named with its place and costs nothing else."""

import base64
import gzip
import io
import json
import os
from pathlib import Path
from typing import Any

import pytest

from trustpath.errors import InputError
from trustpath.facts.dumps import read_dumps
from trustpath.model.arn import OidcProviderArn, RoleArn
from trustpath.model.fact import Absent, Denied, Known, NotCollected
from trustpath.model.iam import Role
from trustpath.model.policy import PolicyDocument
from trustpath.model.snapshot import Snapshot

ISSUER = "oidc.eks.eu-west-1.amazonaws.com/id/EXAMPLE1"
PROVIDER = OidcProviderArn("aws", "111122223333", ISSUER)
ROLE_ARN = "arn:aws:iam::111122223333:role/checkout"
TRUST: dict[str, Any] = {
    "Version": "2012-10-17",
    "Statement": [
        {"Effect": "Allow", "Principal": {"Federated": str(PROVIDER)}, "Action": "sts:AssumeRoleWithWebIdentity"}
    ],
}
ROLE: dict[str, Any] = {"RoleName": "checkout", "Arn": ROLE_ARN, "AssumeRolePolicyDocument": TRUST}
CALLER = json.dumps({"UserId": "AIDA", "Account": "111122223333", "Arn": "arn:aws:iam::111122223333:user/u"})
POD = "apiVersion: v1\nkind: Pod\nmetadata: {name: a, namespace: ns}\nspec: {containers: [{name: c}]}\n"


def read(folder: Path, **files: str | bytes) -> Snapshot:
    for name, content in files.items():
        path = folder / name.replace("__", ".")
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return read_dumps([str(folder)])[0]


def role_of(snapshot: Snapshot, arn: str = ROLE_ARN) -> Role:
    parsed = RoleArn.parse(arn)
    assert parsed
    found = snapshot.aws.role(parsed)
    assert isinstance(found, Known)
    return found.value.value


# What is recognised


@pytest.mark.parametrize(
    ("answer", "field"),
    [
        ({"Role": ROLE}, "roles"),
        ({"Roles": [ROLE]}, "roles"),
        ({"RoleDetailList": [{**ROLE, "RolePolicyList": [], "AttachedManagedPolicies": []}], "Policies": []}, "roles"),
        ({"RoleName": "r", "PolicyName": "p", "PolicyDocument": TRUST}, "inline_policies"),
        ({"AttachedPolicies": [{"PolicyName": "p", "PolicyArn": "arn:aws:iam::aws:policy/p"}]}, "attachments"),
        ({"PolicyNames": ["p"]}, "inline_policy_names"),
        ({"PolicyVersion": {"Document": TRUST, "VersionId": "v1", "IsDefaultVersion": True}}, "policy_versions"),
        ({"Policy": {"Arn": "arn:aws:iam::aws:policy/p", "DefaultVersionId": "v1"}}, "managed_policies"),
        (
            {
                "Policy": {
                    "PolicySummary": {"Id": "p-1", "Type": "SERVICE_CONTROL_POLICY"},
                    "Content": json.dumps(TRUST),
                }
            },
            "organization_policies",
        ),
        ({"Policy": json.dumps(TRUST)}, "resource_policies"),
        ({"Policy": json.dumps(TRUST), "PolicyName": "default"}, "resource_policies"),
        ({"Attributes": {"QueueArn": "arn:aws:sqs:eu-west-1:1:q", "Policy": json.dumps(TRUST)}}, "resource_policies"),
        ({"Attributes": {"TopicArn": "arn:aws:sns:eu-west-1:1:t", "Policy": json.dumps(TRUST)}}, "resource_policies"),
        ({"ARN": "arn:aws:secretsmanager:…", "Name": "s", "ResourcePolicy": json.dumps(TRUST)}, "resource_policies"),
        ({"OpenIDConnectProviderList": []}, "provider_lists"),
        ({"Url": ISSUER, "ClientIDList": ["sts.amazonaws.com"], "ThumbprintList": []}, "providers"),
        ({"InstanceProfile": {"Arn": "arn:…", "Roles": [{"Arn": ROLE_ARN}]}}, "instance_profiles"),
        ({"UserId": "AIDA", "Account": "111122223333", "Arn": "arn:aws:iam::111122223333:user/u"}, "callers"),
        ({"cluster": {"name": "prod", "arn": "arn:aws:eks:eu-west-1:111122223333:cluster/prod"}}, "clusters"),
        ({"addon": {"addonName": "vpc-cni", "clusterName": "prod", "modifiedAt": 1700000000.5}}, "addons"),
        ({"accessEntry": {"principalArn": ROLE_ARN, "clusterName": "prod"}}, "access_entries"),
        ({"association": {"namespace": "ns", "serviceAccount": "s", "roleArn": ROLE_ARN}}, "associations"),
        ({"associations": [{"namespace": "ns", "serviceAccount": "s"}]}, "associations"),
        (
            {
                "Reservations": [
                    {"Instances": [{"InstanceId": "i-1", "MetadataOptions": {"HttpPutResponseHopLimit": 1}}]}
                ]
            },
            "instances",
        ),
        ({"issuer": "https://example", "jwks_uri": "https://example/jwks"}, "issuers"),
        (TRUST, "policy_versions"),
        ({"apiVersion": "v1", "kind": "Config", "clusters": [], "users": [{"user": {"token": "x"}}]}, "kubeconfigs"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
@pytest.mark.parametrize("form", ["json", "yaml"])
def test_aws_answers(answer: dict[str, Any], field: str, form: str, tmp_path: Path) -> None:
    import yaml

    text = json.dumps(answer, indent=4) if form == "json" else yaml.safe_dump(answer)

    snapshot = read(tmp_path, anything__txt=text)

    assert len(getattr(snapshot._answers, field)) == 1
    assert snapshot.left_out == ()


def test_url_encoded_trust_policy(tmp_path: Path) -> None:
    from urllib.parse import quote

    encoded = {"Role": {**ROLE, "AssumeRolePolicyDocument": quote(json.dumps(TRUST))}}

    trust = role_of(read(tmp_path, role=json.dumps(encoded))).trust

    assert isinstance(trust, PolicyDocument)
    assert trust.statements[0].effect == "Allow"


def test_list_of_mixed_kinds_and_unknown_kinds(tmp_path: Path) -> None:
    items = [
        {"apiVersion": "v1", "kind": "ServiceAccount", "metadata": {"name": "s", "namespace": "ns"}},
        {"apiVersion": "example.com/v1", "kind": "Widget", "metadata": {"name": "w"}},
        {"apiVersion": "example.com/v1", "kind": "Job", "metadata": {"name": "not batch"}, "spec": 5},
    ]

    snapshot = read(tmp_path, objects=json.dumps({"apiVersion": "v1", "kind": "List", "items": items}))

    assert isinstance(snapshot.kubernetes.service_account("ns", "s"), Known)
    assert snapshot._answers.counted == {"Widget": 1, "Job": 1}
    assert snapshot.left_out == ()


def test_pod_list_of_the_api_leaves_the_kind_of_items_out(tmp_path: Path) -> None:
    item = {"metadata": {"name": "a", "namespace": "ns"}, "spec": {"containers": []}}

    snapshot = read(tmp_path, pods=json.dumps({"apiVersion": "v1", "kind": "PodList", "items": [item]}))

    assert isinstance(snapshot.kubernetes.object("Pod", "ns", "a"), Known)


def test_answers_one_after_another_and_in_one_list(tmp_path: Path) -> None:
    stream = json.dumps({"Role": ROLE}, indent=4) + "\n" + json.dumps({"OpenIDConnectProviderList": []}) + "\n"

    snapshot = read(tmp_path, stream=stream, array=json.dumps([{"cluster": {"name": "c"}}]))

    assert len(snapshot._answers.roles) == len(snapshot._answers.provider_lists) == len(snapshot._answers.clusters) == 1


def test_utf16_of_powershell_and_byte_order_marks(tmp_path: Path) -> None:
    snapshot = read(tmp_path, one=json.dumps({"Role": ROLE}).encode("utf-16"), two=b"\xef\xbb\xbf" + POD.encode())

    assert role_of(snapshot).name == "checkout"
    assert isinstance(snapshot.kubernetes.object("Pod", "ns", "a"), Known)


def test_standard_input(monkeypatch: pytest.MonkeyPatch) -> None:
    class Input:
        buffer = io.BytesIO(POD.encode())

    monkeypatch.setattr("sys.stdin", Input())

    assert isinstance(read_dumps(["-"])[0].kubernetes.object("Pod", "ns", "a"), Known)


def test_subject_from_the_files_name(tmp_path: Path) -> None:
    attached = json.dumps({"AttachedPolicies": []})

    snapshot = read(tmp_path, **{"iam-list-attached-role-policies.my.role.json": attached, "other.json": attached})

    assert [item.value.role for item in snapshot._answers.attachments] == ["my.role", ""]


# What silence means


def test_a_list_proves_absence_and_an_answer_about_another_role_does_not(tmp_path: Path) -> None:
    other = RoleArn("aws", "111122223333", "/", "other")
    one = read(tmp_path, get_role=json.dumps({"Role": ROLE}))
    assert isinstance(one.aws.role(other), NotCollected)

    listed = read(tmp_path, list_roles=json.dumps({"Roles": [ROLE]}))
    assert isinstance(listed.aws.role(other), Absent)
    assert isinstance(listed.aws.role(RoleArn("aws", "999988887777", "/", "other")), NotCollected)


@pytest.mark.parametrize("more", [{"IsTruncated": True}, {"Marker": "x"}, {"NextToken": "x"}])
def test_a_page_of_a_list_proves_nothing(more: dict[str, Any], tmp_path: Path) -> None:
    snapshot = read(tmp_path, roles=json.dumps({"Roles": [ROLE], **more}))

    assert isinstance(snapshot.aws.role(RoleArn("aws", "111122223333", "/", "other")), NotCollected)


def test_an_empty_list_is_of_the_account_that_all_answers_name(tmp_path: Path) -> None:
    empty = json.dumps({"OpenIDConnectProviderList": []})
    assert isinstance(read(tmp_path, list=empty).aws.oidc_provider(PROVIDER), NotCollected)

    known = read(tmp_path, role=json.dumps({"Role": ROLE}))
    assert isinstance(known.aws.oidc_provider(PROVIDER), Absent)

    elsewhere = json.dumps({"Role": {**ROLE, "Arn": "arn:aws:iam::999988887777:role/x"}})
    assert isinstance(read(tmp_path, other=elsewhere).aws.oidc_provider(PROVIDER), NotCollected)


def test_provider_details_that_disagree_are_not_guessed(tmp_path: Path) -> None:
    def details(*ids: str) -> str:
        return json.dumps({"Url": ISSUER, "ClientIDList": ids})

    arns = [str(PROVIDER), str(OidcProviderArn("aws", "999988887777", ISSUER))]
    listed = json.dumps({"OpenIDConnectProviderList": [{"Arn": arn} for arn in arns]})

    snapshot = read(tmp_path, list=listed, one=details("sts.amazonaws.com"), two=details("other"))
    found = snapshot.aws.oidc_provider(PROVIDER)
    assert isinstance(found, Known)
    assert found.value.details is None
    assert found.value.disagree


@pytest.mark.parametrize("order", [("one", "two"), ("two", "one")])
def test_answers_of_aws_that_disagree_are_not_guessed(order: tuple[str, str], tmp_path: Path) -> None:
    other = {**ROLE, "AssumeRolePolicyDocument": {**TRUST, "Version": "2008-10-17"}}
    clusters = [
        {"cluster": {"name": "prod", "arn": "arn:aws:eks:eu-west-1:111122223333:cluster/prod", "version": version}}
        for version in ("1.33", "1.34")
    ]
    files = {
        order[0]: json.dumps([{"Role": ROLE}, clusters[0]]),
        order[1]: json.dumps([{"Role": other}, clusters[1]]),
    }

    snapshot = read(tmp_path, **files)

    role = snapshot.aws.role(RoleArn("aws", "111122223333", "/", "checkout"))
    for fact in (role, snapshot.aws.cluster(), snapshot.issuer()):
        assert isinstance(fact, NotCollected)
        assert "one" in fact.what
        assert "two" in fact.what
        assert "different content" in fact.what


def test_errors_of_the_tools_are_facts(tmp_path: Path) -> None:
    snapshot = read(
        tmp_path,
        a="An error occurred (NoSuchEntity) when calling the GetRole operation: "
        "The role with name checkout cannot be found.\n",
        b="An error occurred (AccessDenied) when calling the ListOpenIDConnectProviders operation: "
        "User: arn:aws:iam::1:user/u is not authorized to perform: iam:ListOpenIDConnectProviders on resource: *",
        caller=CALLER,
        c='Error from server (NotFound): serviceaccounts "checkout" not found\n',
        d="Error from server (Forbidden): mutatingwebhookconfigurations.admissionregistration.k8s.io is forbidden: User"
        ' "u" cannot list resource "mutatingwebhookconfigurations" in API group "admissionregistration.k8s.io" at the'
        " cluster scope\n",
    )

    assert isinstance(snapshot.aws.role(RoleArn("aws", "111122223333", "/", "checkout")), Absent)
    assert isinstance(snapshot.aws.oidc_provider(PROVIDER), Denied)
    assert isinstance(snapshot.kubernetes.service_account("ns", "checkout"), Absent)
    refused = snapshot.kubernetes.objects("MutatingWebhookConfiguration")
    assert isinstance(refused, Denied)
    assert refused.permission == "get mutatingwebhookconfigurations"


def test_an_error_as_json(tmp_path: Path) -> None:
    error = {"Error": {"Code": "NoSuchEntity", "Message": "The role with name checkout cannot be found."}}

    alone = read(tmp_path, error=json.dumps(error))
    assert isinstance(alone.aws.role(RoleArn("aws", "111122223333", "/", "checkout")), NotCollected)

    snapshot = read(tmp_path, caller=CALLER)
    assert isinstance(snapshot.aws.role(RoleArn("aws", "111122223333", "/", "checkout")), Absent)


def test_a_kind_is_collected_only_where_the_dump_shows_it(tmp_path: Path) -> None:
    narrow = read(tmp_path, pod=POD)
    assert isinstance(narrow.kubernetes.service_account("ns", "s"), NotCollected)
    assert isinstance(narrow.kubernetes.objects("MutatingWebhookConfiguration"), NotCollected)

    account = "apiVersion: v1\nkind: ServiceAccount\nmetadata: {name: other, namespace: ns}\n"
    same_namespace = read(tmp_path, account=account)
    assert same_namespace.kubernetes.service_account("ns", "s") == Absent(
        "ServiceAccount ns/s", "it is not among the serviceaccounts of the dump", implied=True
    )
    assert isinstance(same_namespace.kubernetes.service_account("elsewhere", "s"), NotCollected)

    default = "apiVersion: v1\nkind: ServiceAccount\nmetadata: {name: default, namespace: ns}\n"
    listed = read(tmp_path, default=default).kubernetes.service_account("ns", "s")
    assert isinstance(listed, Absent)
    assert not listed.implied

    whole = read(tmp_path, node="apiVersion: v1\nkind: Node\nmetadata: {name: node-1}\n")
    implied = whole.kubernetes.objects("MutatingWebhookConfiguration")
    assert isinstance(implied, Absent)
    assert implied.implied


def test_a_file_that_was_left_out_takes_absence_away(tmp_path: Path) -> None:
    node = "apiVersion: v1\nkind: Node\nmetadata: {name: node-1}\n"

    snapshot = read(tmp_path, pod=POD, node=node, broken__json='{"apiVersion": "v1", "kind": "Li')

    assert isinstance(snapshot.kubernetes.object("Pod", "ns", "a"), Known)
    assert isinstance(snapshot.kubernetes.service_account("ns", "s"), NotCollected)


def test_two_versions_of_an_object_are_not_guessed(tmp_path: Path) -> None:
    def account(role: str) -> str:
        return (
            "apiVersion: v1\nkind: ServiceAccount\nmetadata:\n  name: s\n  namespace: ns\n"
            f"  annotations: {{eks.amazonaws.com/role-arn: '{role}'}}\n"
        )

    same = read(tmp_path, one=account("a"), two=account("a"))
    assert isinstance(same.kubernetes.service_account("ns", "s"), Known)

    other = read(tmp_path, three=account("b"))
    found = other.kubernetes.service_account("ns", "s")
    assert isinstance(found, NotCollected)
    assert "different content" in found.what
    assert "one" in found.what
    assert "three" in found.what


# Secrets


def test_secret_data_and_values_of_other_variables_are_dropped(tmp_path: Path) -> None:
    secret = base64.b64encode(b"hunter2").decode()
    objects = (
        f"apiVersion: v1\nkind: Secret\nmetadata: {{name: s, namespace: ns}}\ndata: {{k: {secret}}}\n---\n"
        "apiVersion: v1\nkind: Pod\nmetadata: {name: a, namespace: ns}\nspec:\n  containers:\n  - name: c\n"
        "    command: [run, --password=hunter2]\n    env:\n    - {name: AWS_SECRET_ACCESS_KEY, value: hunter2}\n"
        "    - {name: AWS_REGION, value: eu-west-1}\n"
    )

    snapshot = read(tmp_path, objects=objects)

    found = snapshot.kubernetes.object("Pod", "ns", "a")
    assert isinstance(found, Known)
    container = found.value.value.spec.containers[0]
    assert [variable.value for variable in container.env] == [None, "eu-west-1"]
    assert "hunter2" not in repr(snapshot._answers.objects)
    assert secret not in repr(snapshot._answers.objects)


def test_only_annotations_that_the_rules_know_are_kept(tmp_path: Path) -> None:
    applied = '{"spec":{"containers":[{"env":[{"name":"P","value":"hunter2"}]}]}}'
    text = (
        "apiVersion: v1\nkind: Pod\nmetadata:\n  name: p\n  annotations:\n"
        f"    kubectl.kubernetes.io/last-applied-configuration: '{applied}'\n"
        "    eks.amazonaws.com/skip-containers: a\nspec: {}\n"
    )

    snapshot = read(tmp_path, pod__yaml=text)

    assert "hunter2" not in repr(snapshot._answers)
    (_, located), *_ = snapshot._answers.objects
    assert located.value.metadata.annotation("eks.amazonaws.com/skip-containers") == "a"


def test_numbers_of_any_length(tmp_path: Path) -> None:
    digits = "9" * 5000
    text = f"apiVersion: v1\nkind: Pod\nmetadata: {{name: p, annotations: {{a: '{digits}'}}}}\nspec: {{}}\n"

    snapshot = read(tmp_path, pod__yaml=text, other__json=f'{{"kind": "Pod", "x": {digits}}}')

    assert len(snapshot._answers.objects) == 1


def test_a_file_whose_name_is_no_text(tmp_path: Path) -> None:
    Path(os.fsdecode(os.fsencode(tmp_path) + b"/\xff.yaml")).write_text("kind: [\n")
    (tmp_path / "pod.yaml").write_text(POD)

    snapshot, _ = read_dumps([str(tmp_path)])

    (left_out,) = snapshot.left_out
    left_out.file.encode()  # can be printed


def test_tokens_become_claims_and_are_blacked_out_in_logs(tmp_path: Path) -> None:
    claims = {"iss": f"https://{ISSUER}", "sub": "system:serviceaccount:ns:s", "aud": ["sts.amazonaws.com"], "exp": 1}
    parts = [
        base64.urlsafe_b64encode(json.dumps(part).encode()).decode().rstrip("=") for part in ({"alg": "RS256"}, claims)
    ]
    token = ".".join([*parts, "c2lnbmF0dXJl"])

    snapshot = read(tmp_path, token=token + "\n", log=f"AccessDenied for {token} and k8s-aws-v1.aHR0cHM6Ly9zdHM\n")

    assert snapshot._answers.tokens[0].value.audiences == ("sts.amazonaws.com",)
    issuer = snapshot.issuer()
    assert isinstance(issuer, Known)
    assert issuer.value.value == f"https://{ISSUER}"
    (line,) = snapshot._answers.log_lines
    assert line.value.text == "AccessDenied for <token> and <token>"
    assert token not in repr(snapshot._answers)


def test_logs_of_both_kinds(tmp_path: Path) -> None:
    bracketed = "[2020/10/16 09:52:24] [error] [output:es:es.3] HTTP status=403: not authorized to perform\n"
    lines = '{"level":"info"}\n{"level":"error","msg":"AccessDenied: Not authorized to perform sts:AssumeRole"}\n'

    snapshot = read(tmp_path, a__log=bracketed, b__log=lines)

    assert [item.value.number for item in snapshot._answers.log_lines] == [1, 2]
    assert [item.value.subject for item in snapshot._answers.log_lines] == ["a.log", "b.log"]
    assert snapshot.left_out == ()


# Bad input


BAD: dict[str, tuple[bytes, str, int, int]] = {
    "cut off": (b'{"apiVersion": "v1", "kind": "List",\n "items": [', "cut off", 2, 12),
    "not JSON": (b'{"Role": {"Arn": nope}}', "not JSON", 1, 19),
    "not YAML": (b"apiVersion: v1\nkind: Pod\nmetadata: {name: [}\n", "not YAML", 3, 19),
    "tab": (b"apiVersion: v1\nkind: Pod\nmetadata:\n\tname: a\n", "not YAML", 4, 1),
    "binary": (b"\x7fELF\0\0\0\0", "binary", 0, 0),
    "packed": (gzip.compress(POD.encode() * 200), "binary", 0, 0),
    "empty": (b"  \n", "empty", 0, 0),
    "deep JSON": (b'{"kind": ' + b"[" * 100_000 + b"]" * 100_000 + b"}", "nested too deeply", 1, 1),
    "deep YAML": (b"kind: " + b"[" * 5000 + b"]" * 5000, "nesting depth", 1, 1006),
    "wrong type": (
        b"apiVersion: v1\nkind: ServiceAccount\nmetadata:\n  name: s\n  annotations:\n    a: yes\n",
        "this ServiceAccount is not valid: expected a text, got true or false",
        5,
        3,
    ),
    "wrong answer": (b'{"Roles": [\n {"RoleName": 5}]}', "`Roles` has another form than AWS gives it", 1, 2),
    "no name": (b"apiVersion: v1\nkind: Pod\nmetadata: {}\nspec: {}\n", "this Pod has no name", 3, 1),
    "not UTF-8": (b"apiVersion: v1\nkind: \xc3\x28\n", "not YAML", 2, 8),
}


@pytest.mark.parametrize("name", BAD)
def test_bad_file_alone(name: str, tmp_path: Path) -> None:
    content, says, line, column = BAD[name]
    path = tmp_path / "bad"
    path.write_bytes(content)

    with pytest.raises(InputError) as error:
        read_dumps([str(path)])

    place = f"{path}:{line}:{column}: " if line else f"{path}: "
    assert error.value.message.startswith(place), error.value.message
    assert says in error.value.message
    assert error.value.hint


@pytest.mark.parametrize("name", BAD)
def test_bad_file_beside_good_ones(name: str, tmp_path: Path) -> None:
    content, says, line, column = BAD[name]

    snapshot = read(tmp_path, bad=content, good=POD)

    assert isinstance(snapshot.kubernetes.object("Pod", "ns", "a"), Known)
    (left_out,) = snapshot.left_out
    assert says in left_out.problem
    assert (left_out.line, left_out.column) == (line, column)


def test_one_bad_item_of_a_list_costs_only_itself(tmp_path: Path) -> None:
    good = {"apiVersion": "v1", "kind": "ServiceAccount", "metadata": {"name": "s", "namespace": "ns"}}
    bad = {"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "a"}, "spec": {"containers": "none"}}
    listing = json.dumps({"apiVersion": "v1", "kind": "List", "items": [bad, good]}, indent=1)

    snapshot = read(tmp_path, list=listing)

    assert isinstance(snapshot.kubernetes.service_account("ns", "s"), Known)
    (left_out,) = snapshot.left_out
    assert listing.splitlines()[left_out.line - 1].strip() == '"containers": "none"'


def test_paths_that_are_not_there_or_hold_nothing(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="no such file or directory"):
        read_dumps([str(tmp_path / "nowhere")])
    with pytest.raises(InputError, match="there is no file to read"):
        read_dumps([str(tmp_path)])
    (tmp_path / "notes.txt").write_text("nothing to see\n")
    with pytest.raises(InputError, match="holds no facts"):
        read_dumps([str(tmp_path)])


@pytest.mark.skipif(os.geteuid() == 0, reason="root reads every file")
def test_unreadable_file(tmp_path: Path) -> None:
    (tmp_path / "closed").write_text(POD)
    (tmp_path / "closed").chmod(0)

    with pytest.raises(InputError, match="permission denied"):
        read_dumps([str(tmp_path)])


def test_too_large(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("trustpath.facts.dumps.MAX_FILE", 10)
    (tmp_path / "large").write_text(POD)
    with pytest.raises(InputError, match="larger than"):
        read_dumps([str(tmp_path)])

    monkeypatch.undo()
    monkeypatch.setattr("trustpath.facts.dumps.MAX_YAML", 10)
    with pytest.raises(InputError, match="YAML larger than"):
        read_dumps([str(tmp_path)])


def test_hidden_files_and_folders_are_not_facts(tmp_path: Path) -> None:
    (tmp_path / ".git").mkdir()
    (tmp_path / ".git" / "index").write_bytes(b"\0\0")
    (tmp_path / "pod.yaml").write_text(POD)

    assert read_dumps([str(tmp_path)])[0].left_out == ()


def test_the_same_file_twice(tmp_path: Path) -> None:
    (tmp_path / "pod.yaml").write_text(POD)

    snapshot, _ = read_dumps([str(tmp_path), str(tmp_path / "pod.yaml")])

    assert snapshot._answers.files == 1


@pytest.mark.parametrize(
    ("content", "says"),
    [
        ("NAME     READY   STATUS\nloki-0   1/1     Running\n", "a table of kubectl"),
        ("NAMESPACE   NAME\nx   y\n", "a table of kubectl"),
        ("error: You must be logged in to the server (Unauthorized)\n", "an error of kubectl"),
        ("No resources found in monitoring namespace.\n", "kubectl found nothing"),
        ("-----------------------\n|       GetRole       |\n", "a table of the AWS CLI"),
        ("a: [\n", "not YAML"),
    ],
)
def test_what_people_save_by_mistake(content: str, says: str, tmp_path: Path) -> None:
    path = tmp_path / "kubernetes.yaml"
    path.write_text(content)

    with pytest.raises(InputError) as error:
        read_dumps([str(path)])

    assert says in error.value.message
    assert error.value.hint


def test_a_log_that_starts_like_a_list_is_not_left_out(tmp_path: Path) -> None:
    snapshot = read(tmp_path, pod=POD, a__log="[2020/10/16 09:52:24] [error] nothing that tells of a denial\n")

    assert snapshot.left_out == ()
