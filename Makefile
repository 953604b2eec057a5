# Python >= 3.11 with pip, and make, are all that these commands need. `make help` lists them.
# TORCH=cpu and TORCH=default choose which builds of torch are installed; without, the machine does.

PYTHON ?= python3
VENV   := .venv
BIN    := $(VENV)/bin
START  := notebooks/00_start_here.ipynb

# Jupyter refuses to run as root unless told to. Without a display it prints its URL (with the
# token) instead of opening a browser. The token stays on in both cases.
AS_ROOT    := $(shell [ "$$(id -u)" = 0 ] && echo --allow-root)
NO_BROWSER := $(shell [ "$$(uname)" = Linux ] && [ -z "$$DISPLAY$$WAYLAND_DISPLAY" ] && echo --no-browser)

.DEFAULT_GOAL := help
.PHONY: help setup lab test lint notebooks assignments stick pictures clean

help: ## list these commands
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "make %-10s %s\n", $$1, $$2 }' Makefile

setup: $(VENV)/.lab ## create .venv and install what the lab needs

lab: setup ## open JupyterLab on the first notebook (PORT=8899 chooses a port)
	$(BIN)/jupyter lab $(AS_ROOT) $(NO_BROWSER) $(if $(PORT),--port=$(PORT)) \
	  --LabApp.default_url=/lab/tree/$(START)

test: $(VENV)/.test ## run every test, the notebooks among them
	$(BIN)/python -m pytest

lint: $(VENV)/.test ## check the style of library, tests and notebooks
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

notebooks: $(VENV)/.test ## run the solved notebooks, save what they print, build the learners'
	$(BIN)/python tests/execute_notebooks.py

assignments: $(VENV)/.teach ## make nbgrader assignments of all exercises, in assignments/
	$(BIN)/python tools/make_assignments.py

stick: $(VENV)/.lab ## put course, libraries and MNIST into the folder TO=..., for a room without a network
	$(BIN)/python tools/make_stick.py "$(or $(TO),$(error Say where to: make stick TO=/media/usb/gan-course))"

pictures: $(VENV)/.test ## draw the pictures of the README again (hours, if runs/ is empty)
	$(BIN)/python resources/make_pictures.py
	$(BIN)/python resources/make_walk.py
	$(BIN)/python resources/make_story.py

clean: ## remove the environment
	rm -rf $(VENV) *.egg-info

# The stamps make a second run start in seconds: the environment is looked at again only if
# pyproject.toml changed, or if this folder was renamed or is a copy of the one it was made for.
ifneq ($(shell cat $(VENV)/.place 2>/dev/null),$(CURDIR))
$(VENV)/.lab: moved
endif
.PHONY: moved

$(VENV)/.lab: pyproject.toml
	@"$(PYTHON)" -c 'import sys; sys.exit(sys.version_info < (3, 11))' \
	  || { echo "Python 3.11 or newer is needed: make PYTHON=/path/to/python3.12 ..." >&2; exit 1; }
	@"$(PYTHON)" tools/install.py $@ lab

$(VENV)/.test: $(VENV)/.lab
	@"$(PYTHON)" tools/install.py $@ lab,test

$(VENV)/.teach: $(VENV)/.lab
	@"$(PYTHON)" tools/install.py $@ lab,teach
