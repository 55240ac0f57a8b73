"""What AWS prints, word for word (eks-identity 5.2 and 0.3)."""


def sts_error(code: str, text: str) -> str:
    """Return an error of AssumeRoleWithWebIdentity as botocore and the AWS CLI print it."""
    return f"An error occurred ({code}) when calling the AssumeRoleWithWebIdentity operation: {text}"


NOT_AUTHORIZED = sts_error("AccessDenied", "Not authorized to perform sts:AssumeRoleWithWebIdentity")
INCORRECT_AUDIENCE = sts_error("InvalidIdentityToken", "Incorrect token audience")
MISSING_AUDIENCE = sts_error("InvalidIdentityToken", "Missing a required claim: aud")
INVALID_ARN = sts_error("ValidationError", "Request ARN is invalid")
POD_IDENTITY_REFUSED = (
    "(AccessDeniedException): Unauthorized Exception! EKS does not have permissions to assume the associated role."
)
"""What the agent says of EKS Auth's answer (P5, P13)."""
NODE_ROLE = "AWS errors name the node's role: assumed-role/<node role>/i-<instance>"


def no_provider(issuer: str) -> str:
    """Return STS's answer when the role's account has no provider for the issuer."""
    return sts_error("InvalidIdentityToken", f"No OpenIDConnect provider found in your account for {issuer}")


def too_short(value: str) -> str:
    """Return STS's answer to a role ARN of fewer than twenty characters."""
    return sts_error(
        "ValidationError",
        f"1 validation error detected: Value '{value}' at 'roleArn' failed to satisfy constraint: "
        "Member must have length greater than or equal to 20",
    )
