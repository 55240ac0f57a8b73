"""The link inside the container: the program's SDK takes the credentials that the pod was given."""

from shlex import quote

from msgspec import Struct, structs

from trustpath.engine import webhook
from trustpath.engine.credentials.programs import Lack as LackName
from trustpath.engine.credentials.programs import known_lacks, read_image, sdk_of_image
from trustpath.engine.credentials.sdks import CredentialSource, Feature, SdkVersion, mentioned, winner
from trustpath.engine.eks.pod_identity import ADDRESSES
from trustpath.engine.messages.symptom import read_symptom
from trustpath.model.fact import Known, NotCollected
from trustpath.model.kubernetes import SecretProviderClass
from trustpath.model.trace import Need
from trustpath.paths.links import Finding, LinkResult, broken, ok, unknown
from trustpath.paths.pod_to_aws.symptoms import (
    another_acted,
    fit_suggestions,
    is_own,
    node_acted,
    node_line,
    own_lines,
    stands_at,
)
from trustpath.paths.pod_to_aws.walk import Walk

FEATURES: dict[str, Feature] = {"irsa": "web identity", "pod-identity": "container"}
STORE_DRIVER = "secrets-store.csi.k8s.io"


def follow(walk: Walk) -> LinkResult:
    """Return what this link found."""
    if walk.method in ("", "node") or (walk.binding and walk.binding.origin == "question"):
        return LinkResult("not-applicable", "no credentials of its own are meant for the program")
    _find_sdk(walk)
    fit_suggestions(walk)
    if walk.container is None or walk.credentials is None:
        return LinkResult("not-applicable", "no container is known")
    feature = FEATURES[walk.method]
    return (
        _shadowed(walk, feature)
        or _told_otherwise(walk)
        or _without_module(walk, feature)
        or _too_old(walk, feature)
        or _demands_unread(walk)
        or _demands_other_method(walk)
        or _seen_otherwise(walk)
        or _taken(walk, feature)
    )


def _find_sdk(walk: Walk) -> None:
    """Find out which SDK the program uses: as the user says, else by its log, else by its image."""
    if walk.sdk is not None:
        return
    lines = [*own_lines(walk), *(item for item in walk.snapshot.sdk_lines() if is_own(walk, item))]
    found: list[tuple[SdkVersion, Finding]] = [
        (sdk, Finding(item.source, item.value.text, f"{sdk.sdk.title} {sdk.version}".strip()))
        for item in reversed(lines)
        for sdk in mentioned(item.value.text)
    ]
    image = walk.container.image if walk.container else None
    by_image = sdk_of_image(image or "")
    place = image_finding(walk)
    if by_image is not None and place is not None:
        found.append((by_image, place))
    found.sort(key=lambda pair: not pair[0].version)
    if found:
        walk.sdk, walk.sdk_shown_by = found[0]


def image_finding(walk: Walk) -> Finding | None:
    """Return the place of the container's image."""
    if walk.container is None or walk.container_source is None or not walk.container.image:
        return None
    return Finding(walk.container_source.at("image"), walk.container.image, "the program")


