# make demo   sets up and explains bundled failures; make demo-live does it on a real API server (needs Go)
# make test   runs the tests
# make check  everything that has to be green before a change lands
# Fresh machine: Python 3.11 or newer, make and git. uv is installed into .tools/ by itself.

PYTHON ?= python3
UV_VERSION := 0.13.9
UV := .tools/bin/uv
export UV_PYTHON_DOWNLOADS := never
RUN := $(UV) run --locked --quiet

.PHONY: demo demo-live test check fuzz peers real bench docs format clean help

help:
	@sed -n 's/^# \{0,1\}//p' Makefile | head -5

$(UV):
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "Trustpath needs Python 3.11 or newer: make PYTHON=/path/to/python3.11"; exit 2; }
	@$(PYTHON) -m venv .tools
	@.tools/bin/python -m pip install --quiet --disable-pip-version-check uv==$(UV_VERSION)

.venv/.ready: $(UV) pyproject.toml uv.lock
	@$(UV) sync --locked --quiet --compile-bytecode --python $(PYTHON)
	@touch $@

demo: .venv/.ready
	@.venv/bin/python demo/run.py

demo-live: .venv/.ready
	@command -v go >/dev/null || [ -n "$$KUBEBUILDER_ASSETS" ] || [ -x tests/real/build/kube-apiserver ] || \
		{ echo "demo-live: Go is not there, and it builds the API server: https://go.dev/dl"; exit 0; }; \
	for program in $$([ -n "$$KUBEBUILDER_ASSETS" ] || echo etcd kube-apiserver); do \
		[ -x tests/real/build/$$program ] || (cd tests/real/$$program && go build -o ../build/$$program .) || exit 1; done; \
	.venv/bin/python demo/live.py

test: .venv/.ready
	@$(RUN) pytest

fuzz: .venv/.ready
	@TRUSTPATH_FUZZ=50000 $(RUN) pytest tests/test_fuzz.py tests/test_fuzz_policies.py tests/test_fuzz_decide.py

# Other evaluators, for comparison alone: moto, and iam-simulate where Node.js is there.
peers: .venv/.ready
	@npm ci --prefix tests/peers --silent --no-audit --no-fund || echo "peers: without Node.js and npm, iam-simulate is left out"
	@$(UV) run --locked --quiet --group peers pytest tests/peers

format: .venv/.ready
	@$(RUN) ruff format
	@$(RUN) ruff check --fix

docs: .venv/.ready
	@$(RUN) python docs/build.py

bench: .venv/.ready
	@$(RUN) python benchmarks/run.py
	@$(RUN) python benchmarks/iam.py
	@$(RUN) python benchmarks/rbac.py
	@$(RUN) python benchmarks/logs.py
	@$(RUN) python benchmarks/scan.py
	@$(RUN) python benchmarks/fix.py
	@$(RUN) python benchmarks/argo.py

# kube-apiserver takes minutes to build when Go's cache is empty; KUBEBUILDER_ASSETS may name a folder that has it.
real: .venv/.ready
	@command -v go >/dev/null || { echo "real: Go is not there, so Kubernetes' and the authenticator's own code is left out"; exit 0; }; \
	for program in rbac authenticator $$([ -n "$$KUBEBUILDER_ASSETS" ] || echo etcd kube-apiserver) kubectl argo_expressions; do \
		(cd tests/real/$$program && go build -o ../build/$$program .) || exit 1; done
	@$(RUN) pytest tests/real -s

check: .venv/.ready
	$(RUN) ruff format --check
	$(RUN) ruff check
	$(RUN) mypy
	$(RUN) lint-imports --no-logo
	TRUSTPATH_FUZZ=10000 $(RUN) pytest --cov --cov-report=term --cov-fail-under=95
	$(RUN) python docs/build.py
	$(RUN) python tests/packaging/check_wheel.py
	@echo "check: all green"

clean:
	rm -rf .venv .tools dist build docs/_build .pytest_cache .mypy_cache .ruff_cache .hypothesis
