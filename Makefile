# `make help` lists the targets. Everything is built into bin/.

.DEFAULT_GOAL := help
SHELL := /bin/bash
.SHELLFLAGS := -eu -o pipefail -c

ROOT    := $(CURDIR)
BIN     := $(ROOT)/bin
PLUGIN  := $(BIN)/pulumi-resource-cfaccess
SIM     := $(BIN)/cfaccess-sim
TOOL    := $(BIN)/pulumi-tool-cfaccess
DIST    := $(ROOT)/dist
STAGE   := $(ROOT)/scripts/stage.sh

# tests/release compares the other places that have the version.
export VERSION := $(shell sed -n 's/^const Version = "\(.*\)"/\1/p' provider/version.go)
# What is built for a release has the time of the commit in place of the time of its build.
export SOURCE_DATE_EPOCH ?= $(shell git log -1 --format=%ct)
export PATH := $(BIN):$(PATH)

.PHONY: help build tools oldest schema states examples sdk sdk_check generated_is_current lint vulnerabilities test test_unit test_engine test_languages built units raced test_matrix faults_through_engine programs_through_engine languages test_dotnet faults fuzz bench bench_against archive repeatable release publishable publish_maven demo clean

help: ## List the targets
	@awk -F ':.*## ' '/^[a-z_]+:.*## / { printf "  make %-20s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

build: ## Build the plugin, its companion command and the simulator into bin/
	@mkdir -p $(BIN)
	@$(STAGE) "building the plugin" scripts/build.sh pulumi-resource-cfaccess $(PLUGIN)
	@$(STAGE) "building the simulator" scripts/build.sh cfaccess-sim $(SIM)
	@$(STAGE) "building the companion command" scripts/build.sh pulumi-tool-cfaccess $(TOOL)

tools: ## Build the pulumi CLI and its YAML host into bin/, where PATH has none that is recent enough
	@$(STAGE) "the pulumi CLI and its YAML host" scripts/tools.sh $(BIN)

oldest: ## Build the oldest pulumi CLI that is supported, and its YAML host, into bin/oldest/
	@$(STAGE) "the oldest supported pulumi CLI and its YAML host" scripts/tools.sh $(BIN)/oldest oldest

schema: ## Rewrite schema.json from the provider
	@go test ./provider -count=1 -run '^TestSchemaIsCurrent$$' -update

SDKGEN = cd internal/sdkgen && go run . -schema ../../schema.json -out ../../sdk -version $(VERSION)
EXAMPLES = cd internal/sdkgen && go run . examples -schema ../../schema.json -docs ../../docs \
	-sections ../../provider

states: build tools ## Record the states of this version, for the tests of later ones
	@go test ./tests/upgrade -count=1 -run '^TestTheStatesOfThisVersionAreRecorded$$' -record

examples: ## Convert docs/examples to every language, for the documentation and the schema
	@$(EXAMPLES)

# The schema holds the converted examples, which are converted by the schema.
sdk: ## Rewrite all that is generated: schema.json, the examples in every language, and the SDKs
	@$(MAKE) --no-print-directory schema examples
	@$(MAKE) --no-print-directory schema
	@$(SDKGEN)

sdk_check: ## Check, as a stage, that all that is generated is current
	@$(STAGE) "what is generated is current" $(MAKE) --no-print-directory generated_is_current

generated_is_current: ## Check that all that is generated is current
	@$(EXAMPLES) -check
	@$(SDKGEN) -check
	@cd internal/sdkgen && go test -shuffle=on ./...

lint: ## Run the linters
	@scripts/lint.sh

vulnerabilities: ## Look for known vulnerabilities in what the programs call (asks vuln.go.dev)
	@cd tools/govulncheck && go build -trimpath -o $(BIN)/govulncheck golang.org/x/vuln/cmd/govulncheck
	@govulncheck ./...
	@cd sdk/go/cfaccess && govulncheck ./...

# The matrix keeps every core busy once it is linked. The stages after it wait for pulumi,
# npm and Maven a good part of the time: hence three of them at once.
test: build tools oldest ## Run every test
	@$(MAKE) --no-print-directory --jobs=2 test_matrix archive
	@$(MAKE) --no-print-directory --jobs=3 programs_through_engine languages faults_through_engine sdk_check units raced

# What the tests start lives for seconds: with Go's default, a tenth of its time is collection.
programs_through_engine languages faults_through_engine sdk_check units raced: export GOGC = 400

test_unit: units raced ## Run the unit tests, with the race detector

units:
	@$(STAGE) "unit tests" scripts/unit_tests.sh ./tests/architecture ./tests/release

raced:
	@$(STAGE) "random lives and a sample of the faults" go test -race ./tests/faults -run '^(TestMatrix|TestRandomLivesKeepEveryPromise)$$' -every 100 -runs 100

# What is built comes first, also with make -j.
test_engine: built test_matrix ## Run the fault matrix, and the tests through the real Pulumi engine
	@$(MAKE) --no-print-directory faults_through_engine programs_through_engine

