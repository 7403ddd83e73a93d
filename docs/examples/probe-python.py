# A server on http.server that tells a probe: python3 probe-python.py PORT
import http.server, itertools, json, os, sys, time

path = os.environ.get("HALFOPEN_PROBE")
probe = open(path, "a", buffering=1) if path else None

def tell(event, **fields):
    if probe:
        t = time.clock_gettime_ns(time.CLOCK_MONOTONIC)
        probe.write(json.dumps({"event": event, "t": t, **fields}) + "\n")

class Handler(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        tag = self.headers.get("x-halfopen-tag")
        tell_of = (lambda event, **fields: tell(event, tag=tag, **fields)) if tag else lambda *_, **__: None
        tell_of("request")
        try:
            self.send_response(200)
            self.end_headers()
            for _ in range(3) if self.path == "/finite" else itertools.count():
                self.wfile.write(b"a chunk\n")
                time.sleep(0.02)
            tell_of("end")
        except OSError as error:  # http.server learns of it when it writes
            tell_of("gone", reason=type(error).__name__)
        tell_of("closed")

server = http.server.ThreadingHTTPServer(("127.0.0.1", int(sys.argv[1])), Handler)
tell("ready", pid=os.getpid(), port=server.server_port)
server.serve_forever()
