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

# The arguments of each build. There are no examples: `--examples` makes cargo choose the features that the tests'
# own dependencies need, so that `make test` compiles nothing again (`ci/builds` checks that). Only a load needs goose,
# which brings rustls and an HTTP client of its own.
VERIFY_BUILD := --locked --workspace --examples --bin airtight --bin reference-server
LOAD_BUILD := $(VERIFY_BUILD) --bin airtight-load
TEST_BUILD := --locked --workspace --bins --tests $(FAULTS)
OPEN_FAULT = $(if $(FAULT),$(FAULTS))
# One line before the first build; cargo shows its own progress after it.
SAY_BUILD = @[[ -x $(BIN)/airtight ]] || echo 'build: the first build compiles everything, which takes two to five minutes on two cores'

# Arguments reach the recipes through the environment, so that no shell runs a name as code.
ARGS ?=
URL ?=
FAULT ?=
# NAME counts only on make's command line, because some systems have an environment variable of that name.
ifneq ($(origin NAME),command line)
NAME :=
endif
export FAULT NAME URL

.PHONY: help setup setup-verify machine screenshots smoke verify clients load bench cuts explorations explore compare targets targets-short leaks fuzz mutants \
	selftest selftest-all test test-quick watch timings build-tests suite lint run user doc book schemas rules flaky advisories clean-history

help: ## list the commands
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-15s %s\n", $$1, $$2 }' $(firstword $(MAKEFILE_LIST))

setup: ## make sure that the machine has what a build and the tests need
	@ci/setup --for test

# Without a container engine, the checks in containers are undecided, which fails in CI.
machine: setup
	@ci/engine && ci/image || [[ $$? == 3 ]]

setup-verify:
	@ci/setup --for verify

# Where `make setup` installs the clients that are programs of their own.
INTEROP := $(abspath $(TARGET))/tools/interop
CLIENTS := NODE_PATH="$(INTEROP)/node_modules$${NODE_PATH:+:$$NODE_PATH}" PYTHONPATH="$(INTEROP)/python$${PYTHONPATH:+:$$PYTHONPATH}"

verify: setup-verify ## start the reference server and judge it; ARGS="…" for airtight, FAULT=ISO04 to open a leak first
	$(SAY_BUILD)
	@cargo build $(VERIFY_BUILD) $(OPEN_FAULT)
	@$(CLIENTS) $(BIN)/airtight verify $(if $(FAULT),--fault "$$FAULT") $(ARGS)

clients: setup ## play every scenario by each of the four Socket.IO clients (three minutes), for a release; ARGS="…"
	$(SAY_BUILD)
	@cargo build $(VERIFY_BUILD) $(OPEN_FAULT)
	@$(CLIENTS) $(BIN)/airtight verify --client all $(if $(FAULT),--fault "$$FAULT") $(ARGS)

load: setup-verify ## run 20 users for a minute and judge what each of them saw; ARGS="…" for airtight, FAULT=ISO06
	$(SAY_BUILD)
	@cargo build $(LOAD_BUILD) $(OPEN_FAULT)
	@$(BIN)/airtight load $(if $(FAULT),--fault "$$FAULT") $(ARGS)

bench: setup-verify ## measure the judge, its search for markers and the scheduler's tick, results under the target folder; ARGS="…" for criterion
	@cargo bench --locked -p evidence -p reference-server $(BENCHES) --bench judge --bench search --bench tick -- $(ARGS)

explore: setup-verify ## search for leaks with random schedules for a minute; ARGS="--time 10m --seed 7", FAULT=ISO08
	$(SAY_BUILD)
	@cargo build $(VERIFY_BUILD) $(OPEN_FAULT)
	@$(BIN)/airtight explore $(if $(FAULT),--fault "$$FAULT") $(ARGS)

