"""The settings in the controller's ConfigMap of Argo Workflows: parsed, and only what a rule reads is kept.

Each key of the ConfigMap holds YAML; older versions put everything under ``config``. What may be a secret is left out:
of a text that no rule reads stays only that there was one.
"""

import re
from typing import Any

import msgspec
from msgspec import Raw

from trustpath.facts.yaml_documents import YamlError, load_documents
from trustpath.model.argo_settings import LITERAL_SECRET, OMITTED, UNREADABLE
from trustpath.model.argo_workflows import looks_like
from trustpath.model.kubernetes import ARGO_CONTROLLER_SETTINGS, ConfigMap, Metadata

_KEPT_TEXTS = frozenset(
    {
        "bucket",
        "containerRuntimeExecutor",
        "customGroupClaimName",
        "endpoint",
        "filterGroupsRegex",
        "image",
        "instanceID",
        "issuer",
        "issuerAlias",
        "key",
        "keyFormat",
        "kind",
        "managedNamespace",
        "name",
        "namespace",
        "podSpecLogStrategy",
        "redirectUrl",
        "region",
        "roleARN",
        "scopes",
        "secretWhitelist",
        "serviceAccountName",
        "sessionExpiry",
        "sslMode",
        "strategy",
        "templateReferencing",
        "userInfoPath",
    }
)
_SECRET_KEY = re.compile(r"(?i)(?:password|secret|secretkey|accesskey|token)$")
_CREDENTIALS = re.compile(r"//[^/\s@]+@")


def is_configuration(metadata: Metadata) -> bool:
    """Return whether a ConfigMap is, by its name, the controller's."""
    return metadata.name.endswith(ARGO_CONTROLLER_SETTINGS)


def without_secrets(config: ConfigMap) -> ConfigMap:
    """Return the controller's ConfigMap with each key's YAML as JSON of what a rule reads."""
    return msgspec.structs.replace(config, data={key: _settings(key, raw) for key, raw in (config.data or {}).items()})


def _settings(key: str, raw: Raw) -> Raw:
    value = msgspec.json.decode(raw)
    if not isinstance(value, str):
        return raw  # of a saved snapshot
    try:
        documents = [document.value for document in load_documents(value.encode())]
    except (YamlError, UnicodeError):
        return Raw(msgspec.json.encode(UNREADABLE))
    found = documents[0] if documents else None
    return Raw(msgspec.json.encode(_kept(key, found)))


def _kept(key: str, value: Any) -> Any:
    if isinstance(value, Raw):
        value = msgspec.json.decode(value)
    if isinstance(value, dict):
        return {name: _kept(name, item) for name, item in value.items()}
    if isinstance(value, list):
        return [_kept(key, item) for item in value]
    if not isinstance(value, str):
        return value
    if key in _KEPT_TEXTS and not looks_like("", value):
        return _CREDENTIALS.sub("//", value)
    if value and (_SECRET_KEY.search(key) or looks_like(key, value)):
        return LITERAL_SECRET
    return OMITTED