def _shadowed(walk: Walk, feature: Feature) -> LinkResult | None:
    """Return the answer where another source of the environment comes first (7.1, L2)."""
    named = walk.credentials
    if named is None:
        return None
    if named.half_keys and walk.sdk is not None and walk.sdk.sdk.name in _PYTHON:
        return broken(
            "the container has half a pair of access keys, which the SDK for Python refuses (L7)",
            *_variable_findings(walk, named.half_keys),
            expected="both variables, or neither",
            got=f"{named.half_keys} alone",
        )
    configured = named.configured | {feature}
    first = winner(configured, walk.sdk.sdk if walk.sdk else None)
    python = walk.sdk is not None and walk.sdk.sdk.name in _PYTHON
    if first == feature and python and named.profile:
        return unknown(
            f"the container has a profile ({named.profile}): the {_title(walk)} takes it first where it names a role",
            Need("the configuration file in the container", walk.exec_command("cat", "~/.aws/config")),
            evidence=profile_findings(walk),
        )
    if first == feature:
        return None
    others = [source for source in ("environment keys", "profile") if source in configured]
    if first in ("environment keys", "profile"):
        return _hidden(walk, first)
    if "environment keys" in others:
        # Every SDK but one takes them first.
        return _hidden(walk, "environment keys")
    if others:
        return unknown(
            f"the container has a profile ({named.profile}): "
            "whether its SDK takes it before the role depends on the SDK",
            Need("the SDK that the program uses: give it with --sdk NAME@VERSION"),
            evidence=profile_findings(walk),
        )
    both = {"web identity", "container"} <= configured
    if both and first is None:
        return unknown(
            "web identity and container credentials are both set: which of them counts depends on the SDK",
            Need("the SDK that the program uses: give it with --sdk NAME@VERSION"),
        )
    if both:
        return unknown(
            f"web identity and container credentials are both set, and the {_title(walk)} takes {first} first",
            Need("which role is meant", walk.printenv(webhook.ROLE_VARIABLE)),
        )
    return None


_PYTHON = frozenset({"boto3", "botocore", "aws-cli-v1", "aws-cli-v2"})


def _title(walk: Walk) -> str:
    return walk.sdk.sdk.title if walk.sdk else "SDK"


def _hidden(walk: Walk, first: CredentialSource) -> LinkResult:
    role = f"the session of {walk.role_arn.name}" if walk.role_arn else "the role's session"
    if first == "profile":
        return broken(
            "the container has a profile, which comes before the role in its SDK",
            *profile_findings(walk),
            expected=role,
            got="the identity of the profile",
        )
    return broken(
        f"the container has access keys of its own, which come before the role in "
        f"{'the ' + _title(walk) if walk.sdk else 'almost every SDK'}",
        *static_key_findings(walk),
        expected=role,
        got="the identity of AWS_ACCESS_KEY_ID",
    )


def static_key_findings(walk: Walk) -> tuple[Finding, ...]:
    """Return the place of the access key's variable, or of the Secret or ConfigMap that sets it."""
    found = _variable_findings(walk, "AWS_ACCESS_KEY_ID")
    if found or walk.container is None or walk.container_source is None:
        return found
    sources = walk.container.env_from or []
    return tuple(
        Finding(
            walk.container_source.at("envFrom", index, "secretRef" if sources[index].secret_ref else "configMapRef"),
            "envFrom",
            "sets AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY",
            key=True,
        )
        for index in walk.key_sources
    )


def profile_findings(walk: Walk) -> tuple[Finding, ...]:
    """Return the place of the variable or mount that gives the program a profile."""
    profile = walk.credentials.profile if walk.credentials else ""
    if not profile.startswith("/"):
        return _variable_findings(walk, profile)
    if walk.container is None or walk.container_source is None:
        return ()
    return tuple(
        Finding(walk.container_source.at("volumeMounts", index, "mountPath"), mount.mount_path)
        for index, mount in enumerate(walk.container.volume_mounts or ())
        if mount.mount_path == profile
    )


def _variable_findings(walk: Walk, name: str) -> tuple[Finding, ...]:
    if walk.container is None or walk.container_source is None:
        return ()
    return tuple(
        Finding(walk.container_source.at("env", index, "name"), variable.name)
        for index, variable in enumerate(walk.container.env or ())
        if variable.name == name
    )


def explicit_provider(walk: Walk) -> Finding | None:
    """Return the place where the program is told which provider of the Java SDKs to use, where it is not the role's.

    N3: a provider that a program names is the only one it asks.
    """
    if walk.container is None or walk.container_source is None:
        return None
    words = [
        (walk.container_source.at(key), word)
        for key in ("command", "args")
        for word in getattr(walk.container, key) or ()
        if "CredentialsProvider" in word
    ]
    words += [
        (walk.container_source.at("env", index, "value"), variable.value or "")
        for index, variable in enumerate(walk.container.env or ())
        if "CredentialsProvider" in (variable.value or "")
    ]
    own = "ContainerCredentialsProvider" if walk.method == "pod-identity" else "WebIdentity"
    wanted = (own, "DefaultAWSCredentialsProviderChain", "DefaultCredentialsProvider")
    for place, word in words:
        if not any(name in word for name in wanted):
            return Finding(place, word, "the only provider that it asks")
    return None


