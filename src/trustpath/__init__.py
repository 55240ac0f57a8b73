"""Trustpath: why a pod, person or pipeline is denied on Kubernetes and AWS, and what fixes it."""

__version__ = "0.1.0"
