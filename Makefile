# Every target sets up what it needs; `make help` lists them.
PYTHON ?= python3
VENV   := .venv
PY     := $(VENV)/bin/python
STAMP  := $(VENV)/.installed
unexport PYTHONDONTWRITEBYTECODE # each of some hundred processes would compile every module anew

.DEFAULT_GOAL := help
.PHONY: help setup system demo up down check test test-extras test-compose test-slurm soak soak-mutants mutants gpu-check lint format bench screenshots clean

help: ## show this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## /{printf "  make %-12s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

setup: $(STAMP) ## create .venv and install everything into it

$(STAMP): pyproject.toml constraints.txt scripts/setup.sh
	@PYTHON=$(PYTHON) VENV=$(VENV) sh scripts/setup.sh
	@touch $@

system: ## install what the tests need of the system (servers, proxies, Chromium)
	@sh scripts/system.sh

demo: setup ## start everything, train three runs, print their address; Ctrl-C stops
	@$(PY) -m scripts.demo

up: setup ## start the web service and one worker; Ctrl-C stops
	@$(PY) -m scripts.up

down: ## stop what `make up` or `make demo` started
	@$(PY) -m scripts.down

check: setup lint ## lint, and the tests that are not slow and need no browser and no server
	@$(PY) -m pytest -n 2 --dist worksteal -m "not (slow or browser or services)"

test: setup system lint ## lint, then all tests, in four processes, half of which wait
	@$(PY) -m pytest -n 4 --dist loadfile --no-loadscope-reorder $(TESTS)

test-extras: setup system ## install each extra alone and start what it is for (network, 6 GB of disk)
	@$(PY) -m tests.deploy.extras

test-compose: setup ## docker-compose.yml on a Docker engine: build, train, kill, scale, upgrade (FROM=REVISION)
	@$(PY) -m tests.deploy.engine $(if $(FROM),--from $(FROM))

test-slurm: setup system ## 20 runs in jobs of 60 s that are preempted, on a real Slurm (root; Debian's packages)
	@$(PY) -m tests.slurm.proof
	@$(PY) -m tests.slurm.proof --signal

soak: setup system ## 200 tiny runs under kills; a log under readers; every property with 1,000 fresh examples
	@$(PY) -m tests.kills.soak --lab servers
	@$(PY) -m tests.kills.soak --lab embedded
	@$(PY) -m tests.kills.readers
	@$(PY) -m pytest -n 2 -m hypothesis --hypothesis-profile soak

soak-mutants: setup system ## break resume, fence, lease, requeue, submission: the soak must notice
	@$(PY) -m tests.mutants soak

mutants: setup ## break each of the thirteen promises: its test must notice
	@$(PY) -m tests.mutants promises

gpu-check: ## tests and speeds of a GPU, in eight minutes, with the python3 that has its PyTorch
	@$(or $(PYTHON),python3) -m scripts.gpu_check --out gpu.jsonl

lint: setup ## ruff, type check, import borders
	@$(VENV)/bin/ruff check .
	@$(VENV)/bin/ruff format --check .
	@$(VENV)/bin/mypy
	@$(VENV)/bin/lint-imports --no-logo

format: setup ## let ruff rewrite the code
	@$(VENV)/bin/ruff check --fix .
	@$(VENV)/bin/ruff format .

bench: setup ## every speed claim, with its baseline in the same run
	@for file in benchmarks/bench_*.py; do echo "== $$file"; $(PY) -m benchmarks.$$(basename $$file .py) || exit 1; done

screenshots: setup ## retake the README's pictures from a running demo (OLS_PORT)
	@$(PY) -m scripts.screenshots http://127.0.0.1:$${OLS_PORT:-8000} docs/images

clean: ## remove the virtual environment and caches (not the data)
	rm -rf $(VENV) .mypy_cache .ruff_cache .pytest_cache .import_linter_cache
