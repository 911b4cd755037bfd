"""Questions for workers: quick, slow, greedy, faulty."""

import time

import remnant.errors


def double(number):
    return 2 * number


def sleep(seconds):
    time.sleep(seconds)
    return seconds


def take(gigabytes):
    return len(bytearray(gigabytes * 2**30))


def refuse(words):
    raise remnant.errors.InputError("here", "must be something else", words)


def fail(words):
    raise RuntimeError(words)


def die():
    import os

    os._exit(3)
