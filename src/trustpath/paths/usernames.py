"""From a user's name back to the IAM principal that the cluster made it of."""

import re

from trustpath.model.arn import Arn
from trustpath.model.eks import AccessEntry
from trustpath.model.snapshot import Snapshot
from trustpath.paths.aws_auth_facts import AwsAuthFacts, find_aws_auth

_PLACEHOLDER = re.compile(r"\{\{(\w+)\}\}")


def principal_named(snapshot: Snapshot, username: str, cluster: str = "") -> str:
    """Return the ARN of the caller with this username, empty where no entry gives that name.

    A session that the name shows becomes part of the ARN, so that the name comes out the same again.
    """
    if username.startswith("system:serviceaccount:"):
        return ""
    for item in snapshot.aws.access_entries():
        entry = item.value
        if cluster in ("", entry.cluster) and (session := _session(entry.username, username)) is not None:
            return _caller(entry.principal_arn, session)
    config = find_aws_auth(snapshot)
    if isinstance(config, AwsAuthFacts):
        for mapping in (*config.roles, *config.users):
            session = _session(mapping.username, username)
            if session is not None and Arn.parse(mapping.arn):
                return _caller(mapping.arn, session)
    arn = Arn.parse(username)
    known = arn is not None and arn.resource.partition("/")[0] in ("assumed-role", "role", "user")
    return username if known and arn and snapshot.aws.access_entries() else ""


def entries_named(snapshot: Snapshot, username: str, cluster: str = "") -> tuple[AccessEntry, ...]:
    """Return the access entries that may give this username."""
    return tuple(
        item.value
        for item in snapshot.aws.access_entries()
        if cluster in ("", item.value.cluster) and _session(item.value.username, username) is not None
    )


def _session(template: str, username: str) -> str | None:
    """Return the session's name in a username of this template, empty where it has none, None where it differs."""
    if not template:
        return None
    parts = _PLACEHOLDER.split(template)
    pattern, named = re.escape(parts[0]), False
    for placeholder, text in zip(parts[1::2], parts[2::2], strict=True):
        # The session's name stands where its placeholder stands first.
        is_session = placeholder.startswith("SessionName") and not named
        named = named or is_session
        pattern += ("(?P<session>.+)" if is_session else ".+") + re.escape(text)
    match = re.fullmatch(pattern, username)
    if match is None:
        return None
    return match.groupdict().get("session") or ""


def _caller(arn: str, session: str) -> str:
    parsed = Arn.parse(arn)
    if not session or parsed is None or not parsed.resource.startswith("role/"):
        return arn
    name = parsed.resource.rpartition("/")[2]
    return f"arn:{parsed.partition}:sts::{parsed.account}:assumed-role/{name}/{session}"
