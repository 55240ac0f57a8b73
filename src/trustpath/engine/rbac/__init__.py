"""What the RBAC authorizer of Kubernetes decides (kubernetes-rbac 4)."""
