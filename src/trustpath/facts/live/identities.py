"""The decisive test: a token of an identity, sent to the API server, which says whom it takes it for."""

import copy
import re

import msgspec

from trustpath.facts.live.aws_api import Account, AwsApi, CallError
from trustpath.facts.live.cluster_token import sign
from trustpath.facts.live.connection import Connection
from trustpath.facts.live.deadline import Deadline
from trustpath.facts.live.kubernetes_api import ApiError, KubernetesApi
from trustpath.facts.live.reviews import may_i, who_am_i
from trustpath.model.live_identity import Answer, TriedIdentity
from trustpath.model.question import AskedRequest
from trustpath.model.whoami import WhoAmI


def try_identity(
    account: AwsApi,
    identity: Account,
    connection: Connection,
    cluster: str,
    predicted: WhoAmI,
    request: AskedRequest | None,
    deadline: Deadline,
) -> TriedIdentity:
    """Return what the API server says to a token of an identity, and to a request of it. Nothing is done."""
    try:
        token = sign(account, identity, cluster)
        api = KubernetesApi(_with_token(connection, token), deadline)
        caller = who_am_i(api)
    except (ApiError, CallError) as error:
        answer = _kind(error)
        agrees = None if answer != "refused" or predicted.outcome == "unknown" else predicted.outcome == "refused"
        return TriedIdentity(
            predicted.principal, predicted.outcome, predicted.username, answer, error.said, agrees=agrees
        )
    found = TriedIdentity(
        predicted.principal,
        predicted.outcome,
        predicted.username,
        "known",
        "",
        caller.username,
        caller.groups,
        agrees=None if predicted.outcome == "unknown" else _same(predicted, caller.username),
    )
    if request is None:
        return found
    try:
        verdict = may_i(api, request)
    except ApiError as error:
        return msgspec.structs.replace(found, reason=error.said)
    return msgspec.structs.replace(found, can="allowed" if verdict.allowed else "denied", reason=verdict.reason)


def _same(predicted: WhoAmI, username: str) -> bool:
    """Return whether a username is the predicted one; what the ARN does not tell stands in braces there."""
    if predicted.outcome != "known":
        return False
    parts = re.split(r"\{\{\w+\}\}", predicted.username)
    return re.fullmatch(".+".join(map(re.escape, parts)), username) is not None


def _kind(error: ApiError | CallError) -> Answer:
    if isinstance(error, CallError):
        return "unreachable"
    if error.status == 401:
        return "refused"
    if error.status == 403:
        return "forbidden"
    return "untrusted" if error.said.startswith("x509") else "unreachable"


def _with_token(connection: Connection, token: str) -> Connection:
    """Return the same way to the server for the bearer of a token, without the user's own certificate or plugin."""
    configuration = copy.copy(connection.configuration)
    configuration.api_key = {"BearerToken": f"Bearer {token}"}
    configuration.refresh_api_key_hook = None
    configuration.cert_file = configuration.key_file = None
    return msgspec.structs.replace(connection, configuration=configuration, headers=())
