"""What is wrong with a policy document: IAM's own refusals, Access Analyzer's checks, and mistakes of trust."""