def _told_otherwise(walk: Walk) -> LinkResult | None:
    place = explicit_provider(walk)
    if place is None:
        return None
    return broken("the program names a credentials provider of its own", place, got=place.value)


class Lack(Struct, frozen=True):
    """What shows that the program does not know a source of credentials: its place, why, and the public report."""

    place: Finding
    why: str
    report: str = ""


_WORDS = {"web identity": "web identity", "container": "EKS Pod Identity", "container refresh": "renewing credentials"}


def lacks(walk: Walk, feature: LackName) -> tuple[Lack, ...]:
    """Return what shows that the program does not know a source of credentials, nothing where nothing does."""
    found: list[Lack] = []
    words = _WORDS[feature]
    if feature != "container refresh" and walk.sdk is not None and walk.sdk.knows(feature) is False:
        first = walk.sdk.sdk.first_versions[feature]
        title = f"{walk.sdk.sdk.title} {walk.sdk.version}"
        shown = walk.sdk_shown_by or image_finding(walk)
        if shown is not None:
            place = Finding(shown.source, shown.value, title, shown.focus)
            found.append(Lack(place, f"{title} is older than {first}, the first version that knows {words}"))
    if feature == "container" and walk.sdk is not None and walk.sdk.sdk.name == "aws-sdk-js-v2" and named_ipv6(walk):
        source = walk.variable_source("AWS_CONTAINER_CREDENTIALS_FULL_URI")
        if source is not None and walk.credentials is not None:
            place = Finding(source, walk.credentials.full_uri, "an address of IPv6")
            found.append(Lack(place, f"{walk.sdk.sdk.title} does not know the agent's address of IPv6 (L5)"))
    image = image_finding(walk)
    for program in known_lacks(image.value) if image is not None else ():
        if image is not None and program.lacks == feature:
            name, version = read_image(image.value).name, read_image(image.value).version
            why = f"release {version} of {name} is known for a defect in {words}"
            found.append(Lack(Finding(image.source, image.value, f"release {version}"), why, program.source))
    return tuple(found)


def named_ipv6(walk: Walk) -> bool:
    """Return whether the container is told the agent's address of IPv6."""
    return walk.credentials is not None and ADDRESSES["ipv6"] in walk.credentials.full_uri


def module_line(walk: Walk) -> Finding | None:
    """Return the line, of the message or anywhere in the pod's log, that says that the sts module is missing (L4)."""
    if walk.symptom is not None and walk.symptom.row is not None and walk.symptom.row.number == "E093":
        return stands_at(walk, "the SDK says so")
    for item in own_lines(walk):
        said = read_symptom(item.value.text)
        if said is not None and said.row is not None and said.row.number == "E093":
            return Finding(item.source, item.value.text, "the SDK says so")
    return None


def _without_module(walk: Walk, feature: Feature) -> LinkResult | None:
    line = module_line(walk) if feature == "web identity" else None
    if line is None:
        return None
    return broken(
        "the program's SDK lacks its module for STS", line, expected="the module on the class path", got="none"
    )


def _too_old(walk: Walk, feature: Feature) -> LinkResult | None:
    shown = lacks(walk, feature)
    role = f"the session of {walk.role_arn.name}" if walk.role_arn else "the role's session"
    if shown:
        places = tuple(lack.place for lack in shown)
        return broken(shown[0].why, *places, expected=role, got="another source of credentials, or none")
    refresh = lacks(walk, "container refresh") if feature == "container" else ()
    if refresh:
        says = "the program's first credentials work, and it cannot renew them"
        return broken(says, refresh[0].place, got=refresh[0].why)
    return None


