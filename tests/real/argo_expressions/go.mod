module trustpath.dev/tests/real/argo_expressions

go 1.24.0

require github.com/expr-lang/expr v1.17.7
