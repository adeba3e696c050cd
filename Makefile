# `make run` starts the whole system, `make test` tests it; both set up what they need. `make help` lists the rest.

export FEEDS NOTIFY_URLS
.DEFAULT_GOAL := help
UV := $(shell command -v uv 2>/dev/null || echo .uv/bin/uv)
SYNC = $(UV) sync --frozen --quiet

.PHONY: help run wheel sbom licences audit docs bench test faults faults-containers test-containers load soak fuzz check check-types check-tests test-unit lint format screenshots clean chart compose-up compose-down training

help: ## list the targets
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 16

run: .venv/.run-ready ## start every service and the dashboard as local processes; FEEDS=demo uses the sample feed
	@exec .venv/bin/pricer run

wheel: .venv/.dev-ready ## make dist/product_pricing_agent-*.whl: everything with its artifacts, to be run where there is no checkout
	@cd distribution && ../.venv/bin/python -m hatchling build -t wheel -d ../dist

sbom: .venv/.audit-ready ## make dist/sbom.cdx.json: what the system is made of, as CycloneDX
	@.venv/bin/python -m supply_chain.sbom --uv $(UV)

licences: .venv/.audit-ready ## make docs/licences.md again, after a package was added
	@.venv/bin/python -m supply_chain.licences

audit: .venv/.audit-ready ## secrets, licences, workflows, and known faults of packages where the package index tells them
	@.venv/bin/python -m supply_chain.secrets_scan
	@.venv/bin/python -m supply_chain.licences --check
	@.venv/bin/zizmor --offline --quiet .github
	@.venv/bin/actionlint
	@.venv/bin/python -m supply_chain.known_faults --uv $(UV)

docs: .venv/.audit-ready ## make dist/site: the documentation and the API reference as pages that need no network
	@NO_MKDOCS_2_WARNING=1 .venv/bin/python -m mkdocs build --strict --quiet

# Byte code is kept, also where the environment forbids it beside the sources: a run of the tests starts hundreds of processes,
# and each would compile all that it imports.
test check-tests test-unit: export PYTHONDONTWRITEBYTECODE :=
test check-tests test-unit: export PYTHONPYCACHEPREFIX := $(CURDIR)/.bytecode

# A process more than cores, up to four: many tests wait. A file's tests stay together, since they share what they start.
PROCESSES := $(shell cores=$$(getconf _NPROCESSORS_ONLN); echo $$((cores < 4 ? cores + 1 : 4)))
PYTEST = .venv/bin/python -m pytest -n $(PROCESSES) --dist loadfile

test: .venv/.dev-ready ## run all tests that this machine can run; TESTS="..." some of them
	@$(PYTEST) $(TESTS)

faults: .venv/.dev-ready ## try delivery by faults (half an hour): kills, frozen and doubled processes, clocks, disks, Redis, channels that fail
	@PYTHONPYCACHEPREFIX=$(CURDIR)/.bytecode .venv/bin/python -m tests.faults

load: .venv/.dev-ready ## ten minutes of prices at 80 % of what this machine can do; MINUTES=60 for longer
	@.venv/bin/python -m tests.load.steady --minutes $(or $(MINUTES),10)

soak: .venv/.dev-ready ## an hour of prices, feeds, pushes and pages while each service and Redis is restarted in turn; MINUTES=5 for less
	@.venv/bin/python -m tests.load.soak --minutes $(or $(MINUTES),60)

faults-containers: .venv/.dev-ready ## the same with every process in a container (an hour)
	@PYTHONPYCACHEPREFIX=$(CURDIR)/.bytecode .venv/bin/python -m tests.faults --containers

test-containers: .venv/.dev-ready ## all tests of containers: the whole system, the profile postgres, volumes of an earlier version
	@CONTAINERS=all .venv/bin/python -m pytest -q -n0 tests/contract/test_containers.py tests/contract/test_container_rights.py \
	  tests/e2e/test_compose.py tests/e2e/test_compose_postgres.py tests/e2e/upgrade

