"""What an installation must guarantee."""

import subprocess
import sys
import tomllib

import cv2
import yaml

import stitch_exp
from stitch_exp.config.schema import PROJECT


def test_the_headless_opencv_is_the_one_that_imports():
    """The other build needs libGL and would fail on servers; see docs/adr/0004."""
    gui = next(line for line in cv2.getBuildInformation().splitlines() if line.strip().startswith("GUI:"))
    assert gui.split()[-1] == "NONE"


def test_importing_the_package_is_quiet_and_light():
    code = "import sys, stitch_exp; assert 'torch' not in sys.modules"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == done.stderr == ""


def test_the_version_is_said_once():
    assert f'version = "{stitch_exp.__version__}"' in (PROJECT / "pyproject.toml").read_text()


def test_other_files_say_what_pyproject_says():
    project = tomllib.loads((PROJECT / "pyproject.toml").read_text())["project"]
    docker = (PROJECT / "Dockerfile").read_text()
    for needed in project["dependencies"]:
        if needed.startswith(("torch>", "torchvision>")):
            assert f"'{needed}'" in docker
    citation = yaml.safe_load((PROJECT / "CITATION.cff").read_text())
    assert (citation["version"], citation["license"]) == (project["version"], project["license"])
    workflow = yaml.safe_load((PROJECT / ".github/workflows/ci.yml").read_text())
    assert ".ci/run" in str(workflow["jobs"]["test"]["steps"])
