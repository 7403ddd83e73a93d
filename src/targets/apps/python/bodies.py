"""What the testbed's applications send, the same on every target (docs/probe.md)."""

STREAM_CHUNKS = 16
STREAM_CHUNK = b"x" * 64
HELLO = b"Hello, world!"
ENDLESS_CHUNK = b"e" * (16 * 1024)
PACED_CHUNK = b"p" * 1024
PACED_EVERY = 0.02
FINITE_CHUNKS = 10
FIXED_BODY = b"f" * (4 * 1024 * 1024)
EMPTIES_BEFORE_DATA = 5
EMPTIES_BETWEEN = 3
TAG = "x-halfopen-tag"