def demanded_irsa(walk: Walk) -> tuple[Finding, ...]:
    """Return the configuration that insists on IRSA, for a pod that Pod Identity serves."""
    if walk.method != "pod-identity" or walk.annotated_role:
        return ()
    found = []
    for volume in walk.spec.volumes or () if walk.spec else ():
        name = (volume.csi.volume_attributes or {}).get("secretProviderClass", "") if volume.csi else ""
        known = walk.snapshot.kubernetes.object("SecretProviderClass", walk.namespace, name) if name else None
        if isinstance(known, Known) and _is_irsa_only(known.value.value):
            place = known.value.source.at("spec", "parameters")
            found.append(Finding(place, "parameters", "usePodIdentity is not true", key=True))
    if _is_crossplane(walk):
        for config in walk.snapshot.kubernetes.all_of("ProviderConfig"):
            credentials = config.value.spec.credentials
            if credentials is not None and credentials.source in ("IRSA", "WebIdentity", "InjectedIdentity"):
                if credentials.source == "InjectedIdentity":
                    continue
                place = config.source.at("spec", "credentials", "source")
                found.append(Finding(place, credentials.source, "insists on IRSA"))
    return tuple(found)


def _is_irsa_only(item: SecretProviderClass) -> bool:
    flag = str((item.spec.parameters or {}).get("usePodIdentity", "false")).lower()
    return item.spec.provider == "aws" and flag != "true"


def _is_crossplane(walk: Walk) -> bool:
    return any(key.startswith("pkg.crossplane.io/") for key in walk.metadata.labels or {}) or "provider-aws" in (
        walk.metadata.name
    )


def _demands_unread(walk: Walk) -> LinkResult | None:
    """Return the answer where what a volume of the pod is fetched with was not read."""
    if walk.method != "pod-identity" or walk.annotated_role:
        return None
    for volume in walk.spec.volumes or () if walk.spec else ():
        if volume.csi is None or volume.csi.driver != STORE_DRIVER:
            continue
        name = (volume.csi.volume_attributes or {}).get("secretProviderClass", "")
        if not isinstance(walk.snapshot.kubernetes.object("SecretProviderClass", walk.namespace, name), Known):
            command = f"kubectl get secretproviderclass {quote(name)} -n {quote(walk.namespace)} -o yaml > class.yaml"
            missing = NotCollected(f"SecretProviderClass {walk.namespace}/{name}", command)
            return unknown("whether the pod's secrets are fetched by Pod Identity was not read", missing)
    return None


def _demands_other_method(walk: Walk) -> LinkResult | None:
    shown = demanded_irsa(walk)
    if not shown:
        return None
    return broken(
        "the program's configuration insists on IRSA, and the account has a Pod Identity association only",
        *shown,
        expected="credentials from Pod Identity",
        got=shown[0].value,
    )


def _seen_otherwise(walk: Walk) -> LinkResult | None:
    """Return the answer where a message names another caller than the role (0.3)."""
    if walk.binding is None or walk.role_arn is None:
        return None
    if node_acted(walk):
        return broken(
            "the program acts as the node's role, though the pod was given its own",
            node_line(walk) or stands_at(walk, "the caller"),
            expected=f"the session of {walk.role_arn.name}",
            got=f"the node's role {walk.host.role.name}" if walk.host.role else "the node's role",
        )
    other = another_acted(walk)
    if other and not walk.from_log and walk.credentials is not None and not walk.credentials.role_hidden:
        if walk.symptom is not None:
            walk.symptom = structs.replace(walk.symptom, causes=("static-credentials-shadow", "sdk-explicit-provider"))
        return unknown(
            f"a message names another caller: {other}",
            Need("who the program is", walk.exec_command("aws sts get-caller-identity")),
            evidence=(stands_at(walk, "the caller"),),
        )
    return None


def _taken(walk: Walk, feature: Feature) -> LinkResult:
    sdk = f" in the {walk.sdk.sdk.title}" if walk.sdk else ""
    version = f" {walk.sdk.version}" if walk.sdk and walk.sdk.version else ""
    place = (walk.sdk_shown_by,) if walk.sdk_shown_by else ()
    what = "web identity" if feature == "web identity" else "the container's endpoint"
    return ok(f"{what} comes first{sdk}{version}", *place)
