"""What a workflow is made of: the WorkflowTemplate that it names, and templates of others that its steps name (4.1)."""

from collections.abc import Callable

from msgspec import structs

from trustpath.model.argo_workflows import Template, TemplateReference, WorkflowSpec

_OF_WORKFLOW = (
    "service_account_name", "automount_service_account_token", "executor", "artifact_gc", "template_defaults",
    "pod_spec_patch", "security_context", "host_network",
)  # fmt: skip
"""What a workflow says itself counts before what its template says."""
Find = Callable[[TemplateReference], WorkflowSpec | None]
"""Returns the spec that a reference names, None where it was not read."""


def merged(spec: WorkflowSpec, template: WorkflowSpec) -> WorkflowSpec:
    """Return the spec of a workflow that is made of a template."""
    own = {name: getattr(spec, name) for name in _OF_WORKFLOW if getattr(spec, name) is not None}
    return structs.replace(template, **own)


def expanded(spec: WorkflowSpec, find: Find) -> tuple[WorkflowSpec, tuple[TemplateReference, ...]]:
    """Return a spec with every template that its steps come to behind its own, and the references that lead nowhere."""
    found: list[Template] = []
    missing: list[TemplateReference] = []
    seen: set[TemplateReference] = set()
    todo: list[tuple[Template, str, bool | None, WorkflowSpec | None]] = [
        (template, "", None, None) for template in spec.templates or ()
    ]
    while todo:
        template, of, scope, home = todo.pop(0)
        found.append(template)
        todo += [(structs.replace(item, elsewhere=True), of, scope, home) for item in template.inline or ()]
        # Within another object a step names its neighbours; those of the workflow itself are all there.
        near = [TemplateReference(of, name, scope) for name in template.calls or ()] if home is not None else []
        for reference in (*near, *(template.references or ())):
            if reference in seen:
                continue
            seen.add(reference)
            there = find(reference)
            named = [item for item in (there.templates if there else None) or () if item.name == reference.template]
            if not named:
                missing.append(reference)
            for item in named[:1]:
                todo.append((structs.replace(item, elsewhere=True), reference.name, reference.cluster_scope, there))
    return structs.replace(spec, templates=found or spec.templates), tuple(missing)
