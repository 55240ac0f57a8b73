"""The engines that look at a pod: the webhook, the token file, the age of a binding, the credential chain."""

from typing import Any

import msgspec
import pytest

from trustpath.engine import webhook
from trustpath.engine.binding_age import BindingAge, binding_age, is_later
from trustpath.engine.credentials.environment import credentials
from trustpath.engine.projected_token import TokenFile, readable, token_file
from trustpath.engine.webhook import Injection
from trustpath.model.kubernetes import Container, Metadata, PodSpec, Webhook

ROLE = "arn:aws:iam::111122223333:role/checkout"


def metadata(**annotations: str) -> Metadata:
    return Metadata(
        name="x", annotations={key.replace("__", "/").replace("_", "-"): v for key, v in annotations.items()}
    )


def account(**values: str) -> Metadata:
    return Metadata(
        name="s", annotations={f"eks.amazonaws.com/{key.replace('_', '-')}": v for key, v in values.items()}
    )


@pytest.mark.parametrize(
    ("of_account", "of_pod", "expected"),
    [
        ({}, {}, None),
        ({"role_arn": ""}, {}, None),
        ({"role_arn": ROLE}, {}, Injection(ROLE, "sts.amazonaws.com", 86400)),
        ({"role_arn": " x "}, {}, Injection(" x ", "sts.amazonaws.com", 86400)),
        ({"role_arn": ROLE, "audience": "mine"}, {}, Injection(ROLE, "mine", 86400)),
        ({"role_arn": ROLE, "token_expiration": "3600"}, {}, Injection(ROLE, "sts.amazonaws.com", 3600)),
        ({"role_arn": ROLE, "token_expiration": "60"}, {}, Injection(ROLE, "sts.amazonaws.com", 600)),
        ({"role_arn": ROLE, "token_expiration": "soon"}, {}, Injection(ROLE, "sts.amazonaws.com", 86400)),
        (
            {"role_arn": ROLE, "token_expiration": "3600"},
            {"token_expiration": "7200"},
            Injection(ROLE, "sts.amazonaws.com", 7200),
        ),
        ({}, {"role_arn": ROLE}, None),  # W2: never read on the pod
    ],
)
def test_injection(of_account: dict[str, str], of_pod: dict[str, str], expected: Injection | None) -> None:
    assert webhook.injection(account(**of_account), account(**of_pod)) == expected


def container(name: str = "app", **fields: Any) -> Container:
    return msgspec.json.decode(msgspec.json.encode({"name": name, **fields}), type=Container)


@pytest.mark.parametrize(
    ("skip", "env", "expected"),
    [
        ("", [], ""),
        ("app", [], "skip-containers"),
        ("other,app", [], "skip-containers"),
        ("other, app", [], ""),  # spaces count
        ('"app', [], ""),  # a record that does not parse skips nothing
        ("", ["AWS_ROLE_ARN"], "variables-set"),
        ("", ["AWS_WEB_IDENTITY_TOKEN_FILE"], "variables-set"),
        ("", ["AWS_ACCESS_KEY_ID", "AWS_REGION"], ""),  # W9
    ],
)
def test_skipped(skip: str, env: list[str], expected: str) -> None:
    one = container(env=[{"name": name, "value": "x"} for name in env], envFrom=[{"secretRef": {"name": "s"}}])

    assert webhook.skipped(one, account(skip_containers=skip)) == expected


def hook(**fields: Any) -> Webhook:
    rule = {"operations": ["CREATE"], "apiGroups": [""], "apiVersions": ["v1"], "resources": ["pods"], "scope": "*"}
    return msgspec.convert({"name": "iam-for-pods.amazonaws.com", "rules": [rule], **fields}, Webhook)


EXCLUDE = {"matchExpressions": [{"key": "eks.amazonaws.com/skip-pod-identity-webhook", "operator": "DoesNotExist"}]}


