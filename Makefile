# Everything sets itself up: with python3 (3.11 or newer) and make, each of these works on a fresh checkout.
PYTHON ?= python3
RUN := .venv/bin/python
# The tests start this code as a process hundreds of times: it is compiled once, whatever the machine is set to.
export PYTHONDONTWRITEBYTECODE :=

.DEFAULT_GOAL := help
.PHONY: help docs-site screenshots demo demo-check test test-browser test-cli test-terraform coverage mutants bench lint format docs requirements release audit upgrade-check soak

help:
	@echo 'make demo          try it: a simulated Aptible, the portal and its worker, until Ctrl-C'
	@echo 'make demo-check    the same, with nobody at the keyboard: ask, approve, hold the role, lose it on time'
	@echo 'make test          the test suite, on all cores; with DATABASE_URL on that server; ARGS names files'
	@echo 'make test-browser  the tests in headless Chromium'
	@echo 'make test-cli      the command line'
	@echo 'make test-terraform  the Terraform provider; with terraform where there is one'
	@echo 'make coverage      how many lines and branches of each room the tests take'
	@echo 'make mutants ROOM=grants  which small wrong changes to a room its tests would not see'
	@echo 'make bench         how punctual it is, how long a plan takes and how fast pages are, as tables and JSON files'
	@echo 'make lint          formatting, lint, types, templates, migrations, settings'
	@echo 'make format        put the code into the form that lint expects'
	@echo 'make docs          write docs/lifecycle.md, docs/house.md, docs/faults.md and the provider's table anew, after a change of what they are made from'
	@echo 'make docs-site     the site of docs/ in build/docs-site, with pictures of today, and every link followed'
	@echo 'make screenshots   the pictures alone, in docs/pictures'
	@echo 'make release       what a release consists of, in dist/'
	@echo 'make provider-release KEY=…  the Terraform provider with signed checksums, as a registry has it'
	@echo 'make upgrade-check  the release before on today'"'"'s database, and back'
	@echo 'make audit         whether a pinned dependency is known to be vulnerable, where that can be asked'
	@echo 'make soak          random histories for MINUTES=60, on SQLite or with DATABASE_URL'
	@echo 'make requirements  pin the newest packages that pyproject.toml allows'

demo: .venv/.runtime
	@$(RUN) manage.py demo

demo-check: .venv/.runtime
	@$(RUN) manage.py demo --check

# On all cores; ARGS="-n 0 …" in one process, for a debugger.
test: .venv/.dev
	$(RUN) -m pytest -n auto $(ARGS)

test-browser: .venv/.dev
	@tools/chromium
	$(RUN) -m pytest tests/browser $(ARGS)

# Which lines and branches of each room no test takes. Nothing fails by it: a number is no aim.
coverage: .venv/.dev
	$(RUN) -m pytest -n auto --ignore=tests/browser --cov --cov-report= $(ARGS)
	$(RUN) -m tools.room_coverage

# MANY=40 tries more of them, SEED=1 others.
mutants: .venv/.dev
	@[ -n '$(ROOM)' ] || { echo 'Name a room of access/: make mutants ROOM=grants' >&2; exit 2; }
	$(RUN) -m tools.mutants $(ROOM) $(if $(MANY),--many $(MANY)) $(if $(SEED),--seed $(SEED))

# Distributions of their own, in environments of their own; their tests start the portal from the other one.
test-cli: .venv/.runtime cli/.venv/.dev
	cd cli && .venv/bin/python -m mypy usher_client
	cd cli && .venv/bin/python -m pytest -rs $(ARGS)

test-terraform: .venv/.runtime terraform/.venv/.dev
	cd terraform && .venv/bin/python -m mypy usher_provider
	cd terraform && .venv/bin/python -m pytest -rs $(ARGS)

bench: .venv/.dev
	$(RUN) -m bench

lint: .venv/.dev
	$(RUN) -m ruff format --check .
	$(RUN) -m ruff check .
	$(RUN) -m mypy access bench integrations portal tests tools manage.py
	$(RUN) -m djlint --check --lint --quiet templates
	tools/check-settings

format: .venv/.dev
	$(RUN) -m ruff check --fix .
	$(RUN) -m ruff format .
	$(RUN) -m djlint --reformat --quiet templates

docs: .venv/.runtime
	$(RUN) -m tools.lifecycle_doc > docs/lifecycle.md
	$(RUN) -m tools.terraform_shapes
	$(RUN) -m tools.house_doc
	$(RUN) -m tools.faults_doc