bench: .venv/.dev-ready ## run all benchmarks beside their peers (an hour), write docs/benchmarks.md; ONLY="extract forest", SKIP=..., QUICK=1
	@.venv/bin/python -m bench $(if $(ONLY),--only $(ONLY)) $(if $(SKIP),--skip $(SKIP)) $(if $(QUICK),--quick) $(if $(AGAIN),--again)

fuzz: .venv/.dev-ready ## try every service and every reader of foreign texts with random input, for an hour; MINUTES=5 for less
	@FUZZ=$(or $(MINUTES),60) PYTHONPYCACHEPREFIX=$(CURDIR)/.bytecode .venv/bin/python -m pytest -q -n0 tests/fuzz

check: .venv/.dev-ready ## what to run after each edit: ruff, and mypy and the unit tests of all but training, side by side
	@.venv/bin/ruff format --check --quiet .
	@.venv/bin/ruff check --quiet .
	@$(MAKE) --no-print-directory -j2 check-types check-tests

check-types: .venv/.dev-ready
	@.venv/bin/mypy clients/python/src common/src src services/*/src

check-tests: .venv/.dev-ready
	@$(PYTEST) -q tests/unit --ignore tests/unit/training

test-unit: .venv/.dev-ready ## all unit tests
	@$(PYTEST) -q tests/unit

lint: .venv/.dev-ready ## ruff, mypy --strict on src, and the lock file
	.venv/bin/ruff format --check .
	.venv/bin/ruff check .
	.venv/bin/mypy
	$(UV) lock --check

format: .venv/.dev-ready ## let ruff format and fix
	.venv/bin/ruff format .
	.venv/bin/ruff check --fix .

screenshots: .venv/.dev-ready ## make the screenshots in docs/ again, in a real browser
	UPDATE_SCREENSHOT=1 .venv/bin/python -m pytest tests/e2e/test_*_browser.py \
	  tests/integration/training/test_evaluation_report.py tests/integration/training/curation/test_curation_page.py

chart: .venv/.dev-ready ## make the Helm chart in deploy/helm of deploy/kubernetes
	@$(SYNC) --inexact --group deploy
	@.venv/bin/python deploy/helm/make_chart.py --kubectl .venv/bin/kubectl

compose-up: ## the same system in containers
	docker compose up --build --detach --wait

compose-down: ## stop the containers, keep their data
	docker compose down

# Without a GPU the CPU build of torch comes from PyTorch's own index: PyPI's build brings 4 GB of CUDA with it.
TORCH ?= --torch-backend=cpu torch

training: .venv/.dev-ready ## add what the training scripts need: torch and more, the CPU build where there is no GPU
	@if command -v nvidia-smi >/dev/null; then $(SYNC) --inexact --extra training; else \
	  $(UV) export --frozen --quiet --extra training --no-hashes --no-emit-workspace \
	    | grep -vE '^(torch|triton|nvidia|cuda)[a-z0-9-]*[ =]' > .venv/training.txt \
	  && $(UV) pip install --quiet $(TORCH) -r .venv/training.txt; fi

clean: ## remove environments, caches and what runs made
	rm -rf .venv .uv .bytecode var runs .mypy_cache .ruff_cache .pytest_cache

# An environment is made again when the lock file is newer than it.
.venv/.run-ready: uv.lock pyproject.toml | $(UV)
	@echo "Setting up (once) ..."
	@[ -e .venv/.dev-ready ] && $(SYNC) --inexact || $(SYNC) --no-dev --inexact
	@touch $@

.venv/.dev-ready: uv.lock pyproject.toml | $(UV)
	@echo "Setting up with the development tools (once) ..."
	@$(SYNC) --inexact
	@touch $@

.venv/.audit-ready: .venv/.dev-ready
	@$(SYNC) --inexact --group audit --group docs
	@touch $@

# uv where there is none: into a folder of its own, with what the machine has.
.uv/bin/uv:
	@echo "Installing uv ..."
	@python3 -m venv .uv 2>/dev/null && .uv/bin/pip install --quiet uv \
	  || (rm -rf .uv; python3 -m pip install --quiet --target .uv uv) \
	  || (rm -rf .uv; echo "uv could not be installed: see https://docs.astral.sh/uv/" >&2; exit 1)
