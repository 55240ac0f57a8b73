"""The eight recommendations for Argo Workflows as checks: one check, one file and its page (argo-workflows 7)."""
