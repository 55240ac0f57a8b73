"""The message that a user gives beside a question, or in place of one."""

import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from trustpath.engine.messages.symptom import Symptom
    from trustpath.model.question import Question
    from trustpath.model.snapshot import Snapshot


MAX_BYTES = 4_000_000
"""How much of a file with a message is read: CloudTrail's events may be long."""


def read_error(text: str, file: str, *, beside_question: bool = False) -> "Symptom | None":
    """Return the message of --error or --error-file, None where neither was given.

    A text that says nothing known is left out, with a note, where a question stands beside it. Raises InputError for
    a file that cannot be read, QuestionError for a text that says nothing known and is all there is.
    """
    from msgspec import structs

    from trustpath.engine.messages.aws_refusal import as_message
    from trustpath.engine.messages.cleaning import spellings
    from trustpath.engine.messages.symptom import read_symptom
    from trustpath.errors import InputError, QuestionError
    from trustpath.facts.logs import redact_line

    if text and file:
        raise QuestionError("--error and --error-file say the same", "give one of them")
    if file == "-":
        text = sys.stdin.buffer.read(MAX_BYTES).decode(errors="replace")
    elif file:
        try:
            with Path(file).open("rb") as stream:
                text = stream.read(MAX_BYTES).decode(errors="replace")
        except OSError as error:
            raise InputError(f"{file}: {(error.strerror or 'cannot be read').lower()}", "check --error-file") from None
    if not (text or file):
        return None
    text = as_message(text)
    line = redact_line(next(spellings(text), ""))
    symptom = read_symptom(redact_line(text))
    if symptom is None and beside_question and line:
        click.echo("note: nothing in the message is known; the answer comes from the facts alone", err=True)
        return None
    if symptom is None:
        raise QuestionError(
            "nothing in this message is known" if line else "the message is empty",
            "give the whole line that the tool printed",
        )
    return structs.replace(symptom, text=line)


def question_of(symptom: "Symptom", snapshot: "Snapshot", cluster: str) -> "Question":
    """Return the question that a message asks: its request where facts can decide it, else the message itself."""
    from trustpath.engine.rbac.request import account_of, groups_of
    from trustpath.model.question import KubernetesRequest, Message, PrincipalToCluster
    from trustpath.paths.usernames import principal_named
    from trustpath.paths.who_can import asked_request

    refused = symptom.forbidden
    request = refused.request if refused else None
    if not snapshot.has_cluster or refused is None or request is None or refused.user is None:
        return Message(symptom.text)
    principal = principal_named(snapshot, refused.user, cluster)
    if principal:
        return PrincipalToCluster(principal, asked_request(request), cluster)
    groups = symptom.groups if symptom.groups is not None else groups_of(refused.user)
    known = symptom.groups is not None or account_of(refused.user) is not None
    return KubernetesRequest(refused.user, groups, asked_request(request), cluster, groups_known=known)
