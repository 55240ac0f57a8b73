"""What AWS and Kubernetes print when they refuse: written word for word, and read back."""
