"""Facts read from a running cluster and an AWS account."""