@pytest.mark.parametrize(
    ("fields", "labels", "namespace", "expected"),
    [
        ({}, {}, None, True),
        ({"rules": []}, {}, None, False),
        ({"rules": [{"operations": ["UPDATE"], "apiGroups": [""], "apiVersions": ["v1"], "resources": ["pods"]}]},
         {}, None, False),
        ({"rules": [{"operations": ["*"], "apiGroups": ["*"], "apiVersions": ["*"], "resources": ["*/*"]}]},
         {}, None, True),
        ({"objectSelector": EXCLUDE}, {}, None, True),
        ({"objectSelector": EXCLUDE}, {"eks.amazonaws.com/skip-pod-identity-webhook": ""}, None, False),
        ({"objectSelector": {"matchLabels": {"a": "b"}}}, {"a": "b"}, None, True),
        ({"objectSelector": {"matchLabels": {"a": "b"}}}, {"a": "c"}, None, False),
        ({"namespaceSelector": {}}, {}, None, True),
        ({"namespaceSelector": {"matchLabels": {"irsa": "on"}}}, {}, None, None),
        ({"namespaceSelector": {"matchLabels": {"irsa": "on"}}}, {}, {"irsa": "on"}, True),
        ({"namespaceSelector": {"matchLabels": {"irsa": "on"}}}, {}, {}, False),
        ({"namespaceSelector": {"matchExpressions": [{"key": "a", "operator": "In", "values": ["x"]}]}},
         {}, {"a": "x"}, True),
        ({"namespaceSelector": {"matchExpressions": [{"key": "a", "operator": "NotIn", "values": ["x"]}]}},
         {}, {}, True),
        ({"namespaceSelector": {"matchExpressions": [{"key": "a", "operator": "Exists"}]}}, {}, {}, False),
    ],
)  # fmt: skip
def test_called_for(
    fields: dict[str, Any], labels: dict[str, str], namespace: dict[str, str] | None, expected: bool | None
) -> None:
    assert webhook.called_for(hook(**fields), Metadata(name="p", labels=labels), namespace) is expected


def test_which_webhooks_are_the_pod_identity_webhook() -> None:
    assert webhook.is_pod_identity_webhook(hook())
    assert webhook.is_pod_identity_webhook(hook(name="pod-identity-webhook.amazonaws.com"))
    assert not webhook.is_pod_identity_webhook(hook(name="sidecar-injector.istio.io"))


AT = "/var/run/secrets/eks.amazonaws.com/serviceaccount"


def spec(volume: dict[str, Any] | None, *, mount: str = AT, **fields: Any) -> PodSpec:
    return msgspec.convert(
        {
            "containers": [
                {"name": "app", "volumeMounts": [{"name": "v", "mountPath": mount, **fields.pop("mounted", {})}]}
            ],
            "volumes": [{"name": "other"}, *([{"name": "v", **volume}] if volume is not None else [])],
            **fields,
        },
        PodSpec,
    )


def projected(**token: Any) -> dict[str, Any]:
    return {
        "projected": {
            "sources": [
                {"configMap": {"items": [{"path": "ca.crt"}]}},
                {"serviceAccountToken": {"path": "token", **token}},
            ]
        }
    }


@pytest.mark.parametrize(
    ("pod", "path", "expected"),
    [
        (spec(projected(audience="sts.amazonaws.com", expirationSeconds=86400)), f"{AT}/token",
         TokenFile("projected", "sts.amazonaws.com", 86400, 1, 1)),
        (spec(projected(audience="a")), f"{AT}//./token", TokenFile("projected", "a", 3600, 1, 1)),
        (spec(projected(audience="a")), "C:\\var\\run\\secrets\\eks.amazonaws.com\\serviceaccount\\token",
         TokenFile("projected", "a", 3600, 1, 1)),
        (spec(projected()), f"{AT}/token", TokenFile("projected", "", 3600, 1, 1)),
        (spec(projected(audience="a")), f"{AT}/other", TokenFile("missing", volume=1)),
        (spec(projected(audience="a")), "/elsewhere/token", TokenFile("missing")),
        (spec(projected(audience="a")), f"{AT}x/token", TokenFile("missing")),
        (spec(None), f"{AT}/token", TokenFile("missing")),
        (spec({"projected": {"sources": [{"secret": {"items": [{"path": "token"}]}}]}}), f"{AT}/token",
         TokenFile("other", volume=1)),
        (spec({"projected": {"sources": [{"configMap": {}}]}}), f"{AT}/token", TokenFile("other", volume=1)),
        (spec({"secret": {"secretName": "s"}}), f"{AT}/token", TokenFile("secret", volume=1)),
        (spec({"secret": {"secretName": "s"}}), f"{AT}/jwt", TokenFile("secret", volume=1)),
        (spec({"emptyDir": {}}), f"{AT}/token", TokenFile("other", volume=1)),
        (spec(projected(audience="a"), mount=f"{AT}/token", mounted={"subPath": "token"}), f"{AT}/token",
         TokenFile("projected", "a", 3600, 1, 1, True)),
        (spec(projected(audience="a"), mount="/"), "/token", TokenFile("projected", "a", 3600, 1, 1)),
    ],
)  # fmt: skip
def test_token_file(pod: PodSpec, path: str, expected: TokenFile) -> None:
    assert token_file(pod, pod.all_containers[0], path) == expected


