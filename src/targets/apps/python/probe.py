"""The application's side of the probe (docs/probe.md): events timed when they happen, written every 20 ms."""

import json
import os
import sys
import threading
import time

_path = os.environ.get("HALFOPEN_PROBE")
_lines = []
_total = 0
_flusher = None


def now():
    return time.clock_gettime_ns(time.CLOCK_MONOTONIC)


def tell(event, **fields):
    if _path and fields.get("tag") != "":
        _lines.append(json.dumps({"event": event, "t": now(), **fields}))
        _watch()


def count_pull():
    """Only counted; the total of all bodies is told every 100 ms under the tag `*`."""
    global _total
    _total += 1
    if _flusher is None:
        _watch()


def flush():
    lines, _lines[:] = _lines[:], []
    if not lines:
        return
    with open(_path, "a", encoding="utf-8") as file:
        file.write("".join(line + "\n" for line in lines))


def _watch():
    # Made by the process that tells: one forked before it told anything has none.
    global _flusher
    if _flusher is None:
        _flusher = threading.Thread(target=_flush_for_ever, daemon=True)
        _flusher.start()


def _flush_for_ever():
    told, turns = 0, 0
    while True:
        time.sleep(0.02)
        turns += 1
        if turns % 5 == 0 and _total != told:
            told = _total
            tell("pull", tag="*", pulls=told)
        flush()


def stop_with_parent(stop):
    """Standard input is a pipe from the process that started this one; it ends when that one does."""

    def wait():
        while os.read(0, 1):
            pass
        stop()

    threading.Thread(target=wait, daemon=True).start()


def ready(port):
    tell("ready", pid=os.getpid(), port=port)
    flush()
    sys.stdout.flush()
