# Everything needs only python3 (3.11 or newer) and make; what else is needed is installed into .venv.
PYTHON ?= python3
VENV   := .venv
BIN    := $(VENV)/bin
STAMP  := $(VENV)/.ready
RUNS   := $(VENV)/.runs
CODE   := core wire config clients transformations tags server tagyard tests bench docs docker setup.py

CONFIG := config/examples/quickstart.yaml
PORT   ?= 8080
ADMIN_PORT ?= 8081

# As root on Debian a missing program is installed, and a service that comes with it is not started; elsewhere it is said which
# one is missing. Some programs are where only root's PATH leads.
define need
@PATH="$$PATH:/usr/sbin" command -v $(1) >/dev/null || { [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null && apt-get update -qq && SYSTEMD_OFFLINE=1 apt-get install -qq -y $(2) $(1) >/dev/null; } || { echo "$(1) is missing; on Debian: apt-get install $(1)"; exit 1; }
endef

.PHONY: run test programs check fix docs site pictures coverage bench cost bench-peers bench-docs profile endurance wheel sdist test-compiled cost-compiled image-test lock audit clean help

help:            ## show this
	@grep -hE '^[a-z-]+: .*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 14

$(VENV)/pyvenv.cfg:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "Tagyard needs Python 3.11 or newer; $(PYTHON) is $$($(PYTHON) -V 2>&1)."; exit 1; }
	@$(PYTHON) -c 'import ensurepip, venv' || { echo "Python's venv module is missing; on Debian: apt-get install python3-venv"; exit 1; }
	@echo "Making an environment for $$($(PYTHON) -V) in $(VENV)"
	@$(PYTHON) -m venv --without-pip $(VENV)

# Of what pip installs, also to build a wheel, a module is compiled when it is imported first, as most of them never are.
export PIP_NO_COMPILE := 1
export PIP_DISABLE_PIP_VERSION_CHECK := 1
INSTALL := install --quiet --editable
OWN_PIP := $(BIN)/python -m ensurepip >/dev/null

# Running needs half of the packages that testing does. uv is the quickest, where it is there; next comes the pip of the Python that made
# the environment, which then needs none of its own.
$(RUNS): pyproject.toml | $(VENV)/pyvenv.cfg
	@echo "Installing Tagyard and what it needs there, once"
	@if command -v uv >/dev/null; then \
		uv pip $(INSTALL) . --python $(BIN)/python; \
	elif $(PYTHON) -m pip --python $(BIN)/python --version >/dev/null 2>&1; then \
		$(PYTHON) -m pip --python $(BIN)/python $(INSTALL) .; \
	else \
		$(OWN_PIP) && $(BIN)/python -m pip $(INSTALL) .; \
	fi
	@touch $@

$(STAMP): pyproject.toml | $(VENV)/pyvenv.cfg
	@echo "Installing Tagyard and what its tests need in $(VENV), once"
	@$(BIN)/python -c 'import pip' 2>/dev/null || $(OWN_PIP)
	@$(BIN)/python -m pip $(INSTALL) '.[test]'
	@touch $(RUNS) $@

run: export DEBUG_PAGE := http://localhost:$(ADMIN_PORT)/
run: $(RUNS)    ## serve the quickstart; MEASUREMENT_ID=G-... sends for real, VERBOSE=1 shows all that would leave
	@echo "Starting Tagyard: the demo shop at http://localhost:$(PORT)/, the debug page at $(DEBUG_PAGE)"
ifdef MEASUREMENT_ID
	@MEASUREMENT_ID=$(MEASUREMENT_ID) $(BIN)/tagyard serve $(CONFIG) --port $(PORT) --admin-port $(ADMIN_PORT) --data data
else
	@$(BIN)/tagyard serve $(CONFIG) --port $(PORT) --admin-port $(ADMIN_PORT) --dry-run $(if $(VERBOSE),--verbose)
endif

programs:
	-$(call need,chromium-headless-shell)
	$(call need,npm)
	$(call need,nginx,--no-install-recommends)
	$(call need,caddy,--no-install-recommends)
	-$(call need,valgrind)
	-$(call need,prometheus,--no-install-recommends)
	$(if $(shell docker compose version 2>/dev/null),,$(call need,docker-compose,--no-install-recommends))

