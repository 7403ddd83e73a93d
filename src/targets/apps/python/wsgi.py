"""The testbed's application for WSGI servers: generators with close(), as PEP 3333 has them.

WSGI tells an application nothing about its client: it learns when the server closes its iterable before the end.
"""

import time

import bodies
import generators
import probe

# What an application does that has nothing to say and cannot wait for its client: it asks itself again a little later.
SILENCE = 0.05


def stream():
    for _ in range(bodies.STREAM_CHUNKS):
        yield bodies.STREAM_CHUNK


def idle(_tag):
    yield bodies.PACED_CHUNK
    while True:
        time.sleep(SILENCE)
        yield b""


def paced(tag, chunks=None):
    pulls = 0
    while chunks is None or pulls < chunks:
        pulls += 1
        probe.tell("pull", tag=tag, pulls=pulls)
        time.sleep(bodies.PACED_EVERY)
        yield bodies.PACED_CHUNK


WATCHED = {
    "/idle": idle,
    "/paced": paced,
    "/finite": lambda tag: paced(tag, bodies.FINITE_CHUNKS),
    "/endless": generators.endless,
    "/storm": generators.storm,
    "/storm-told": generators.told_storm,
    "/storm-then-data": generators.storm_then_data,
    "/storm-between": generators.storm_between,
    "/early": lambda _tag: iter([bodies.HELLO]),
    "/fixed": lambda _tag: iter([bodies.FIXED_BODY]),
}


class Watched:
    """A body whose fate the probe tells."""

    def __init__(self, tag, body):
        self.tag = tag
        self.body = iter(body)
        self.ended = False
        probe.tell("request", tag=tag)

    def __iter__(self):
        return self

    def __next__(self):
        try:
            return next(self.body)
        except StopIteration:
            self.ended = True
            raise

    def close(self):
        if self.ended:
            probe.tell("end", tag=self.tag)
        else:
            probe.tell("gone", tag=self.tag, reason="close")
        probe.tell("closed", tag=self.tag)


def upload(environ, tag):
    """Whether a body that breaks off raises or just ends is the server's choice: PEP 3333 leaves it open."""
    read = 0
    try:
        while True:
            part = environ["wsgi.input"].read(16 * 1024)
            if not part:
                break
            read += len(part)
    except Exception:
        probe.tell("input", tag=tag, state="broken", bytes=read)
        raise
    probe.tell("input", tag=tag, state="eof", bytes=read)
    yield b"%d\n" % read


PLAIN = {"/": lambda: [bodies.HELLO], "/stream": stream, "/memory": lambda: [b"{}"]}


def app(environ, start_response):
    path = environ["PATH_INFO"]
    tag = environ.get("HTTP_X_HALFOPEN_TAG", "")
    headers = [("content-type", "text/plain")]
    if path in PLAIN:
        start_response("200 OK", headers)
        return PLAIN[path]()
    if path == "/upload":
        start_response("200 OK", headers)
        return Watched(tag, upload(environ, tag))
    make = WATCHED.get(path)
    if make is None:
        start_response("404 Not Found", headers)
        return [b"no such path\n"]
    if path == "/fixed":
        headers.append(("content-length", str(len(bodies.FIXED_BODY))))
    start_response("200 OK", headers)
    return Watched(tag, make(tag))
