"""Calls to AWS: the SDK's own credentials, paginators and retries; answers in the form that the AWS CLI prints."""

import os
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime
from typing import Any, Literal

import msgspec
from msgspec import Struct

from trustpath.errors import InputError
from trustpath.facts.collected import CALLER
from trustpath.facts.live.deadline import Deadline, ExpiredError, before
from trustpath.facts.logs import NOTHING_THERE, redact_line
from trustpath.model.reads import AwsRead

CONNECT_SECONDS = 5
READ_SECONDS = 15
ATTEMPTS = 4
_IAM_PAGE = 1000
"""IAM gives a hundred things on a page unless it is asked for more."""
_REFUSED = ("AccessDenied", "UnauthorizedOperation", "AuthorizationError", "NotAuthorized", "403")
_BAD_CREDENTIALS = frozenset(
    {
        "ExpiredToken",
        "ExpiredTokenException",
        "InvalidClientTokenId",
        "InvalidSignatureException",
        "SignatureDoesNotMatch",
        "UnrecognizedClientException",
    }
)
_ABSENT = frozenset(
    {
        "AWS.SimpleQueueService.NonExistentQueue",
        "InvalidInstanceID.NotFound",
        "NoSuchBucket",
        "NotFoundException",
        "ServerSideEncryptionConfigurationNotFoundError",
    }
)
"""Codes by which services say that something is not there, besides those that saved errors are read for."""


class CallError(Exception):
    """AWS did not give the answer. ``said`` is its own text with its code, or what happened on the way."""

    def __init__(self, kind: Literal["absent", "denied", "failed"], said: str) -> None:
        super().__init__(said)
        self.kind: Literal["absent", "denied", "failed"] = kind
        self.said = said


class Account(Struct, frozen=True):
    """How to read another account: with a profile, or a role to assume, or both."""

    profile: str = ""
    role_arn: str = ""


class AwsOptions(Struct, frozen=True):
    """What the command line and the configuration say of AWS. Empty means: as the AWS CLI would."""

    profile: str = ""
    region: str = ""
    role_arn: str = ""
    accounts: Mapping[str, Account] = {}


def check_profiles(options: AwsOptions) -> None:
    """Raise InputError where a profile is named that the AWS CLI's configuration does not have."""
    from difflib import get_close_matches

    from botocore.exceptions import ConfigParseError
    from botocore.session import Session

    try:
        known = list(Session().full_config["profiles"])
    except ConfigParseError as error:
        raise InputError(redact_line(" ".join(str(error).split()))[:300], "mend the file") from None
    for name in (options.profile or os.environ.get("AWS_PROFILE", ""), *(a.profile for a in options.accounts.values())):
        if name not in ("", "default", *known):
            near = get_close_matches(name, known, 1)
            hint = f"did you mean {near[0]}?" if near else f"there are {', '.join(sorted(known)) or 'none'}"
            raise InputError(f"no profile {name} in the AWS CLI's configuration", hint)


