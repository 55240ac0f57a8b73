"""The webhook's whole mutation, rule by rule (eks-identity W1, W2, W6 to W11), and what holds for every pod."""

import copy
import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from trustpath.cli.decide_webhook import answer
from trustpath.engine.webhook_mutation import Configuration, PodIdentity, mutate

ROLE = "arn:aws:iam::111122223333:role/api"
ASSOCIATED = PodIdentity(service_accounts=frozenset({("shop", "api")}))


def pod(*containers: dict[str, Any], annotations: dict[str, str] | None = None, **spec: Any) -> dict[str, Any]:
    metadata = {"namespace": "shop", "name": "p", **({"annotations": annotations} if annotations else {})}
    listed = list(containers) or [{"name": "app"}]
    return {"metadata": metadata, "spec": {"serviceAccountName": "api", "containers": listed, **spec}}


def account(name: str = "api", **annotations: str) -> dict[str, Any]:
    found = {f"eks.amazonaws.com/{key.replace('_', '-')}": value for key, value in annotations.items()}
    return {"metadata": {"namespace": "shop", "name": name, "annotations": found}}


def env(container: dict[str, Any]) -> dict[str, Any]:
    return {variable["name"]: variable.get("value") for variable in container.get("env") or []}


def token(result: dict[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = result["spec"]["volumes"][0]["projected"]["sources"][0]["serviceAccountToken"]
    return found


def app(result: dict[str, Any]) -> dict[str, Any]:
    container: dict[str, Any] = result["spec"]["containers"][0]
    return container


def test_a_role_by_annotation() -> None:
    method, result = mutate(pod(volumes=[{"name": "data"}]), account(role_arn=ROLE), Configuration(region="eu-west-1"))

    assert method == "irsa"
    assert [variable["name"] for variable in app(result)["env"]] == [
        "AWS_STS_REGIONAL_ENDPOINTS",
        "AWS_DEFAULT_REGION",
        "AWS_REGION",
        "AWS_ROLE_ARN",
        "AWS_WEB_IDENTITY_TOKEN_FILE",
    ]
    assert env(app(result))["AWS_ROLE_ARN"] == ROLE
    path = "/var/run/secrets/eks.amazonaws.com/serviceaccount"
    assert env(app(result))["AWS_WEB_IDENTITY_TOKEN_FILE"] == f"{path}/token"
    assert app(result)["volumeMounts"] == [{"name": "aws-iam-token", "readOnly": True, "mountPath": path}]
    assert token(result) == {"audience": "sts.amazonaws.com", "expirationSeconds": 86400, "path": "token"}
    assert [volume["name"] for volume in result["spec"]["volumes"]] == ["aws-iam-token", "data"]


def test_an_association_goes_before_the_annotation() -> None:
    configuration = Configuration(pod_identity=ASSOCIATED)
    method, result = mutate(pod(), account(role_arn=ROLE, audience="x"), configuration)

    assert method == "pod-identity"
    assert "AWS_ROLE_ARN" not in env(app(result))
    assert env(app(result))["AWS_CONTAINER_CREDENTIALS_FULL_URI"] == "http://169.254.170.23/v1/credentials"
    assert token(result)["audience"] == "pods.eks.amazonaws.com"
    assert result["metadata"]["labels"] == {"eks.amazonaws.com/pod-identity": "enabled"}


def test_an_unknown_account_has_no_defaults_of_its_own() -> None:
    configuration = Configuration(token_expiration=3600, pod_identity=ASSOCIATED)
    _, result = mutate(pod(), None, configuration)

    assert "AWS_STS_REGIONAL_ENDPOINTS" not in env(app(result))
    assert token(result)["expirationSeconds"] == 86400


@pytest.mark.parametrize("other", [None, account("other", role_arn=ROLE), account(role_arn=""), account(role="x")])
def test_nothing_to_inject(other: dict[str, Any] | None) -> None:
    assert mutate(pod(), other, Configuration()) == ("none", pod())


@pytest.mark.parametrize(
    ("annotation", "on_pod", "expected"),
    [
        ("", None, 86400),
        ("3600", None, 3600),
        ("60", None, 600),
        ("-1", None, 600),
        ("+900", None, 900),
        ("0900", None, 900),
        (" 900", None, 86400),
        ("1h", None, 86400),
        ("9223372036854775807", None, 9223372036854775807),
        ("9223372036854775808", None, 86400),
        ("3600", "7200", 7200),
        ("3600", "x", 3600),
    ],
)
def test_expiration(annotation: str, on_pod: str | None, expected: int) -> None:
    annotations = {"eks.amazonaws.com/token-expiration": on_pod} if on_pod else None
    source = account(role_arn=ROLE, token_expiration=annotation)
    _, result = mutate(pod(annotations=annotations), source, Configuration())

    assert (
        result["spec"]["volumes"][0]["projected"]["sources"][0]["serviceAccountToken"]["expirationSeconds"] == expected
    )


@pytest.mark.parametrize(
    ("text", "injected"), [("true", True), ("0", False), ("FALSE", False), ("tRUE", True), ("", True)]
)
def test_regional_endpoints(text: str, injected: bool) -> None:
    source = account(role_arn=ROLE, sts_regional_endpoints=text)
    _, result = mutate(pod(), source, Configuration())

    assert ("AWS_STS_REGIONAL_ENDPOINTS" in env(app(result))) is injected


@pytest.mark.parametrize(
    ("set_", "added"),
    [
        ([], {"credentials", "region", "endpoints", "mount"}),
        (["AWS_ROLE_ARN"], {"region", "endpoints", "mount"}),
        (["AWS_WEB_IDENTITY_TOKEN_FILE"], {"region", "endpoints", "mount"}),
        (["AWS_DEFAULT_REGION"], {"credentials", "endpoints", "mount"}),
        (["AWS_STS_REGIONAL_ENDPOINTS"], {"credentials", "region", "mount"}),
        (["AWS_ROLE_ARN", "AWS_REGION", "AWS_STS_REGIONAL_ENDPOINTS"], set()),
        (["AWS_ACCESS_KEY_ID"], {"credentials", "region", "endpoints", "mount"}),
    ],
)
def test_what_a_container_sets_itself_is_left(set_: list[str], added: set[str]) -> None:
    container = {"name": "app", "env": [{"name": name, "value": "own"} for name in set_]}
    _, result = mutate(pod(container), account(role_arn=ROLE), Configuration(region="eu-west-1"))
    names = [variable["name"] for variable in app(result)["env"]] if "env" in app(result) else []
    new = set(names[len(set_) :])

    parts = {"AWS_ROLE_ARN": "credentials", "AWS_REGION": "region", "AWS_STS_REGIONAL_ENDPOINTS": "endpoints"}
    found = {part for name, part in parts.items() if name in new}
    assert found | ({"mount"} if "volumeMounts" in app(result) else set()) == added
    # W8: the volume of the pod is added all the same.
    assert result["spec"]["volumes"][0]["name"] == "aws-iam-token"


def test_skipped_containers_and_windows() -> None:
    annotations = {"eks.amazonaws.com/skip-containers": "proxy, app"}
    containers = [{"name": "proxy"}, {"name": "app"}]
    given = pod(*containers, annotations=annotations, nodeSelector={"kubernetes.io/os": "windows"})
    _, result = mutate(given, account(role_arn=ROLE), Configuration())

    assert result["spec"]["containers"][0] == {"name": "proxy"}
    path = env(result["spec"]["containers"][1])["AWS_WEB_IDENTITY_TOKEN_FILE"]
    assert path == "C:\\var\\run\\secrets\\eks.amazonaws.com\\serviceaccount\\token"


def test_an_empty_audience_is_the_api_servers_own() -> None:
    _, result = mutate(pod(), account(role_arn=ROLE, audience=""), Configuration())

    assert "audience" not in token(result)


NAMES = st.sampled_from(
    [
        "AWS_ROLE_ARN",
        "AWS_WEB_IDENTITY_TOKEN_FILE",
        "AWS_REGION",
        "AWS_STS_REGIONAL_ENDPOINTS",
        "AWS_CONTAINER_CREDENTIALS_FULL_URI",
        "AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE",
        "MODE",
    ]
)
VOLUMES = st.sampled_from([{"name": "aws-iam-token"}, {"name": "eks-pod-identity-token"}, {"name": "x"}])
CONTAINERS = st.fixed_dictionaries(
    {"name": st.sampled_from(["app", "proxy", " app"])},
    optional={
        "env": st.lists(st.fixed_dictionaries({"name": NAMES}, optional={"value": st.just("own")}), max_size=4),
        "volumeMounts": st.lists(st.sampled_from([{"name": "aws-iam-token"}, {"name": "data"}]), max_size=2),
        "image": st.just("x"),
    },
)
PODS = st.builds(
    lambda containers, init, volumes, skip: pod(
        *containers, initContainers=init, volumes=volumes, annotations={"eks.amazonaws.com/skip-containers": skip}
    ),
    st.lists(CONTAINERS, min_size=1, max_size=3),
    st.lists(CONTAINERS, max_size=2),
    st.lists(
        st.sampled_from([{"name": "aws-iam-token"}, {"name": "eks-pod-identity-token"}, {"name": "x"}]), max_size=2
    ),
    st.sampled_from(["", "app", "app,proxy", 'a"b']),
)
CONFIGURATIONS = st.builds(
    Configuration,
    region=st.sampled_from(["", "eu-west-1"]),
    sts_regional_endpoints=st.booleans(),
    pod_identity=st.sampled_from([None, ASSOCIATED]),
)


@settings(max_examples=2000, deadline=None)
@given(given_pod=PODS, configuration=CONFIGURATIONS)
def test_for_every_pod(given_pod: dict[str, Any], configuration: Configuration) -> None:
    before = copy.deepcopy(given_pod)
    source = account(role_arn=ROLE)
    method, result = mutate(given_pod, source, configuration)
    assert given_pod == before  # the pod that was given stays as it is
    assert method == ("pod-identity" if configuration.pod_identity else "irsa")
    assert mutate(result, source, configuration) == (method, result)  # a second call changes nothing
    volume = "eks-pod-identity-token" if configuration.pod_identity else "aws-iam-token"
    assert [item["name"] for item in result["spec"]["volumes"]].count(volume) >= 1
    for kind in ("containers", "initContainers"):
        for old, new in zip(given_pod["spec"][kind], result["spec"][kind], strict=True):
            kept = old.get("env") or []
            assert (new.get("env") or [])[: len(kept)] == kept
            assert {key: value for key, value in new.items() if key not in ("env", "volumeMounts")} == {
                key: value for key, value in old.items() if key not in ("env", "volumeMounts")
            }
            added = {variable["name"] for variable in (new.get("env") or [])[len(kept) :]}
            assert not added & {variable["name"] for variable in kept}


def test_decide_takes_flags_that_are_left_out_or_null() -> None:
    question = {
        "pod": pod(),
        "service_account": account(role_arn=ROLE),
        "config": {"region": None, "pod_identity": None},
    }
    said = answer(json.dumps(question).encode())  # type: ignore[arg-type]  # the decoder takes any bytes

    assert said == {"method": "irsa", "pod": mutate(pod(), account(role_arn=ROLE), Configuration())[1]}


@pytest.mark.parametrize("bad", [{"spec": []}, {"spec": {"containers": [1]}}, {"spec": {"containers": 1}}])
def test_a_pod_of_another_form_is_one_message(bad: dict[str, Any]) -> None:
    question = {"pod": {**pod(), **bad, "metadata": {"namespace": "shop"}}, "service_account": account(role_arn=ROLE)}
    question["pod"]["spec"] = {**(bad["spec"] or {"containers": "x"}), "serviceAccountName": "api"}

    with pytest.raises(ValueError, match="has not the form of a Kubernetes object"):
        answer(json.dumps(question).encode())  # type: ignore[arg-type]
