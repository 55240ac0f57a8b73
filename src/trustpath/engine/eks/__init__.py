"""How an EKS cluster decides who a caller is (eks-identity 1 and 2)."""
