"""Fixtures: an Evertrunk per test.  EVERTRUNK_BUILD names the folder with the programs."""

import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).resolve().parent))

from harness.evertrunk import Evertrunk, stop_all  # noqa: E402


@pytest.fixture
def make(tmp_path_factory):
    """Makes Evertrunks that are not started yet; all end with the test."""
    made = []

    def one(changes=None):
        # control sockets have short names only: sockaddr_un holds 108 bytes
        made.append(Evertrunk(tmp_path_factory.mktemp("um"), changes))
        return made[-1]

    yield one
    stop_all(made)


@pytest.fixture
def um(make):
    """A running Evertrunk with the default configuration of the tests."""
    return make().start()
