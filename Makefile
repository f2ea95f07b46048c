# Every command of the project. CI calls nothing else. `make` lists them.

SHELL := bash
.SHELLFLAGS := -eu -o pipefail -c
.DELETE_ON_ERROR:
.NOTPARALLEL:
.DEFAULT_GOAL := help

TARGET := $(or $(CARGO_TARGET_DIR),target)
BIN := $(TARGET)/debug
DEV := $(TARGET)/dev
NEXTEST := $(shell command -v cargo-nextest)
FAULTS := --features reference-server/faults
BENCHES := --features reference-server/bench

# What a build is made of. `--examples` names none, because there are none: it lets cargo choose features as for the
# tests, whose own dependencies ask for more. So `make test` compiles nothing again (`ci/builds` holds that). Only a
# load needs goose, with rustls and an HTTP client of its own.
VERIFY_BUILD := --locked --workspace --examples --bin airtight --bin reference-server
LOAD_BUILD := $(VERIFY_BUILD) --bin airtight-load
TEST_BUILD := --locked --workspace --bins --tests $(FAULTS)
OPEN_FAULT = $(if $(FAULT),$(FAULTS))
# One line before a build from nothing, and cargo's own progress after it.
SAY_BUILD = @[[ -x $(BIN)/airtight ]] || echo 'build: everything is compiled once: two to five minutes on two cores'

# Arguments reach the recipes through the environment, so that no shell reads a name as code.
ARGS ?=
URL ?=
FAULT ?=
# NAME counts only on make's own line: some systems have a variable of that name.
ifneq ($(origin NAME),command line)
NAME :=
endif
export FAULT NAME URL

.PHONY: help setup setup-verify machine screenshots smoke verify load bench cuts explore compare fuzz mutants \
	selftest selftest-all test test-quick watch timings build-tests suite lint run user doc schemas flaky advisories clean-history

help: ## list the commands
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-15s %s\n", $$1, $$2 }' $(firstword $(MAKEFILE_LIST))

setup: ## see that the machine has what a build and the tests need
	@ci/setup --for test

# Without an engine the checks in containers are undecided and say so; in CI that fails them.
machine: setup
	@ci/engine && ci/image || [[ $$? == 3 ]]

setup-verify:
	@ci/setup --for verify

verify: setup-verify ## start the reference server and judge it; ARGS="…" for airtight, FAULT=ISO04 to open a leak first
	$(SAY_BUILD)
	@cargo build $(VERIFY_BUILD) $(OPEN_FAULT)
	@$(BIN)/airtight verify $(if $(FAULT),--fault "$$FAULT") $(ARGS)

load: setup-verify ## let 20 users work for a minute and judge what each saw; ARGS="…" for airtight, FAULT=ISO06
	$(SAY_BUILD)
	@cargo build $(LOAD_BUILD) $(OPEN_FAULT)
	@$(BIN)/airtight load $(if $(FAULT),--fault "$$FAULT") $(ARGS)

bench: setup-verify ## measure the judge and the scheduler's tick; the numbers go to the target folder; ARGS="…" for criterion
	@cargo bench --locked -p evidence -p reference-server $(BENCHES) --bench judge --bench tick -- $(ARGS)

explore: setup-verify ## look for leaks by chance for a minute; ARGS="--time 10m --seed 7", FAULT=ISO08
	$(SAY_BUILD)
	@cargo build $(VERIFY_BUILD) $(OPEN_FAULT)
	@$(BIN)/airtight explore $(if $(FAULT),--fault "$$FAULT") $(ARGS)

compare: setup-verify ## run one user's steps alone and beside others; ARGS="--alone 8 --beside 5", FAULT=COUNTER
	$(SAY_BUILD)
	@cargo build $(VERIFY_BUILD) $(OPEN_FAULT)
	@$(BIN)/airtight compare $(if $(FAULT),--fault "$$FAULT") $(ARGS)

# The same test runs in `make test`, smaller.
CUTS ?= 1000
cuts: setup-verify ## cut the transports of CUTS=1000 clients at random for a minute, with a restart amid it
	@CUTS_CLIENTS=$(CUTS) CUTS_TIME=60 cargo test --quiet $(TEST_BUILD) random_cuts -- --nocapture

