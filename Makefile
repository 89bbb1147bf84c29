# Everything that a person or a machine does with this tree by one word. `make help` lists it.

SHELL := /bin/bash
DEV_DIR := .hsmd-dev

.DEFAULT_GOAL := help
.PHONY: help quickstart stop install test attacks compatibility bench verify install-dependencies

help: ## Says what each target does
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/^([a-z-]+):.*## (.*)/  make \1\t\2/' | expand -t 30

quickstart: ## Installs what is missing, builds, starts a development daemon and shows the main job on a real file
	@scripts/install-dependencies.sh quickstart
	@scripts/quickstart.sh $(DEV_DIR)

stop: ## Stops the development daemon that quickstart left running
	@scripts/stop.sh $(DEV_DIR)

install: ## Builds and installs programs, module and service below PREFIX (/usr), within DESTDIR
	@scripts/install.sh

test: install-dependencies ## Builds and runs every suite; ends with the counts
	@scripts/test.sh

verify: install-dependencies ## The suites with ten times the repetitions of their random and crash tests
	@NEXTEST_PROFILE=verify HSM_TEST_REPETITIONS=10 PROPTEST_CASES=5000 HSM_SEQUENCE_CALLS=1000000 scripts/test.sh

attacks: install-dependencies ## Tries every attack of the suite on our tokens and on SoftHSM's; prints a table
	@scripts/attacks.sh

compatibility: ## Writes the pages of compatibility from the tables of mechanisms and of AWS KMS
	@HSM_WRITE_DOCUMENTS=1 cargo test --package hsm-tests --test vectors the_page_of_mechanisms
	@HSM_WRITE_DOCUMENTS=1 cargo test --package hsmd-operations --test kms_compatibility the_page_of_kms

bench: install-dependencies ## Measures side by side with SoftHSM and raw aws-lc-rs; writes tables and plots
	@scripts/bench.sh

install-dependencies: ## Installs the tools that the suites and examples use (Debian), where they are missing
	@scripts/install-dependencies.sh
