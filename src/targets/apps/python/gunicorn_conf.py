"""gunicorn's settings beyond its command line."""

import os
import signal

import probe

# A stream may take longer than the time after which a worker that serves nobody else is taken for dead.
timeout = 0
graceful_timeout = 1
keepalive = 30
worker_connections = 4000
accesslog = None
loglevel = "warning"


def when_ready(server):
    probe.stop_with_parent(lambda: os.kill(os.getpid(), signal.SIGTERM))


def post_worker_init(worker):
    # The last one is told: then every process of it accepts.
    if worker.age == worker.cfg.workers:
        probe.tell("ready", pid=worker.ppid, port=worker.sockets[0].sock.getsockname()[1])
        probe.flush()
