"""Provider blocks in what ``terraform show -json`` prints of a plan. Values of tokens are not read."""

from collections.abc import Iterator

import msgspec
from msgspec import Raw, Struct, field

from trustpath.model.answers import Answers, Located
from trustpath.model.client import CredentialPlugin, TerraformProvider
from trustpath.model.source import Source


class _Expression(Struct):
    constant: Raw = field(name="constant_value", default=Raw(b"null"))
    references: list[str] | None = None

    def text(self) -> str:
        """Return the constant, empty where it is none."""
        try:
            return msgspec.json.decode(self.constant, type=str)
        except msgspec.DecodeError:
            return ""

    def texts(self) -> tuple[str, ...]:
        """Return the constant list, empty where it is none."""
        try:
            return tuple(msgspec.json.decode(self.constant, type=list[str]))
        except msgspec.DecodeError:
            return ()


class _Provider(Struct):
    name: str = ""
    expressions: dict[str, Raw] = field(default_factory=dict)


class _Configuration(Struct):
    providers: dict[str, _Provider] = field(name="provider_config", default_factory=dict)


_HOSTS = ("host", "config_path", "config_paths", "config_context")


def read(document: dict[str, Raw], source: Source, answers: Answers) -> bool:
    """Add the providers and return True, or return False when the document is not Terraform's.

    Raises msgspec.DecodeError when the configuration has another form.
    """
    if "format_version" not in document or "terraform_version" not in document:
        return False
    if "configuration" not in document:
        answers.counted["Terraform state"] = answers.counted.get("Terraform state", 0) + 1
        return True
    configuration = msgspec.json.decode(document["configuration"], type=_Configuration)
    for key, provider in configuration.providers.items():
        place = source.at("configuration", "provider_config", key)
        answers.terraform_providers.append(Located(_provider(provider), place))
    return True


def _provider(provider: _Provider) -> TerraformProvider:
    expressions = provider.expressions
    # The helm provider has its client in a block of its own.
    for block in _blocks(expressions.get("kubernetes")):
        expressions = {**expressions, **block}
    roles = [_expression(block.get("role_arn")).text() for block in _blocks(expressions.get("assume_role"))]
    token = _expression(expressions.get("token"))
    plugins = [_plugin(block) for block in _blocks(expressions.get("exec"))]
    return TerraformProvider(
        provider.name,
        next((role for role in roles if role), ""),
        tuple(token.references or (("constant",) if token.text() else ())),
        any(name in expressions for name in _HOSTS),
        plugins[0] if plugins else None,
    )


def _blocks(raw: Raw | None) -> Iterator[dict[str, Raw]]:
    """Yield nested blocks: a list of them, or one."""
    if raw is None:
        return
    try:
        yield from msgspec.json.decode(raw, type=list[dict[str, Raw]])
    except msgspec.DecodeError:
        try:
            yield msgspec.json.decode(raw, type=dict[str, Raw])
        except msgspec.DecodeError:
            return


def _expression(raw: Raw | None) -> _Expression:
    if raw is None:
        return _Expression()
    try:
        return msgspec.json.decode(raw, type=_Expression)
    except msgspec.DecodeError:
        return _Expression()


def _plugin(block: dict[str, Raw]) -> CredentialPlugin:
    environment: dict[str, str] = {}
    try:
        values = msgspec.json.decode(_expression(block.get("env")).constant, type=dict[str, str])
        environment = {name: value for name, value in values.items() if name == "AWS_PROFILE"}
    except msgspec.DecodeError:
        pass
    return CredentialPlugin(
        _expression(block.get("api_version")).text(),
        _expression(block.get("command")).text(),
        _expression(block.get("args")).texts(),
        environment,
    )
