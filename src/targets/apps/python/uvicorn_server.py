"""The testbed's application for uvicorn: bare ASGI. `receive()` brings `http.disconnect` when the client has gone."""

import asyncio
import os
import signal
import socket

import bodies
import probe
import uvicorn


async def stream(_gone, _tag):
    for _ in range(bodies.STREAM_CHUNKS):
        yield bodies.STREAM_CHUNK


async def tick(_gone, _tag):
    for _ in range(bodies.STREAM_CHUNKS):
        yield bodies.STREAM_CHUNK
        await asyncio.sleep(0)


async def idle(gone, _tag):
    yield bodies.PACED_CHUNK
    await gone.wait()


async def silent(gone, _tag):
    await gone.wait()
    if False:
        yield b""


async def paced(gone, tag, chunks=None):
    pulls = 0
    while (chunks is None or pulls < chunks) and not gone.is_set():
        pulls += 1
        probe.tell("pull", tag=tag, pulls=pulls)
        await asyncio.sleep(bodies.PACED_EVERY)
        yield bodies.PACED_CHUNK


async def finite(gone, tag):
    async for chunk in paced(gone, tag, bodies.FINITE_CHUNKS):
        yield chunk


async def endless(gone, _tag):
    while not gone.is_set():
        probe.count_pull()
        yield bodies.ENDLESS_CHUNK


async def storm(gone, _tag):
    """Without the pause the process would answer nobody else, ever: `send()` of nothing does not wait."""
    while not gone.is_set():
        probe.count_pull()
        yield b""
        await asyncio.sleep(0)


async def told_storm(gone, tag):
    pulls = 0
    while not gone.is_set():
        pulls += 1
        probe.tell("pull", tag=tag, pulls=pulls)
        yield b""
        await asyncio.sleep(0)


async def storm_then_data(_gone, _tag):
    for _ in range(bodies.EMPTIES_BEFORE_DATA):
        yield b""
    yield bodies.HELLO


async def storm_between(_gone, _tag):
    for _ in range(bodies.FINITE_CHUNKS):
        yield bodies.STREAM_CHUNK
        for _ in range(bodies.EMPTIES_BETWEEN):
            yield b""


async def early(_gone, _tag):
    yield bodies.HELLO


async def fixed(_gone, _tag):
    yield bodies.FIXED_BODY


PLAIN = {"/stream": stream, "/async": stream, "/tick": tick}
WATCHED = {
    "/idle": idle,
    "/silent": silent,
    "/paced": paced,
    "/finite": finite,
    "/endless": endless,
    "/endless-async": endless,
    "/storm": storm,
    "/storm-told": told_storm,
    "/storm-then-data": storm_then_data,
    "/storm-between": storm_between,
    "/early": early,
    "/fixed": fixed,
}


async def app(scope, receive, send):
    if scope["type"] == "lifespan":
        await lifespan(receive, send)
        return
    path = scope["path"]
    if path == "/":
        await answer(send, bodies.HELLO)
    elif path == "/memory":
        await answer(send, b"{}")
    elif path in PLAIN:
        await begin(send, path)
        await send_all(send, PLAIN[path](None, ""))
    elif path == "/upload":
        await upload(scope, receive, send)
    elif path in WATCHED:
        await watch(scope, receive, send, WATCHED[path])
    else:
        await answer(send, b"no such path\n", 404)


async def watch(scope, receive, send, make):
    tag = tag_of(scope)
    gone = asyncio.Event()
    ended = False
    probe.tell("request", tag=tag)

    async def listen():
        while (await receive())["type"] != "http.disconnect":
            pass
        if not ended:
            probe.tell("gone", tag=tag, reason="http.disconnect")
            gone.set()

    listener = asyncio.create_task(listen())
    try:
        if make is not silent:
            await begin(send, scope["path"])
        await send_all(send, make(gone, tag), gone)
        ended = not gone.is_set()
        if ended:
            probe.tell("end", tag=tag)
    finally:
        listener.cancel()
        probe.tell("closed", tag=tag)


async def upload(scope, receive, send):
    tag = tag_of(scope)
    probe.tell("request", tag=tag)
    size = 0
    while True:
        message = await receive()
        if message["type"] == "http.disconnect":
            probe.tell("input", tag=tag, state="broken", bytes=size)
            probe.tell("gone", tag=tag, reason="http.disconnect")
            probe.tell("closed", tag=tag)
            return
        size += len(message.get("body", b""))
        if not message.get("more_body", False):
            break
    probe.tell("input", tag=tag, state="eof", bytes=size)
    await answer(send, b"%d\n" % size)
    probe.tell("end", tag=tag)
    probe.tell("closed", tag=tag)


async def begin(send, path, status=200):
    headers = [(b"content-type", b"text/plain")]
    if path == "/fixed":
        headers.append((b"content-length", b"%d" % len(bodies.FIXED_BODY)))
    await send({"type": "http.response.start", "status": status, "headers": headers})


async def send_all(send, body, gone=None):
    async for chunk in body:
        if gone is not None and gone.is_set():
            return
        await send({"type": "http.response.body", "body": chunk, "more_body": True})
    if gone is None or not gone.is_set():
        await send({"type": "http.response.body", "body": b"", "more_body": False})


async def answer(send, body, status=200):
    headers = [(b"content-type", b"text/plain"), (b"content-length", b"%d" % len(body))]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": body, "more_body": False})


def tag_of(scope):
    return dict(scope["headers"]).get(bodies.TAG.encode(), b"").decode("latin-1")


async def lifespan(receive, send):
    while True:
        message = await receive()
        if message["type"] == "lifespan.startup":
            await send({"type": "lifespan.startup.complete"})
        elif message["type"] == "lifespan.shutdown":
            await send({"type": "lifespan.shutdown.complete"})
            return


class Server(uvicorn.Server):
    async def startup(self, sockets=None):
        await super().startup(sockets)
        probe.ready(sockets[0].getsockname()[1])


listener = socket.create_server(("127.0.0.1", 0), backlog=2048)
probe.stop_with_parent(lambda: os.kill(os.getpid(), signal.SIGKILL))
Server(uvicorn.Config(app, log_level="warning", access_log=False)).run(sockets=[listener])
