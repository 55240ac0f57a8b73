"""The resources of ``terraform show -json PLAN``: what is there, and what will be."""

from pathlib import Path

import msgspec
from msgspec import Struct, field

from trustpath.errors import InputError
from trustpath.model.terraform_plan import PlannedResource

_HINT = "make it with: terraform plan -out plan.bin && terraform show -json plan.bin > tfplan.json"


class _Change(Struct):
    actions: list[str]
    before: dict[str, object] | None = None
    after: dict[str, object] | None = None
    after_unknown: dict[str, object] | bool = False


class _Resource(Struct):
    address: str
    type: str
    change: _Change
    mode: str = "managed"


class _Configured(Struct):
    address: str
    provider: str = field(name="provider_config_key", default="")


class _Module(Struct):
    resources: list[_Configured] = field(default_factory=list)


class _Configuration(Struct):
    root: _Module = field(name="root_module", default_factory=_Module)


class _Plan(Struct):
    format_version: str
    configuration: _Configuration = field(default_factory=_Configuration)
    resource_changes: list[_Resource] = field(default_factory=list)
    errored: bool = False


def read_plan(name: str) -> tuple[PlannedResource, ...]:
    """Return what a plan changes, in its order. Raises InputError for a file that is no plan."""
    try:
        data = Path(name).read_bytes()
    except OSError as error:
        raise InputError(f"{name}: {(error.strerror or 'cannot be read').lower()}", "check --plan") from None
    if data[:2] == b"PK":
        raise InputError(f"{name}: a plan in Terraform's own form", _HINT)
    try:
        plan = msgspec.json.decode(data, type=_Plan)
    except msgspec.DecodeError as error:
        problem = " ".join(str(error).split())
        raise InputError(f"{name}: no plan as `terraform show -json` prints it: {problem}", _HINT) from None
    except RecursionError:
        raise InputError(f"{name}: no plan as `terraform show -json` prints it: too deep", _HINT) from None
    if plan.errored:
        raise InputError(f"{name}: Terraform could not finish this plan", "mend the configuration and plan again")
    providers = {item.address: item.provider for item in plan.configuration.root.resources}
    return tuple(
        PlannedResource(
            item.address,
            item.type,
            item.change.before,
            item.change.after if item.change.actions != ["delete"] else None,
            item.change.after_unknown if isinstance(item.change.after_unknown, dict) else {},
            providers.get(item.address.partition("[")[0], ""),
        )
        for item in plan.resource_changes
        # `read` is of a data source, `forget` leaves the resource as it is.
        if item.mode == "managed" and {"create", "update", "delete"} & set(item.change.actions)
    )
