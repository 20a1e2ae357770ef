"""Waiting for something to become true, always with an end."""

import time


def until(what, seconds, condition, step=0.02):
    """Calls `condition` until it gives something true, and gives that back; fails with `what`."""
    end = time.monotonic() + seconds
    while True:
        result = condition()
        if result:
            return result
        if time.monotonic() >= end:
            raise AssertionError(f"not within {seconds} s: {what}")
        time.sleep(step)