# libFuzzer by way of cargo-fuzz, on the stable compiler. What is found new stays under the target folder; what
# breaks something goes into the corpus, where the tests of the server meet it.
FUZZER = 0.13.2
FUZZ_TIME ?= 60
FUZZ := $(abspath $(TARGET))/fuzz
fuzz: setup ## throw what a search comes upon at each reader of strangers' bytes, FUZZ_TIME=60 seconds each
	@[[ "$$(PATH="$(TARGET)/tools/bin:$$PATH" cargo fuzz --version 2>/dev/null)" == "cargo-fuzz $(FUZZER)" ]] || { \
		echo 'fuzz: installing cargo-fuzz $(FUZZER) into $(TARGET)/tools'; \
		cargo install --quiet --locked --root $(TARGET)/tools cargo-fuzz@$(FUZZER); }
	@cd reference-server; for corpus in fuzz/corpus/*; do target=$${corpus##*/}; \
		mkdir -p "$(FUZZ)/corpus/$$target" "$(FUZZ)/artifacts/$$target"; echo "fuzz: $$target for $(FUZZ_TIME) s"; \
		PATH="$(abspath $(TARGET))/tools/bin:$$PATH" RUSTC_BOOTSTRAP=1 cargo fuzz run --target-dir "$(FUZZ)" "$$target" \
			"$(FUZZ)/corpus/$$target" "$$corpus" -- -max_total_time=$(FUZZ_TIME) -max_len=65536 -timeout=10 -verbosity=0 -print_funcs=0 \
			-artifact_prefix="$(FUZZ)/artifacts/$$target/"; done
	@echo 'fuzz: nothing was found'

# Hours on two cores: each mutant is a build. What is left out, and why, stands in .cargo/mutants.toml.
MUTANTS = 27.1.0
mutants: setup ## change the judge in every small way and see that a test fails; ARGS="--shard 1/8" for a part
	@[[ "$$(cargo mutants --version 2>/dev/null)" == "cargo-mutants $(MUTANTS)" ]] || { \
		echo 'mutants: installing cargo-mutants $(MUTANTS) into $(TARGET)/tools'; \
		cargo install --quiet --locked --root $(TARGET)/tools cargo-mutants@$(MUTANTS); }
	@PATH="$(TARGET)/tools/bin:$$PATH" CARGO_PROFILE_DEV_OPT_LEVEL=0 CARGO_PROFILE_DEV_DEBUG=0 \
		cargo mutants --package evidence --jobs 2 --output $(TARGET)/mutants $(ARGS)

KILLS = --report html=$(TARGET)/kill-matrix.html --report json=$(TARGET)/kill-matrix.json
# The verdicts of the whole matrix are committed. The commit chooses what is looked at besides what is needed.
MATRIX := scenarios/faults/matrix.json
selftest: setup-verify ## judge the judge: name every fault, break every claim, and hold the verdicts against the committed ones
	$(SAY_BUILD)
	@cargo build $(VERIFY_BUILD) $(FAULTS)
	@$(BIN)/airtight selftest --matrix $(MATRIX) --sample-seed "$$(git rev-parse HEAD 2>/dev/null || echo none)" $(KILLS) $(ARGS)

selftest-all: setup-verify ## the whole matrix of faults and scenarios, half an hour; writes the verdicts to be committed
	$(SAY_BUILD)
	@cargo build $(VERIFY_BUILD) $(FAULTS)
	@$(BIN)/airtight selftest --write $(MATRIX) $(KILLS) $(ARGS)

# The parts, their order and the minutes that each may take stand in ci/budget.
test: ## all tests, the selftest and lints: what CI runs
	@ci/parts

timings: ## where the last `make test` spent its time, and its ten slowest tests
	@ci/parts --report

test-quick: setup ## the tests without containers, browser, selftest and whatever else takes long: before each commit
	@cargo build $(TEST_BUILD)
ifneq ($(NEXTEST),)
	cargo nextest run --locked --workspace $(FAULTS) --profile quick
else
	cargo test --locked --workspace --lib --bins $(FAULTS)
endif

# Until Ctrl-C. A new file counts from the next start on: entr ends when a folder has changed, and is started again.
watch: ## after each change of a file: compile, and run the tests that are in the sources themselves
	@ci/setup --for watch
	@while git ls-files --cached --others --exclude-standard -- '*.rs' '*.toml' '*.html' | \
		entr -cd -- sh -c 'cargo check --workspace --all-targets $(FAULTS) && cargo test --quiet --workspace --lib --bins $(FAULTS)'; \
		[[ $$? == 2 ]]; do :; done