compare: setup-verify ## run one user's steps alone and beside others, and compare; ARGS="--alone 8 --beside 5", FAULT=COUNTER
	$(SAY_BUILD)
	@cargo build $(VERIFY_BUILD) $(OPEN_FAULT)
	@$(BIN)/airtight compare $(if $(FAULT),--fault "$$FAULT") $(ARGS)

# The rows of an earlier walk that was broken off are kept below the target folder. `make test` has the short form.
GALLERY = $(BIN)/gallery --airtight $(BIN)/airtight --work $(TARGET)/gallery
targets: setup ## walk each target that ships, sound and with each fault, by every command (45 minutes), for a release; ARGS="--only chat"
	@ci/targets
	@cargo build $(LOAD_BUILD) $(FAULTS) --bin gallery
	@$(GALLERY) --docs docs $(ARGS)

TIMES ?= 5
leaks: setup ## repeat the leaks in libraries that others publish TIMES=5 times, each beside what mends it
	@ci/targets
	@cargo build $(LOAD_BUILD) $(FAULTS) --bin gallery
	@$(GALLERY) --published --again --times $(TIMES) $(ARGS)

targets-short: setup
	@ci/targets
	@cargo build $(LOAD_BUILD) $(FAULTS) --bin gallery
	@$(GALLERY) --short --again $(ARGS)

# `make test` runs a smaller version of the same test.
CUTS ?= 1000
cuts: setup-verify ## cut the transports of CUTS=1000 clients at random for a minute, with a restart in the middle
	@CUTS_CLIENTS=$(CUTS) CUTS_TIME=60 cargo test --quiet $(TEST_BUILD) random_cuts -- --nocapture

# `make test` has fewer of them.
EXPLORATIONS ?= 50
explorations: setup-verify ## explore a sound server EXPLORATIONS=50 times without a find, and find all faults of its kind again
	@EXPLORATIONS=$(EXPLORATIONS) cargo test --quiet $(TEST_BUILD) -- explorations_of_a_clean_server random_schedules another_users two_requests a_tab_comes_back what_somebody_left what_goes_to_everybody who_was_in_a_room --nocapture

# libFuzzer through cargo-fuzz, on the stable compiler. New inputs stay under the target folder. Add an input that
# breaks something to the corpus by hand: the server's tests run the corpus.
FUZZER = 0.13.2
FUZZ_TIME ?= 60
FUZZ := $(abspath $(TARGET))/fuzz
fuzz: setup ## fuzz each parser of untrusted bytes, FUZZ_TIME=60 seconds each
	@[[ "$$(PATH="$(TARGET)/tools/bin:$$PATH" cargo fuzz --version 2>/dev/null)" == "cargo-fuzz $(FUZZER)" ]] || { \
		echo 'fuzz: installing cargo-fuzz $(FUZZER) into $(TARGET)/tools'; \
		cargo install --quiet --locked --root $(TARGET)/tools cargo-fuzz@$(FUZZER); }
	@cd reference-server; for corpus in fuzz/corpus/*; do target=$${corpus##*/}; \
		mkdir -p "$(FUZZ)/corpus/$$target" "$(FUZZ)/artifacts/$$target"; echo "fuzz: $$target for $(FUZZ_TIME) s"; \
		PATH="$(abspath $(TARGET))/tools/bin:$$PATH" RUSTC_BOOTSTRAP=1 cargo fuzz run --target-dir "$(FUZZ)" "$$target" \
			"$(FUZZ)/corpus/$$target" "$$corpus" -- -max_total_time=$(FUZZ_TIME) -max_len=65536 -timeout=10 -verbosity=0 -print_funcs=0 \
			-artifact_prefix="$(FUZZ)/artifacts/$$target/"; done
	@echo 'fuzz: nothing was found'