# What tests take from npm: senders for Universal Analytics, and axe-core for the debug page.
FROM_NPM := $(patsubst %,tests/%/node_modules/.package-lock.json,real_clients debug_page)
$(FROM_NPM): %/node_modules/.package-lock.json: %/package-lock.json | programs
	npm ci --prefix $* --no-audit --no-fund --loglevel=error
	@touch $@

# More than most machines have cores, as tests of whole servers wait for half of their time; files in the order of tests/conftest.py.
PARALLEL := --numprocesses 4 --dist loadfile --no-loadscope-reorder

SHAPE := tests/test_shape.py tests/test_house.py

test: check programs $(FROM_NPM)  ## everything: lint, types, tests
	$(BIN)/python -m pytest $(PARALLEL) $(addprefix --ignore=,$(SHAPE))

# These tests must reach so many per cent of the lines and branches of these folders.
GATED := tests/core tests/wire tests/config tests/components tests/clients tests/tags tests/transformations tests/server/outbox
GATES := core:98 wire:98 config:98 server/outbox:97

coverage: $(STAMP)  ## lines and branches that no test reaches of core, wire, config and the outbox; fails where they are too many
	$(BIN)/python -m pytest $(PARALLEL) $(GATED) $(foreach gate,$(GATES),--cov=$(firstword $(subst :, ,$(gate)))) --cov-report=
	@for gate in $(GATES); do \
		$(BIN)/coverage report --skip-covered --include="$${gate%:*}/*" --fail-under="$${gate#*:}" || exit 1; \
	done

check: $(STAMP)  ## the fast half: format, lint, types, and the shape of the code
	$(BIN)/ruff format --check $(CODE)
	$(BIN)/ruff check $(CODE)
	$(BIN)/mypy $(CODE)
	$(BIN)/python -m pytest $(SHAPE)

fix: $(STAMP)    ## repair what a machine can
	$(BIN)/ruff check --fix $(CODE)
	$(BIN)/ruff format $(CODE)

docs: $(STAMP)   ## write the pages and tables of docs/ anew that come from the code
	$(BIN)/python -m docs.render

SITE := $(VENV)/.site
$(SITE): pyproject.toml | $(VENV)/pyvenv.cfg
	@echo "Installing Tagyard and what builds its site in $(VENV), once"
	@$(BIN)/python -c 'import pip' 2>/dev/null || $(OWN_PIP)
	@$(BIN)/python -m pip $(INSTALL) '.[docs]'
	@touch $(RUNS) $@

site: export NO_MKDOCS_2_WARNING := 1
site: $(SITE)    ## build the documentation's site into build/site, to be opened there or served by any web server
	@$(BIN)/python -m mkdocs build --strict --quiet
	@echo "Open build/site/index.html"

pictures: $(STAMP)  ## take the pictures of the debug page anew that docs/ shows; as root on Debian, or with faketime there
	-$(call need,chromium-headless-shell)
	$(call need,faketime)
	$(BIN)/python -m tests.debug_page.pictures

# As it lies in a wheel, and found before the tree's own by every process that is started with COMPILED_PATH.
COMPILED_TREE := build/compiled
COMPILED_PATH := PYTHONSAFEPATH=1 PYTHONPATH=$(CURDIR)/$(COMPILED_TREE):$(CURDIR)

# CASE=name measures one of bench/cases.py; JSON=FILE writes the figures, COMPARE=FILE tells the change since such a file.
BENCH := $(if $(CASE),--case $(CASE)) $(if $(JSON),--json $(JSON)) $(if $(COMPARE),--compare $(COMPARE))

bench: $(STAMP)  ## CPU time and events a second, end to end, beside a bare ASGI application
	$(call need,wrk)
	$(BIN)/python -m bench $(BENCH)

cost: $(STAMP)   ## instructions an event, counted by callgrind, beside a bare ASGI application
	$(call need,valgrind)
	$(BIN)/python -m bench.cost $(BENCH)

