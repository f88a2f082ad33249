# `make` alone lists the tasks. CI runs `make test`.
SHELL := bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help
CARGO ?= cargo
TOOLS := .venv/.tools-ready
TODAY := .venv-today/.ready
EXAMPLES := .venv-examples/.ready
export PATH := $(CURDIR)/.venv/bin:$(PATH)

.PHONY: help demo build test format-check lint docs deny doctest nextest python installed wheel fuzz loom bench bench-python soak-python sender format kill-loop clean

help: ## List the tasks
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | awk -F ':.*## ' '{ printf "  make %-13s %s\n", $$1, $$2 }'

demo: ## Watch ten recorded browser sessions become user actions, in under a minute
	@echo "Building; the first time takes two to three minutes."
	@$(CARGO) run --release --locked --package autoplay-cli -- demo

build: ## Build the command `autoplay` into target/release/
	$(CARGO) build --release --package autoplay-cli

test: format-check lint docs deny doctest nextest python installed ## Everything that CI checks; installs what it needs

format-check: ## Is every file formatted?
	$(CARGO) fmt --all --check

lint: ## Clippy with the pedantic group; a warning is an error
	$(CARGO) clippy --workspace --all-targets --locked -- -D warnings

docs: ## Build the API documentation; a warning is an error
	RUSTDOCFLAGS="-D warnings" $(CARGO) doc --workspace --no-deps --locked

deny: $(TOOLS) ## Licences, duplicate bans and sources of every dependency
	cargo deny --log-level error check bans licenses sources

doctest: ## Run the examples in the documentation
	$(CARGO) test --workspace --doc --locked --quiet

nextest: $(TOOLS) ## Unit, property and whole-system tests
	cargo nextest run --workspace --locked

python: $(TOOLS) $(TODAY) $(EXAMPLES) ## The Python package: format, lints, types, stubs, tests, examples, parity with the SDK of today
	scripts/build-python
	$(CARGO) build --quiet --locked --package autoplay-cli
	cd python && ruff format --check --quiet . && ruff check --quiet .
	cd python && mypy && stubtest autoplay_sdk --allowlist tests/stubtest-allowlist.txt
	cd python && pytest --quiet

installed: wheel ## Install the wheel as the README says, and run its program
	$(CARGO) build --quiet --locked --package autoplay-cli
	cd python && pytest --quiet installed

wheel: $(TOOLS) ## Build the Python wheel into dist/
	maturin build --release --locked --manifest-path python/Cargo.toml --interpreter python3 --out dist

kill-loop: $(TOOLS) ## The kill -9 loop at its full length: 200 rounds
	AUTOPLAY_KILL_ROUNDS=200 cargo nextest run --locked --package autoplay-cli -E 'test(kill)' --no-capture

fuzz: $(TOOLS) ## Each fuzz target for a minute: decoder, payloads, JSON, subscriber, what the connector takes
	scripts/fuzz 60

loom: ## Try every order in which the client's threads can meet, for a minute each at most
	$(CARGO) run --quiet --release --locked --manifest-path loom/Cargo.toml --target-dir target/loom

bench: ## Measure the client beside its rivals, for two minutes; writes benches/results/ and docs/performance.md
	$(CARGO) run --release --manifest-path benches/Cargo.toml --target-dir target/benches

bench-python: wheel sender ## Measure the Python SDK of today beside ours, for 15 minutes; writes the same places
	python3 python/bench/run.py

soak-python: wheel sender ## Ten million events through each of Python's clients; writes docs/performance.md
	python3 python/bench/soak.py

sender:
	$(CARGO) build --quiet --release --locked --manifest-path benches/Cargo.toml --target-dir target/benches --bin sender

format: $(TOOLS) ## Format every file
	$(CARGO) fmt --all
	cd python && ruff format --quiet . && ruff check --quiet --fix .

clean: ## Remove what was built
	$(CARGO) clean
	rm -rf .venv .venv-today .venv-examples dist

$(TOOLS): scripts/requirements-tools.txt scripts/requirements-python.txt scripts/install-tools
	scripts/install-tools

$(TODAY): scripts/install-today
	scripts/install-today

$(EXAMPLES): python/examples/requirements.txt scripts/install-examples
	scripts/install-examples
