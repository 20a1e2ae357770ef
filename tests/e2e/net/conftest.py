"""Fixtures of the network tests: hosts in namespaces, and an Evertrunk on one of them."""

import pytest

from harness.evertrunk import stop_all
from harness.netns import Net, NetEvertrunk


@pytest.fixture
def net():
    """Hosts and wires of one test; they end after the Evertrunks do."""
    n = Net()
    yield n
    n.close()


@pytest.fixture
def make_on(net, tmp_path_factory):
    """make_on(space, address, trunks, changes): a running Evertrunk on that host."""
    made = []

    def one(space, address, trunks, changes=None):
        made.append(NetEvertrunk(tmp_path_factory.mktemp("um"), space, address, trunks, changes))
        return made[-1].start()

    yield one
    stop_all(made)