@pytest.mark.parametrize(
    ("security", "own", "version", "expected"),
    [
        (None, None, "1.33", True),
        ({"runAsUser": 1001}, None, "v1.19.0-eks", True),
        ({"runAsUser": 1001}, None, "v1.18.9-eks", False),
        ({"runAsUser": 1001, "fsGroup": 1001}, None, "1.18", True),
        ({"runAsUser": 0}, None, "1.18", True),
        ({"runAsUser": 1001}, {"runAsUser": 0}, "1.18", True),
        ({"runAsUser": 0}, {"runAsUser": 1001}, "1.18", False),
        ({"runAsNonRoot": True}, None, "1.18", False),
        (None, {"runAsNonRoot": True}, "1.18", False),
        (None, None, "1.18", None),  # the image decides
        ({"runAsUser": 1001}, None, "", None),
    ],
)
def test_readable(
    security: dict[str, Any] | None, own: dict[str, Any] | None, version: str, expected: bool | None
) -> None:
    pod = msgspec.convert(
        {"containers": [{"name": "app", "securityContext": own}], "securityContext": security}, PodSpec
    )

    assert readable(pod, pod.all_containers[0], version) is expected


def test_a_projected_api_token_shows_a_newer_version() -> None:
    volume = {"name": "kube-api-access-x", "projected": {"sources": [{"serviceAccountToken": {"path": "token"}}]}}
    pod = msgspec.convert(
        {"containers": [{"name": "app"}], "securityContext": {"runAsUser": 1}, "volumes": [volume]}, PodSpec
    )

    assert readable(pod, pod.all_containers[0], "") is True


POD = "2026-03-02T09:00:00Z"
BEFORE, AFTER = "2026-03-02T08:00:00+00:00", "2026-03-02T10:00:00Z"
ONLY: dict[str, Any] = {"f:metadata": {"f:annotations": {".": {}, "f:eks.amazonaws.com/role-arn": {}}}}
MORE: dict[str, Any] = {"f:metadata": {"f:annotations": {"f:eks.amazonaws.com/role-arn": {}, "f:other": {}}}}


def service_account(created: str | None, fields: dict[str, Any] | None = None, time: str = "") -> Metadata:
    entries = [{"manager": "m", "time": time, "fieldsV1": fields}] if fields else []
    data = msgspec.json.encode({"name": "s", "creationTimestamp": created, "managedFields": entries})
    return msgspec.json.decode(data, type=Metadata)


@pytest.mark.parametrize(
    ("of_account", "addons", "injected", "expected"),
    [
        (service_account(AFTER), [], "", BindingAge("newer", True, AFTER)),
        (service_account(BEFORE), [], "", BindingAge("not-known", False, "")),
        (service_account(None), [], "", BindingAge("not-known", False, "")),
        (service_account(BEFORE, ONLY, AFTER), [], "", BindingAge("newer", True, AFTER)),
        (service_account(BEFORE, MORE, AFTER), [], "", BindingAge("newer", False, AFTER)),
        (service_account(BEFORE, MORE, BEFORE), [], "", BindingAge("older", True, BEFORE)),
        (service_account(BEFORE, {"f:metadata": {"f:labels": {}}}, AFTER), [], "", BindingAge("not-known", False, "")),
        (service_account(BEFORE), [AFTER], "", BindingAge("newer", False, AFTER)),
        (service_account(BEFORE), [BEFORE], "", BindingAge("not-known", False, "")),
        (service_account(BEFORE), [], BEFORE, BindingAge("older", True, BEFORE)),
        (service_account(BEFORE), [], AFTER, BindingAge("not-known", False, "")),
    ],
)
def test_binding_age(of_account: Metadata, addons: list[str], injected: str, expected: BindingAge) -> None:
    assert binding_age(of_account, POD, addons, injected) == expected


def test_times() -> None:
    assert is_later("1700000001.5", "2023-11-14T22:13:20Z")  # the AWS CLI version 1 prints seconds
    assert not is_later("", POD)
    assert not is_later("yesterday", POD)


def test_credentials_of_a_container() -> None:
    found = credentials(
        container(
            env=[
                {"name": "AWS_ROLE_ARN", "value": "first"},
                {"name": "AWS_ROLE_ARN", "value": ROLE},
                {"name": "AWS_WEB_IDENTITY_TOKEN_FILE", "value": "/token"},
                {"name": "AWS_ACCESS_KEY_ID", "value": "x"},
            ]
        )
    )

    assert found.role_arn == ROLE  # of doubled names the last one counts
    assert found.web_identity
    assert not found.static_keys
    assert not found.role_hidden
    hidden = container(env=[{"name": "AWS_ROLE_ARN", "valueFrom": {"configMapKeyRef": {"name": "c", "key": "k"}}}])
    assert credentials(hidden).role_hidden
    assert not credentials(hidden).token_hidden
    assert not credentials(hidden).web_identity