# The build without faults is kept apart: it alone may be deployed.
build-tests:
	$(SAY_BUILD)
	cargo build $(VERIFY_BUILD)
	@mkdir -p $(TARGET)/deploy && cp -f $(BIN)/reference-server $(TARGET)/deploy/reference-server
	cargo build $(TEST_BUILD)

# Documentation tests first: the summary of the suite comes last.
suite:
	cargo test --locked --workspace --doc $(FAULTS)
ifneq ($(NEXTEST),)
	cargo nextest run --locked --workspace $(FAULTS)
else
	cargo test --locked --workspace --lib --bins --tests $(FAULTS)
endif

lint: setup ## formatting, clippy, boundaries, scripts, licences
	cargo fmt --all --check
	cargo fmt --manifest-path ci/structure/Cargo.toml --check
	cargo clippy --locked --workspace --all-targets $(FAULTS) $(BENCHES) -- -D warnings
	@ci/boundaries --self-test
	@ci/boundaries
	@ci/paths --self-test
	@ci/paths
	@ci/project-alone --self-test
	@ci/project-alone
	@ci/shell --self-test
	@ci/shell
	@ci/dependencies --self-test
	@ci/dependencies
	@ci/builds --self-test
	@ci/builds $(VERIFY_BUILD) -- $(TEST_BUILD)
	@ci/parts --self-test

SCREENSHOTS ?= $(abspath $(TARGET))/screenshots
screenshots: setup ## make a picture of each view of the page, in light and dark and on a phone; SCREENSHOTS=folder
	@cargo build $(VERIFY_BUILD)
	@cd reference-server/web && REFERENCE_SERVER=$(abspath $(BIN))/reference-server npm run --silent screenshots -- "$(SCREENSHOTS)"
	@echo 'screenshots: they are in $(SCREENSHOTS)'

smoke: setup-verify ## look at a deployment from outside: URL=https://host, ARGS="--user alice --user bob"
	@[[ -n "$${URL:-}" ]] || { echo 'error: which deployment? fix: make smoke URL=https://host' >&2; exit 2; }
	$(SAY_BUILD)
	@cargo build $(VERIFY_BUILD)
	@$(BIN)/airtight smoke "$$URL" $(ARGS)

# A machine that has other things to do must accuse nobody.
flaky: machine build-tests ## run test-quick three times and the whole suite once, with every core kept busy
	@for i in 1 2 3; do echo "flaky: test-quick, $$i of 3"; ci/busy $(MAKE) --no-print-directory test-quick; done
	@echo 'flaky: the whole suite'
	@ci/busy $(MAKE) --no-print-directory suite
	@echo 'flaky: all passed'

run: setup-verify $(DEV)/env ## the reference server on 127.0.0.1:5000, with users from `make user`
	$(SAY_BUILD)
	@cargo build $(VERIFY_BUILD)
	@exec $(BIN)/reference-server serve --env-file $(DEV)/env

user: setup-verify $(DEV)/env ## add a user to that server: NAME=alice; asks for the password
	@[[ -n "$${NAME:-}" ]] || { echo 'error: who? fix: make user NAME=alice' >&2; exit 2; }
	$(SAY_BUILD)
	@cargo build $(VERIFY_BUILD)
	@set -a; . $(DEV)/env; exec $(BIN)/reference-server user add -- "$$NAME"

# Made once, so that sessions outlive a restart of the development server.
$(DEV)/env:
	@mkdir -p $(TARGET); umask 077; mkdir -p $(DEV)/sessions; \
		key=$$(od -An -vtx1 -N32 /dev/urandom | tr -d ' \n'); [[ $${#key} == 64 ]]; \
		printf '%s\n' "SECRET_KEY=$$key" BIND=127.0.0.1:5000 SESSION_FILE_DIR=$(DEV)/sessions \
		USERS_FILE=$(DEV)/users >$@
	@echo "run: made $@ with a new secret key"

doc: ## the API documentation, under the target folder
	RUSTDOCFLAGS="-D warnings" cargo doc --locked --workspace --no-deps

schemas: ## write scenarios/contract/*.schema.json from the code
	@cargo build $(VERIFY_BUILD)
	@for what in scenario target history report selftest; do \
		new=$$(mktemp); $(BIN)/airtight schema $$what >"$$new"; \
		cat "$$new" >scenarios/contract/$$what.schema.json; rm -f "$$new"; \
		echo "schemas: wrote scenarios/contract/$$what.schema.json"; done

advisories: ## hold the dependencies against the known vulnerabilities; needs the network
	@ci/dependencies --advisories

clean-history: ## remove the histories of earlier runs
	rm -rf airtight-history/
