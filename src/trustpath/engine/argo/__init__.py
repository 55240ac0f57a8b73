"""What Argo Workflows does and needs, rule by rule (argo-workflows)."""