class AwsApi:
    """AWS with the user's own credentials. Safe to use from several threads."""

    def __init__(self, options: AwsOptions, deadline: Deadline) -> None:
        self.account = ""
        self._options = options
        self._deadline = deadline
        self._lock = threading.Lock()
        self._sessions: dict[Account, Any] = {}
        self._clients: dict[tuple[Account, str, str], Any] = {}

    @property
    def own(self) -> Account:
        """Return the identity of the user's own credentials."""
        return Account(self._options.profile, self._options.role_arn)

    def call(self, read: AwsRead, *, one_page: bool = False) -> bytes:
        """Return the answer with the fields that the AWS CLI prints, all pages in one. Raises CallError."""
        from botocore import xform_name

        with self._errors(read):
            self._deadline.check()
            client = self._client(self._identity(read.account), read.service, read.region)
            name = xform_name(read.operation)
            shapes = client.meta.service_model.operation_model(read.operation).input_shape
            lists = (
                {key: shape.member for key, shape in shapes.members.items() if shape.type_name == "list"}
                if shapes
                else {}
            )
            parameters = {key: _listed(value, lists[key]) if key in lists else value for key, value in read.parameters}
            if client.can_paginate(name) and not one_page:
                answer = self._all_pages(client, name, parameters)
            else:
                answer = getattr(client, name)(**parameters)
        answer.pop("ResponseMetadata", None)
        return msgspec.json.encode(answer, enc_hook=_plain)

    @contextmanager
    def _errors(self, read: AwsRead) -> Iterator[None]:
        """Turn what goes wrong in a block into CallError."""
        import botocore.exceptions as errors

        try:
            yield
        except errors.ClientError as error:
            raise _refused(error.response, read) from None
        except (errors.NoCredentialsError, errors.PartialCredentialsError):
            raise CallError("failed", "there are no AWS credentials: aws sts get-caller-identity tells more") from None
        except errors.NoRegionError:
            raise CallError("failed", "no AWS region is known: give --region") from None
        except ExpiredError:
            raise CallError("failed", f"no answer within {self._deadline.seconds:g} s") from None
        except (errors.BotoCoreError, errors.HTTPClientError, OSError, ValueError) as error:
            raise CallError("failed", redact_line(" ".join(str(error).split()))[:300]) from None

    def may(self, read: AwsRead) -> tuple[Literal["ok", "no", "unknown"], str]:
        """Return whether a call is let through, and AWS' own text. That nothing of the name exists is a yes."""
        try:
            self.call(read, one_page=True)
        except CallError as error:
            states: dict[str, Literal["ok", "no", "unknown"]] = {"absent": "ok", "denied": "no"}
            return states.get(error.kind, "unknown"), error.said
        return "ok", ""

    def _all_pages(self, client: Any, name: str, parameters: dict[str, Any]) -> dict[str, Any]:
        sizes = {"PageSize": _IAM_PAGE} if client.meta.service_model.service_name == "iam" else {}
        pages = client.get_paginator(name).paginate(**parameters, PaginationConfig=sizes)
        whole: dict[str, Any] = {}
        for page in pages:
            self._deadline.check()
            for key, value in page.items():
                if isinstance(value, list) and isinstance(whole.get(key), list):
                    whole[key] = whole[key] + value
                else:
                    whole[key] = value
        for token in ("NextToken", "nextToken", "Marker"):
            whole.pop(token, None)
        if "IsTruncated" in whole:
            whole["IsTruncated"] = False
        return whole

    def can_ask(self, account: str) -> bool:
        """Return whether there are credentials for an account: the user's own, or some that are configured for it."""
        return not account or account == self.account or account in self._options.accounts

    def _identity(self, account: str) -> Account:
        return self.own if account in ("", self.account) else self._options.accounts.get(account, self.own)

    def _client(self, identity: Account, service: str, region: str = "") -> Any:
        from botocore.config import Config

        key = (identity, service, region)
        with self._lock:  # sessions build clients one at a time
            if key not in self._clients:
                config = Config(
                    connect_timeout=CONNECT_SECONDS,
                    read_timeout=READ_SECONDS,
                    retries={"mode": "adaptive", "total_max_attempts": ATTEMPTS},
                    max_pool_connections=16,
                    user_agent_extra="trustpath",
                )
                session = self._session(identity)
                where = region or self._region(session, service)
                self._clients[key] = session.create_client(service, region_name=where, config=config)
            return self._clients[key]

    def _region(self, session: Any, service: str) -> str | None:
        # The SDK of Python alone does not know AWS_REGION, by which the AWS CLI and the other SDKs go.
        told = self._options.region or os.environ.get("AWS_REGION") or session.get_config_variable("region")
        return told or _GLOBAL.get(service)

    def _session(self, identity: Account) -> Any:
        from botocore.session import Session

        if identity not in self._sessions:
            session = Session(profile=identity.profile or None)
            if identity.role_arn:
                self._assume(session, identity.role_arn)
            self._sessions[identity] = session
        return self._sessions[identity]

    def _assume(self, session: Any, role_arn: str) -> None:
        """Make a session act as a role, for the hour that such credentials are good for. Raises CallError."""
        try:
            with self._errors(AwsRead("sts:AssumeRole", (("RoleArn", role_arn),))):
                sts = session.create_client("sts", region_name=self._region(session, "sts"))
                answer = sts.assume_role(RoleArn=role_arn, RoleSessionName="trustpath")["Credentials"]
        except CallError as error:
            # Without the role nothing was asked, so that nothing was refused either.
            raise CallError("failed", error.said) from None
        session.set_credentials(answer["AccessKeyId"], answer["SecretAccessKey"], answer["SessionToken"])

    def signing_client(self, identity: Account) -> Any:
        """Return a client of STS of its own, which only signs, for an identity. Raises CallError."""
        with self._errors(CALLER):
            return before(self._deadline, lambda: self._signing_client(identity))

    def _signing_client(self, identity: Account) -> Any:
        with self._lock:
            session = self._session(identity)
            if session.get_credentials() is None:
                raise CallError("failed", "there are no AWS credentials")
            return session.create_client("sts", region_name=self._region(session, "sts"))

    def arn_of(self, identity: Account) -> str:
        """Return the ARN that STS gives an identity. Raises CallError."""
        with self._errors(CALLER):
            return before(self._deadline, lambda: str(self._client(identity, "sts").get_caller_identity()["Arn"]))


_GLOBAL = {"iam": "us-east-1", "sts": "us-east-1", "organizations": "us-east-1", "s3": "us-east-1"}
"""Services that answer anywhere, for a user without a region."""


def _listed(value: str, member: Any) -> list[str] | list[dict[str, str]]:
    """Return a list as the AWS CLI takes it: texts with commas between, or one structure as `KEY=VALUE,KEY=VALUE`."""
    parts = value.split(",")
    if member.type_name != "structure":
        return parts
    pairs = (part.partition("=") for part in parts)
    return [{key: text for key, _, text in pairs}]


def _plain(value: object) -> object:
    if isinstance(value, datetime):
        return value.isoformat()
    if isinstance(value, bytes):
        return value.decode(errors="replace")
    raise NotImplementedError(type(value).__name__)


def _refused(response: dict[str, Any], read: AwsRead) -> CallError:
    error = response.get("Error", {})
    code, message = str(error.get("Code", "")), redact_line(" ".join(str(error.get("Message", "")).split()))
    said = f"An error occurred ({code}) when calling the {read.operation} operation: {message}"
    if code in NOTHING_THERE | _ABSENT:
        return CallError("absent", said)
    if code in _BAD_CREDENTIALS:
        return CallError("failed", said)
    if any(word in code for word in _REFUSED):
        return CallError("denied", said)
    return CallError("failed", said)
