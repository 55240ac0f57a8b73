"""IAM policy evaluation, rule by rule beside the sections of the reference on IAM evaluation."""