# Tools of the site alone, in an environment of their own.
.venv-docs/.done: requirements-docs.txt
	$(PYTHON) -m venv .venv-docs
	.venv-docs/bin/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements-docs.txt
	@touch $@

docs-site: .venv-docs/.done screenshots
	NO_MKDOCS_2_WARNING=1 .venv-docs/bin/mkdocs build --strict --quiet
	@echo 'The site is in build/docs-site.'

screenshots: .venv/.dev
	@tools/chromium
	PICTURES='$(CURDIR)/docs/pictures' $(RUN) -m pytest tests/browser/test_pictures.py

# The user's own package index is left out, so that every pin has the public index's hashes.
COMPILE := env -u PIP_INDEX_URL -u PIP_EXTRA_INDEX_URL -u PIP_FIND_LINKS -u PIP_CONSTRAINT PIP_CONFIG_FILE=/dev/null \
	$(RUN) -m piptools compile --upgrade --generate-hashes --strip-extras --allow-unsafe --no-header --quiet \
	--no-emit-index-url --no-emit-trusted-host --no-emit-find-links --no-emit-options

requirements: .venv/.dev
	$(COMPILE) --output-file requirements.txt pyproject.toml
	$(COMPILE) --extra dev --extra saml --extra aws --extra pdf --extra sentry --constraint requirements.txt --output-file requirements-dev.txt pyproject.toml
	echo python3-saml | $(COMPILE) --constraint requirements-dev.txt --output-file requirements-saml.txt -
	echo sentry-sdk | $(COMPILE) --constraint requirements-dev.txt --output-file requirements-sentry.txt -
	echo boto3 | $(COMPILE) --constraint requirements-dev.txt --output-file requirements-aws.txt -
	echo weasyprint | $(COMPILE) --constraint requirements-dev.txt --output-file requirements-pdf.txt -
	printf 'build\nsetuptools\nwheel\ncyclonedx-bom\npip-audit\n' | $(COMPILE) --output-file requirements-release.txt -
	echo mkdocs-material | $(COMPILE) --output-file requirements-docs.txt -
	$(COMPILE) --output-file cli/requirements.txt cli/pyproject.toml
	$(COMPILE) --extra dev --constraint cli/requirements.txt --output-file cli/requirements-dev.txt cli/pyproject.toml
	printf 'requests\ntf\n' | $(COMPILE) --output-file terraform/requirements.txt -
	printf 'requests\ntf\nmypy\npytest\ntypes-requests\n' | $(COMPILE) --constraint terraform/requirements.txt --output-file terraform/requirements-dev.txt -
	echo pyinstaller | $(COMPILE) --constraint terraform/requirements.txt --output-file terraform/requirements-release.txt -
	$(RUN) -m tools.pin_extras requirements.txt requirements-dev.txt

# Wheel, sdist, image context, SBOM, notes and checksums in dist/, from what is committed.
release:
	@tools/release

# Asks PyPI; where it can't be asked, that is said.
audit:
	@tools/audit

# The provider for this system, signed with the GPG key KEY, in dist/registry or FOLDER.
provider-release:
	@[ -n '$(KEY)' ] || { echo 'Name the GPG key to sign with: make provider-release KEY=release@example.com' >&2; exit 2; }
	@tools/provider-release '$(KEY)' $(FOLDER)

# The release before this one on today's database, and the way back.
upgrade-check: .venv/.dev
	$(RUN) -m pytest -rs tests/faults/test_upgrade.py tests/test_migrations.py $(ARGS)

# Random histories against a simulated Aptible, for MINUTES; with DATABASE_URL on that database, and many machines on it.
MINUTES ?= 60
soak: .venv/.dev
	SOAK_MINUTES=$(MINUTES) $(RUN) -m pytest -rs tests/faults/test_random_histories.py tests/faults/test_many_machines.py $(ARGS)

.venv/.runtime: requirements.txt tools/bootstrap.py
	@command -v $(PYTHON) >/dev/null || { echo 'Usher needs Python 3.11 or newer, and there is no $(PYTHON).' >&2; exit 2; }
	@$(PYTHON) tools/bootstrap.py requirements.txt
	@touch $@

.venv/.dev: requirements-dev.txt .venv/.runtime
	@$(PYTHON) tools/bootstrap.py requirements-dev.txt
	@touch $@

cli/.venv/.dev: cli/requirements-dev.txt tools/bootstrap.py
	@$(PYTHON) tools/bootstrap.py cli/requirements-dev.txt
	@touch $@

terraform/.venv/.dev: terraform/requirements-dev.txt tools/bootstrap.py
	@$(PYTHON) tools/bootstrap.py terraform/requirements-dev.txt
	@touch $@
