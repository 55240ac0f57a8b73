"""Which IAM action stands behind a call that CloudTrail records: mostly the same name, not always."""

import re

from trustpath.engine.iam.service_reference import action_exists

_ACTIONS = {
    "s3:HeadObject": "s3:GetObject",
    "s3:HeadBucket": "s3:ListBucket",
    "s3:ListObjects": "s3:ListBucket",
    "s3:ListObjectsV2": "s3:ListBucket",
    "s3:ListObjectVersions": "s3:ListBucketVersions",
    "s3:ListBuckets": "s3:ListAllMyBuckets",
    "s3:CopyObject": "s3:PutObject",
    "s3:CreateMultipartUpload": "s3:PutObject",
    "s3:UploadPart": "s3:PutObject",
    "s3:CompleteMultipartUpload": "s3:PutObject",
    "s3:DeleteObjects": "s3:DeleteObject",
    "lambda:Invoke": "lambda:InvokeFunction",
}
_PREFIXES = {"email": "ses", "monitoring": "cloudwatch", "tagging": "tag"}
_DATED = re.compile(r"(\w+?)\d{8}(?:v\d+)?")
"""Names of Lambda and CloudFront end with the version of their API."""


def recorded_action(source: str, name: str) -> str:
    """Return the action of a call of ``source`` (``s3.amazonaws.com``), as its name says it; it may be none of IAM."""
    service = source.removesuffix(".amazonaws.com")
    prefix = _PREFIXES.get(service, service)
    dated = _DATED.fullmatch(name)
    action = f"{prefix}:{dated[1] if dated and not action_exists(prefix, name) else name}"
    return _ACTIONS.get(action, action)


def is_known(action: str) -> bool:
    """Return whether IAM has an action."""
    service, _, name = action.partition(":")
    return action_exists(service, name)
