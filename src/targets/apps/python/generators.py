"""Bodies that never wait, each made for a tag: for a WSGI server to iterate, or for a producer to write."""

import bodies
import probe


def endless(_tag):
    while True:
        probe.count_pull()
        yield bodies.ENDLESS_CHUNK


def storm(_tag):
    """Never anything to say, and never a pause: what the server makes of it is the question."""
    while True:
        probe.count_pull()
        yield b""


def told_storm(tag):
    pulls = 0
    while True:
        pulls += 1
        probe.tell("pull", tag=tag, pulls=pulls)
        yield b""


def storm_then_data(_tag):
    for _ in range(bodies.EMPTIES_BEFORE_DATA):
        yield b""
    yield bodies.HELLO


def storm_between(_tag):
    for _ in range(bodies.FINITE_CHUNKS):
        yield bodies.STREAM_CHUNK
        for _ in range(bodies.EMPTIES_BETWEEN):
            yield b""