# This takes hours on two cores, because each mutant is a build. .cargo/mutants.toml says what is left out, and why.
MUTANTS = 27.1.0
mutants: setup ## make each small change to the judge and see that a test fails; ARGS="--shard 1/8" for a part
	@[[ "$$(cargo mutants --version 2>/dev/null)" == "cargo-mutants $(MUTANTS)" ]] || { \
		echo 'mutants: installing cargo-mutants $(MUTANTS) into $(TARGET)/tools'; \
		cargo install --quiet --locked --root $(TARGET)/tools cargo-mutants@$(MUTANTS); }
	@PATH="$(TARGET)/tools/bin:$$PATH" CARGO_PROFILE_DEV_OPT_LEVEL=0 CARGO_PROFILE_DEV_DEBUG=0 \
		cargo mutants --package evidence --jobs 2 --output $(TARGET)/mutants $(ARGS)

KILLS = --report html=$(TARGET)/kill-matrix.html --report json=$(TARGET)/kill-matrix.json
# The verdicts of the whole matrix are committed. The commit's hash is the seed of the sample that is run in addition.
MATRIX := scenarios/faults/matrix.json
selftest: setup-verify ## test the judge: every fault is named, every claim breaks, verdicts are as committed
	$(SAY_BUILD)
	@cargo build $(VERIFY_BUILD) $(FAULTS)
	@$(BIN)/airtight selftest --matrix $(MATRIX) --sample-seed "$$(git rev-parse HEAD 2>/dev/null || echo none)" $(KILLS) $(ARGS)

selftest-all: setup-verify ## run the whole matrix of faults and scenarios (half an hour) and write the verdicts to commit
	$(SAY_BUILD)
	@cargo build $(VERIFY_BUILD) $(FAULTS)
	@$(BIN)/airtight selftest --write $(MATRIX) $(KILLS) $(ARGS)

# ci/budget has the parts, their order and the minutes that each may take.
test: ## run all tests, the selftest and the lints, as CI does
	@ci/parts

timings: ## show where the last `make test` spent its time, and its ten slowest tests
	@ci/parts --report

test-quick: setup ## run the quick tests (no containers, no browser, no selftest) before each commit
	@cargo build $(TEST_BUILD)
ifneq ($(NEXTEST),)
	cargo nextest run --locked --workspace $(FAULTS) --profile quick
else
	cargo test --locked --workspace --lib --bins $(FAULTS)
endif

# Runs until Ctrl-C. entr ends when a folder has a new file (exit code 2), and the loop starts it again with that file.
watch: ## compile after each change of a file, and run the unit tests
	@ci/setup --for watch
	@while git ls-files --cached --others --exclude-standard -- '*.rs' '*.toml' '*.html' | \
		entr -cd -- sh -c 'cargo check --workspace --all-targets $(FAULTS) && cargo test --quiet --workspace --lib --bins $(FAULTS)'; \
		[[ $$? == 2 ]]; do :; done

# The build without faults is copied aside, because it is the only one that may be deployed.
build-tests:
	$(SAY_BUILD)
	cargo build $(VERIFY_BUILD)
	@mkdir -p $(TARGET)/deploy && cp -f $(BIN)/reference-server $(TARGET)/deploy/reference-server
	cargo build $(TEST_BUILD)

# Documentation tests run first, so that the summary of the suite comes last.
suite:
	cargo test --locked --workspace --doc $(FAULTS)
ifneq ($(NEXTEST),)
	cargo nextest run --locked --workspace $(FAULTS)
else
	cargo test --locked --workspace --lib --bins --tests $(FAULTS)
endif

lint: setup ## check formatting, clippy, boundaries, scripts and licences
	cargo fmt --all --check
	cargo fmt --manifest-path ci/structure/Cargo.toml --check
	cargo clippy --locked --workspace --all-targets $(FAULTS) $(BENCHES) -- -D warnings
	@ci/boundaries --self-test
	@ci/boundaries
	@ci/names --self-test
	@ci/names
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
screenshots: setup ## take a screenshot of each view of the page, light, dark and on a phone; SCREENSHOTS=folder
	@cargo build $(VERIFY_BUILD)
	@cd reference-server/web && REFERENCE_SERVER=$(abspath $(BIN))/reference-server npm run --silent screenshots -- "$(SCREENSHOTS)"
	@echo 'screenshots: written to $(SCREENSHOTS)'

