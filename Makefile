# `make help` lists the targets. Everything is built into bin/.

.DEFAULT_GOAL := help
SHELL := /bin/bash
.SHELLFLAGS := -eu -o pipefail -c

ROOT    := $(CURDIR)
BIN     := $(ROOT)/bin
PLUGIN  := $(BIN)/pulumi-resource-cfaccess
SIM     := $(BIN)/cfaccess-sim
LDFLAGS := -s -w

export PATH := $(BIN):$(PATH)

.PHONY: help build tools schema sdk sdk_check lint test test_unit test_engine bench demo clean

help: ## List the targets
	@awk -F ':.*## ' '/^[a-z_]+:.*## / { printf "  make %-12s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

build: ## Build the plugin and the simulator into bin/
	@echo "==> building the plugin and the simulator"
	@mkdir -p $(BIN)
	@go build -trimpath -ldflags "$(LDFLAGS)" -o $(PLUGIN) ./cmd/pulumi-resource-cfaccess
	@go build -trimpath -ldflags "$(LDFLAGS)" -o $(SIM) ./cmd/cfaccess-sim

tools: ## Build the pulumi CLI and its YAML host into bin/, where PATH has none that is recent enough
	@scripts/tools.sh $(BIN)

schema: ## Rewrite schema.json from the provider
	@go test ./provider -count=1 -run '^TestSchemaIsCurrent$$' -update

# The version is said in one place, provider/version.go.
SDKGEN = cd internal/sdkgen && go run . -schema ../../schema.json -out ../../sdk \
	-version $$(sed -n 's/^const Version = "\(.*\)"/\1/p' ../../provider/version.go)

sdk: schema ## Rewrite schema.json, and the SDKs of five languages from it
	@$(SDKGEN)

sdk_check:
	@echo "==> the SDKs are those of schema.json"
	@$(SDKGEN) -check
	@cd internal/sdkgen && go test -shuffle=on ./...

lint: ## Run the linters
	@scripts/lint.sh

test: build tools test_unit sdk_check test_engine ## Run every test

test_unit:
	@echo "==> unit tests"
	@go test -race -shuffle=on ./cmd/... ./internal/... ./provider/...

test_engine: build tools
	@echo "==> programs through the real Pulumi engine"
	@go test -count=1 -timeout 40m ./tests/...

bench: build ## Measure the plugin: its size, and how soon it is ready
	@go test ./tests/bench -run '^$$' -bench . -benchtime 10x -count 1

demo: build tools ## Deploy examples/yaml to a simulated Cloudflare, import, destroy (REAL=1: to the real one)
	@scripts/demo.sh

clean: ## Remove what was built
	@rm -rf $(BIN)
