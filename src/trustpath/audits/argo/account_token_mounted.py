"""A step takes the stored token of a service account (AW-513)."""

from collections.abc import Iterator

from trustpath.audits.catalogue import Found
from trustpath.audits.catalogue import check as marked
from trustpath.audits.installations import Audit, subject_of_workflow
from trustpath.model.argo import WrittenWorkflow
from trustpath.model.source import Source
from trustpath.paths.links import Finding
from trustpath.paths.stored_token import TOKEN_TYPE


@marked("AW-513", "high", "Workflow", "Secret")
def check(audit: Audit) -> Iterator[Found]:
    """Hold for a variable or volume from a Secret of that type."""
    tokens = {
        (item.value.metadata.namespace or "default", item.value.metadata.name)
        for item in audit.facts.all_of("Secret")
        if item.value.type == TOKEN_TYPE
    }
    for item in audit.workflows:
        for name, place in _secrets(item):
            if (item.namespace, name) in tokens:
                yield Found(
                    subject_of_workflow(item),
                    item.namespace,
                    f"{item.kind} `{item.name}` takes the stored token `{name}` of a service account",
                    (Finding(place, name, "a token that does not expire"),),
                    ("let the step run as that account, or give its own account the rights",),
                )


def _secrets(item: WrittenWorkflow) -> Iterator[tuple[str, Source]]:
    for index, volume in enumerate(item.spec.volumes or ()):
        if volume.secret is not None:
            yield volume.secret.secret_name, item.place.at("volumes", index, "secret", "secretName")
    for index, template in enumerate(item.spec.templates or ()):
        for place, container in template.containers:
            for number, variable in enumerate(container.env or ()):
                reference = variable.value_from.secret_key_ref if variable.value_from else None
                if reference is not None:
                    here = item.place.at("templates", index, *place, "env", number, "valueFrom", "secretKeyRef", "name")
                    yield reference.name, here