smoke: setup-verify ## check a deployment from outside; URL=https://host, ARGS="--user alice --user bob"
	@[[ -n "$${URL:-}" ]] || { echo 'error: URL is not set; fix: make smoke URL=https://host' >&2; exit 2; }
	$(SAY_BUILD)
	@cargo build $(VERIFY_BUILD)
	@$(BIN)/airtight smoke "$$URL" $(ARGS)

# A busy machine must not cause a false alarm.
flaky: machine build-tests ## run test-quick three times and the whole suite once, with every core kept busy
	@for i in 1 2 3; do echo "flaky: test-quick, $$i of 3"; ci/busy $(MAKE) --no-print-directory test-quick; done
	@echo 'flaky: the whole suite'
	@ci/busy $(MAKE) --no-print-directory suite
	@echo 'flaky: all runs passed'

run: setup-verify $(DEV)/env ## start the reference server on 127.0.0.1:5000, with users from `make user`
	$(SAY_BUILD)
	@cargo build $(VERIFY_BUILD)
	@exec $(BIN)/reference-server serve --env-file $(DEV)/env

user: setup-verify $(DEV)/env ## add a user to that server, and ask for the password; NAME=alice
	@[[ -n "$${NAME:-}" ]] || { echo 'error: NAME is not set; fix: make user NAME=alice' >&2; exit 2; }
	$(SAY_BUILD)
	@cargo build $(VERIFY_BUILD)
	@set -a; . $(DEV)/env; exec $(BIN)/reference-server user add -- "$$NAME"

# Made only once, so that sessions survive a restart of the development server.
$(DEV)/env:
	@mkdir -p $(TARGET); umask 077; mkdir -p $(DEV)/sessions; \
		key=$$(od -An -vtx1 -N32 /dev/urandom | tr -d ' \n'); [[ $${#key} == 64 ]]; \
		printf '%s\n' "SECRET_KEY=$$key" BIND=127.0.0.1:5000 SESSION_FILE_DIR=$(DEV)/sessions \
		USERS_FILE=$(DEV)/users >$@
	@echo "run: made $@ with a new secret key"

doc: ## build the API documentation, under the target folder
	RUSTDOCFLAGS="-D warnings" cargo doc --locked --workspace --no-deps

# mdBook is built once, into the target folder. For a release.
MDBOOK = 0.5.4
book: ## build the documentation as a web site, into the target folder
	@[[ "$$(PATH="$(TARGET)/tools/bin:$$PATH" mdbook --version 2>/dev/null)" == "mdbook v$(MDBOOK)" ]] || { \
		echo 'book: installing mdbook $(MDBOOK) into $(TARGET)/tools'; \
		cargo install --quiet --locked --root $(TARGET)/tools mdbook@$(MDBOOK); }
	@PATH="$(TARGET)/tools/bin:$$PATH" mdbook build --dest-dir "$(abspath $(TARGET))/book"

schemas: ## generate scenarios/contract/*.schema.json from the code
	@cargo build $(VERIFY_BUILD)
	@for what in scenario target history report selftest; do \
		new=$$(mktemp); $(BIN)/airtight schema $$what >"$$new"; \
		cat "$$new" >scenarios/contract/$$what.schema.json; rm -f "$$new"; \
		echo "schemas: wrote scenarios/contract/$$what.schema.json"; done

rules: ## write docs/rules.md, and which scenarios and checks name each rule, from the code
	@WRITE_RULES=yes cargo test --quiet --locked -p rules --test generated up_to_date >/dev/null
	@echo 'rules: wrote harness/rules/src/checked_by.txt and docs/rules.md'

advisories: ## check the dependencies for known vulnerabilities; needs the network
	@ci/dependencies --advisories

clean-history: ## delete the histories of earlier runs
	rm -rf airtight-history/
