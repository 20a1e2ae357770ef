"""um-supervisor -n and -nv: a wrong file names file, line, key and what would be right and never
starts; the printed file is read back to the same; the shipped files are good."""

import subprocess

import pytest

from harness.evertrunk import BUILD, ROOT


def supervisor(*words):
    return subprocess.run([BUILD / "um-supervisor", *words], capture_output=True, text=True,
                          timeout=20, check=False)


def test_print_is_canonical(make, tmp_path):
    um = make()
    first = supervisor("-nv", "-c", um.conf)
    assert first.returncode == 0, first
    again = tmp_path / "again.conf"
    again.write_text(first.stdout)
    second = supervisor("-nv", "-c", again)
    assert second.returncode == 0 and second.stdout == first.stdout


@pytest.mark.parametrize("section,key,value,right", [
    ("listen", "port", "70000", "65534"),
    ("listen", "address", "pbx.example.com", "address"),
    ("trunk proxied", "mode", "forward", "redirect"),
    ("trunk proxied", "source", "10.0.0.0/99", "source"),
    ("recycle", "at", "Sunnday 3:00", "Sun"),
    ("recycle", "every", "weekly", "d"),
    ("limits", "headers", "4", "32"),
    ("kitchen", "sink", "1", "kitchen"),
    ("limits", "headrs", "64", "headers"),
])
def test_a_wrong_value_never_starts(make, section, key, value, right):
    um = make()
    um.configure({section: {key: value}})
    line = um.conf.read_text().splitlines().index(f"{key} = {value}") + 1
    for words in (("-n", "-c", um.conf), ("-c", um.conf)):
        done = supervisor(*words)
        assert done.returncode != 0
        assert f"{um.conf}:{line}" in done.stderr or f"{um.conf}:{line - 1}" in done.stderr, done
        assert right in done.stderr, done.stderr


def test_every_error_in_one_go(make):
    um = make()
    um.configure({"listen": {"port": 0}, "rtp": {"dscp": 99}})
    done = supervisor("-n", "-c", um.conf)
    assert "listen.port" in done.stderr and "rtp.dscp" in done.stderr


def test_no_file():
    done = supervisor("-n", "-c", "/nowhere/evertrunk.conf")
    assert done.returncode != 0 and "/nowhere/evertrunk.conf" in done.stderr


@pytest.mark.parametrize("name", ["demo.conf", "example.conf"])
def test_shipped_files_are_good(name):
    done = supervisor("-n", "-c", ROOT / "conf" / name)
    assert done.returncode == 0, done.stderr
