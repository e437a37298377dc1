#!/bin/sh
# Guess: a server that finds its client gone stops reading the WSGI application's body and calls its close().
# What happens: waitress 3.0.2, gunicorn 27.0.1, cheroot 11.1.2, gevent 26.9.0, werkzeug 3.1.9 and granian 2.8.9 close it when
#   the next part or the one after cannot be sent. uvicorn 0.54.0 with --interface wsgi, a2wsgi 1.10.10, hypercorn 0.18.0
#   and tornado 6.6.1 read the body to its end.
# Why it matters: a stream of Server-Sent Events that ends when its client leaves never ends there, and keeps its thread. Such
#   a stream needs an end of its own; EventSource connects again by itself.
# Source: run here; PEP 3333 requires a call of close() in any case.
set -eu
folder=$(mktemp -d); trap 'rm -rf "$folder"' EXIT; cd "$folder"
python3 -m venv venv
venv/bin/pip install -q waitress==3.0.2 gunicorn==27.0.1 cheroot==11.1.2 tornado==6.6.1 gevent==26.9.0 werkzeug==3.1.9 \
  granian==2.8.9 uvicorn==0.54.0 a2wsgi==1.10.10 hypercorn==0.18.0 2> pip.log
cat > app.py <<'P'
import os
import time


class Events:
    """Ten events in two seconds; close() notes how many were read."""

    def __init__(self):
        self.read = 0

    def __iter__(self):
        return self

    def __next__(self):
        if self.read == 10:
            raise StopIteration
        if self.read:
            time.sleep(0.2)
        self.read += 1
        return b"data: %d\n\n" % self.read

    def close(self):
        with open(os.environ["NOTE"], "w") as note:
            note.write(str(self.read))


def application(environ, start_response):
    start_response("200 OK", [("Content-Type", "text/event-stream")])
    return Events()
P
cat > asgi.py <<'P'
from a2wsgi import WSGIMiddleware
from app import application

application = WSGIMiddleware(application)
P
cat > run.py <<'P'
import sys

name, port = sys.argv[1], int(sys.argv[2])
if name == "gevent":
    from gevent.monkey import patch_all

    patch_all()
from app import application

if name == "gevent":
    from gevent.pywsgi import WSGIServer

    WSGIServer(("127.0.0.1", port), application, log=None).serve_forever()
elif name == "cheroot":
    from cheroot.wsgi import Server

    Server(("127.0.0.1", port), application).start()
elif name == "werkzeug":
    from werkzeug.serving import run_simple

    run_simple("127.0.0.1", port, application, threaded=True)
else:
    from tornado.httpserver import HTTPServer
    from tornado.ioloop import IOLoop
    from tornado.wsgi import WSGIContainer

    HTTPServer(WSGIContainer(application)).listen(port, "127.0.0.1")
    IOLoop.current().start()
P
cat > leave.py <<'P'
import os
import socket
import subprocess
import sys
import time

BIN = os.path.dirname(sys.executable)
SERVERS = {
    "waitress": "waitress-serve --listen=127.0.0.1:{0} app:application",
    "gunicorn": "gunicorn --threads 4 -b 127.0.0.1:{0} app:application",
    "cheroot": "python run.py cheroot {0}",
    "gevent": "python run.py gevent {0}",
    "werkzeug": "python run.py werkzeug {0}",
    "granian": "granian --interface wsgi --host 127.0.0.1 --port {0} app:application",
    "uvicorn": "uvicorn --interface wsgi --port {0} app:application",
    "a2wsgi": "uvicorn --port {0} asgi:application",
    "hypercorn": "hypercorn -b 127.0.0.1:{0} wsgi:app:application",
    "tornado": "python run.py tornado {0}",
}
for name, command in SERVERS.items():
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    environ = {**os.environ, "NOTE": f"{os.getcwd()}/{name}.note", "PYTHONPATH": os.getcwd()}
    process = subprocess.Popen(
        f"{BIN}/{command.format(port)}".split(), env=environ, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    for _ in range(200):
        try:
            client = socket.create_connection(("127.0.0.1", port), 5)
            break
        except OSError:
            time.sleep(0.1)
    client.sendall(b"GET / HTTP/1.1\r\nHost: example.com\r\n\r\n")
    time.sleep(0.5)
    client.close()
    for _ in range(100):
        if os.path.exists(environ["NOTE"]):
            break
        time.sleep(0.1)
    time.sleep(0.1)
    with open(environ["NOTE"]) as note:
        read = int(note.read())
    process.terminate()
    process.wait(10)
    print(f"{name}: {'closed early' if read < 8 else 'read to its end'}")
P
venv/bin/python leave.py > seen
cat seen
cat > expected <<'T'
waitress: closed early
gunicorn: closed early
cheroot: closed early
gevent: closed early
werkzeug: closed early
granian: closed early
uvicorn: read to its end
a2wsgi: read to its end
hypercorn: read to its end
tornado: read to its end
T
diff expected seen