MEASURING := $(VENV)/.bench
$(MEASURING): $(STAMP)
	$(BIN)/python -m pip install --quiet --editable '.[bench]' || echo "mq-bridge and py-spy cannot be had here"
	@touch $@

bench-peers: $(MEASURING)  ## the same beside nginx and mq-bridge, where they can be had
	$(call need,wrk)
	-$(call need,nginx,--no-install-recommends)
	$(BIN)/python -m bench.peers $(BENCH)

bench-docs: $(MEASURING) $(COMPILED_TREE)  ## take all figures of docs/performance.md, and write them there; a quarter of an hour on a quiet machine
	$(call need,wrk)
	$(call need,valgrind)
	-$(call need,nginx,--no-install-recommends)
	$(BIN)/python -m bench.page --measure peers load cost
	$(COMPILED_PATH) $(BIN)/python -m bench.page --measure compiled

profile: $(MEASURING)  ## a flame graph of the server under the load of make bench
	$(call need,wrk)
	$(BIN)/python -m bench.profile $(BENCH)

endurance: $(STAMP)  ## kill the server a hundred times under load; nothing acknowledged may be missing; and 500 slow connections
	$(BIN)/python -m pytest tests/server/process tests/vendors --rounds 100 -k "killed or slow_connections or purchases" -s

COMPILER := $(VENV)/.compile
$(COMPILER): $(STAMP)
	@$(BIN)/python -m pip install --quiet --editable '.[compile]'
	@touch $@

wheel: $(COMPILER)  ## into dist; COMPILED=1: with its hot modules as machine code, which needs a C compiler
	$(if $(filter 1,$(COMPILED)),$(call need,gcc))
	rm -rf build/lib* build/bdist*
	PYTHONHASHSEED=0 TAGYARD_COMPILED=$(COMPILED) $(BIN)/python -m pip wheel --quiet --no-build-isolation --no-deps --wheel-dir dist .

sdist: $(COMPILER)  ## the sources as one archive, into dist
	$(BIN)/python setup.py --quiet sdist

$(COMPILED_TREE): $(COMPILER) setup.py $(shell find core wire config clients transformations tags server tagyard -name '*.py')
	$(call need,gcc)
	rm -rf $@
	PYTHONHASHSEED=0 TAGYARD_COMPILED=1 $(BIN)/python setup.py --quiet build --build-lib $@
	@touch $@

# What runs compiled code; TESTS=... runs others.
TESTS ?= tests/core tests/wire tests/clients tests/tags tests/transformations tests/components tests/plugin tests/test_compiled.py \
	$(addprefix tests/server/,connections delivery http observe outbox public visitors)

test-compiled: $(COMPILED_TREE)  ## the tests of what a compiled wheel compiles, on that
	$(COMPILED_PATH) $(BIN)/python -m pytest $(PARALLEL) --override-ini=pythonpath=$(COMPILED_TREE) -m "not image and not interpreted" $(TESTS)

cost-compiled: $(COMPILED_TREE)  ## make cost, of what a compiled wheel has
	$(call need,valgrind)
	$(COMPILED_PATH) $(BIN)/python -m bench.cost $(BENCH)

image-test: $(STAMP)  ## build the container image and run it; as root on Debian
	@[ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null || { echo "make image-test needs root on Debian: debootstrap makes the base image, and a read-only root is mounted."; exit 1; }
	$(call need,buildah,--no-install-recommends)
	$(call need,debootstrap,--no-install-recommends)
	$(BIN)/python -m pytest tests/docker -m image

AUDIT := $(VENV)/.audit
$(AUDIT): $(STAMP)
	$(BIN)/python -m pip install --quiet --editable '.[audit]'
	@touch $@

lock: $(AUDIT)   ## take the newest releases that pyproject.toml allows into the image
	$(BIN)/python -m docker.lock

audit: $(AUDIT)  ## the image's packages: do they fit pyproject.toml, what are they, is a weakness of theirs known
	$(BIN)/python -m docker.audit

clean:           ## remove what make made
	rm -rf $(VENV) build *.egg-info .mypy_cache .ruff_cache .pytest_cache .hypothesis .coverage
