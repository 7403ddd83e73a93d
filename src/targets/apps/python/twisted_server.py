"""The testbed's application for Twisted web: resources, `notifyFinish()` and push producers."""

import os
import signal

import bodies
import generators
import probe
from twisted.internet import interfaces, reactor
from twisted.web.resource import Resource
from twisted.web.server import NOT_DONE_YET, Site
from zope.interface import implementer


def losses_of(request):
    """A list that is empty as long as the client is there: a response must not be finished for one that is gone."""
    losses = []
    request.notifyFinish().addErrback(losses.append)
    return losses


class Hello(Resource):
    isLeaf = True

    def render_GET(self, request):
        request.setHeader("content-type", "text/plain")
        return bodies.HELLO


class Memory(Resource):
    isLeaf = True

    def render_GET(self, request):
        return b"{}"


class Stream(Resource):
    """`pause`: one chunk a turn of the reactor."""

    isLeaf = True

    def __init__(self, pause):
        super().__init__()
        self.pause = pause

    def render_GET(self, request):
        request.setHeader("content-type", "text/plain")
        self.go_on(request, losses_of(request), bodies.STREAM_CHUNKS)
        return NOT_DONE_YET

    def go_on(self, request, losses, left):
        while left > 0:
            if losses:
                return
            request.write(bodies.STREAM_CHUNK)
            left -= 1
            if self.pause and left > 0:
                reactor.callLater(0, self.go_on, request, losses, left)
                return
        request.finish()


class Watched(Resource):
    """A resource whose fate the probe tells; `begin` gets the request, its tag and what ends it well."""

    isLeaf = True

    def __init__(self, begin):
        super().__init__()
        self.begin = begin

    def render(self, request):
        tag = request.getHeader(bodies.TAG) or ""
        probe.tell("request", tag=tag)
        request.setHeader("content-type", "text/plain")
        running = self.begin(request, tag)

        def ended(_nothing):
            probe.tell("end", tag=tag)
            probe.tell("closed", tag=tag)

        def lost(_failure):
            probe.tell("gone", tag=tag, reason="notifyFinish")
            if running is not None:
                running.stopProducing()
            probe.tell("closed", tag=tag)

        request.notifyFinish().addCallbacks(ended, lost)
        return NOT_DONE_YET


@implementer(interfaces.IPushProducer)
class Producer:
    """Writes what a generator gives, `every` seconds apart; pauses when the transport's buffer is full."""

    def __init__(self, request, chunks, every):
        self.request = request
        self.chunks = iter(chunks)
        self.every = every
        self.call = None
        self.paused = False
        request.registerProducer(self, True)
        self.resumeProducing()

    def resumeProducing(self):
        self.paused = False
        if self.call is None:
            self.call = reactor.callLater(self.every, self.produce)

    def pauseProducing(self):
        self.paused = True

    def stopProducing(self):
        self.paused = True
        if self.call is not None:
            self.call.cancel()
            self.call = None

    def produce(self):
        self.call = None
        try:
            chunk = next(self.chunks)
        except StopIteration:
            self.request.unregisterProducer()
            self.request.finish()
            return
        # A write of nothing would be refused by nobody and say nothing.
        if chunk:
            self.request.write(chunk)
        if not self.paused:
            self.call = reactor.callLater(self.every, self.produce)


def paced(tag, chunks=None):
    pulls = 0
    while chunks is None or pulls < chunks:
        pulls += 1
        probe.tell("pull", tag=tag, pulls=pulls)
        yield bodies.PACED_CHUNK


def produced(make, every=0):
    return lambda request, tag: Producer(request, make(tag), every)


def idle(request, _tag):
    request.write(bodies.PACED_CHUNK)


def fixed(request, _tag):
    request.setHeader("content-length", str(len(bodies.FIXED_BODY)))
    reactor.callLater(0, finish_with, request, losses_of(request), bodies.FIXED_BODY)


def upload(request, tag):
    # Twisted calls a resource when the whole body has come, or never.
    body = request.content.read()
    probe.tell("input", tag=tag, state="eof", bytes=len(body))
    reactor.callLater(0, finish_with, request, losses_of(request), b"%d\n" % len(body))


def finish_with(request, losses, body):
    if not losses:
        request.write(body)
        request.finish()


RESOURCES = {
    b"": Hello(),
    b"memory": Memory(),
    b"stream": Stream(pause=False),
    b"async": Stream(pause=True),
    b"tick": Stream(pause=True),
    b"idle": Watched(idle),
    b"silent": Watched(lambda _request, _tag: None),
    b"paced": Watched(produced(paced, bodies.PACED_EVERY)),
    b"finite": Watched(produced(lambda tag: paced(tag, bodies.FINITE_CHUNKS), bodies.PACED_EVERY)),
    b"endless": Watched(produced(generators.endless)),
    b"endless-async": Watched(produced(generators.endless)),
    b"storm": Watched(produced(generators.storm)),
    b"storm-told": Watched(produced(generators.told_storm)),
    b"storm-then-data": Watched(produced(generators.storm_then_data)),
    b"storm-between": Watched(produced(generators.storm_between)),
    b"early": Watched(produced(lambda _tag: [bodies.HELLO])),
    b"fixed": Watched(fixed),
    b"upload": Watched(upload),
}

root = Resource()
for name, resource in RESOURCES.items():
    root.putChild(name, resource)
port = reactor.listenTCP(0, Site(root), backlog=2048, interface="127.0.0.1")
probe.stop_with_parent(lambda: os.kill(os.getpid(), signal.SIGKILL))
reactor.callWhenRunning(lambda: probe.ready(port.getHost().port))
reactor.run()