test_languages: built ## Test the SDKs and the examples of every language
	@$(MAKE) --no-print-directory languages

# What the tests below run.
built: build tools oldest archive

# The tests of these names run the provider in their own process, in bubbles in which
# time passes at once. With the race detector the whole matrix would take ten minutes
# more, so make raced runs a sample of it.
MATRIX = ^(TestMatrix|TestRandom)
test_matrix: ## Put every operation through every fault
	@$(STAGE) "operations under every fault" go test -count=1 -timeout 30m ./tests/faults -run '$(MATRIX)'

THROUGH_ENGINE = go test -race -count=1 -timeout 40m
faults_through_engine:
	@$(STAGE) "faults through the real Pulumi engine" $(THROUGH_ENGINE) ./tests/faults -skip '$(MATRIX)'

# Tests that wait for pulumi leave cores idle: hence more of them at once than cores. Not
# those of interrupts: the engine gives a plugin 5 seconds after a second Ctrl-C.
MANY = -parallel $$((2 * $$(getconf _NPROCESSORS_ONLN)))
programs_through_engine:
	@$(STAGE) "programs through the real Pulumi engine" $(THROUGH_ENGINE) $(MANY) $$(go list ./tests/... | grep -vE '/(architecture|release|faults|sdks)$$')

# These build each SDK as its users would, with the tools of every language.
languages:
	@scripts/toolchains.sh || { [ $$? = 1 ]; exit; }; \
	$(STAGE) "the Java language host" scripts/tools.sh $(BIN) java; \
	$(STAGE) "the SDKs and the examples of every language" go test -count=1 -timeout 40m ./tests/sdks; \
	$(STAGE) "the programs that an import writes" go -C tests/importprograms test -count=1 -timeout 20m ./...

# Not part of make test, which must pass without a .NET SDK.
test_dotnet: ## Test the SDK for .NET; needs a .NET SDK (8 or newer) and jq
	@scripts/test_dotnet.sh

faults: ## Run the fault matrix, and print what was left behind
	@go test -count=1 -v -timeout 30m ./tests/faults -run '$(MATRIX)' | grep -vE '^ *(=== |--- PASS)'

# Each target by itself, since go test fuzzes one at a time.
FUZZTIME ?= 5m
fuzz: ## Fuzz the id parser, answers, inputs, names and exports, FUZZTIME (5m) each
	@for package in internal/servicetoken internal/cfapi provider cmd/pulumi-tool-cfaccess/internal/{audit,importfile}; do \
	  for target in $$(grep -hoE '^func Fuzz\w+' $$package/*_test.go | sed 's/func //'); do \
	    go test ./$$package -run '^$$' -fuzz "^$$target$$" -fuzztime $(FUZZTIME); done; done

BENCH = go test ./tests/bench -run '^$$' -benchtime 1x -timeout 40m

bench: build tools ## Measure the plugin: start, size, requests, time and memory for 1 to 10,000 tokens
	@$(BENCH) -bench .

# In rounds, since what else the machine does changes with time.
N      ?= 1000
ROUNDS ?= 3
bench_against: build tools ## Compare with the plugin of the revision REV: time and processor time of up, preview and refresh for N (1000) tokens
	@folder=$$(scripts/build_revision.sh "$(REV)" $(BIN)/against); \
	for round in $$(seq $(ROUNDS)); do \
	  $(BENCH) -bench '^BenchmarkCLI$$/latency=0s/./op=(up|preview|refresh)$$/plugin=' -tokens $(N) -against "$$folder"; \
	done | tee $(BIN)/against.txt
	@cd tools && go tool benchstat -col /plugin -row /op -filter '.unit:(sec/op OR user+sys-sec/op)' $(BIN)/against.txt

# What a release consists of is the same bytes from the same commit, each time.
repeatable: archive ## Build this platform's archive a second time, elsewhere, and compare
	@$(STAGE) "the archive again, elsewhere" scripts/repeatable.sh $(DIST)

release: ## Build all that a release consists of into dist/, and say whether it can be published
	@$(STAGE) "the release" scripts/release.sh
	@scripts/publishable.sh $(VERSION) || true

publishable: ## Fail unless what make release built can be published
	@scripts/publishable.sh $(VERSION)

publish_maven: ## Sign the SDK for Java, and upload it to Maven Central (in the workflow)
	@cd sdk/java && mvn --batch-mode --no-transfer-progress -P release,publish -Dproject.build.outputTimestamp=$(SOURCE_DATE_EPOCH) deploy

archive: ## Build the plugin's archive for this platform into dist/, as a release has it
	@$(STAGE) "the archive for this platform" scripts/archive.sh $(DIST)

demo: build tools ## Deploy examples/yaml to a simulated Cloudflare, import, destroy (REAL=1: to the real one)
	@scripts/demo.sh

clean: ## Remove what was built
	@rm -rf $(BIN) $(DIST) $(ROOT)/.cache
