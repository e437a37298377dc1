#!/bin/sh
# Guess: a Flask application with MAX_CONTENT_LENGTH responds with 413 to each body that is longer, whether it comes with
#   a Content-Length or in chunks.
# What happens: Flask 3.1.3 on Werkzeug 3.1.9 does so for a Content-Length. A body in chunks is cut at the limit and
#   handed to the view as if it were whole, with status 200: of the number 1234567890123 the view gets 1234567890, and
#   a form loses its last fields. The limit itself holds: nothing beyond it is read.
# Why it matters: clients that stream (an iterator as `data=` of requests, `fetch` with a stream, curl -T -) send chunks.
#   Their upload is stored short, and both sides think that all is well.
# Source: run here.
set -eu
folder=$(mktemp -d); trap 'rm -rf "$folder"' EXIT; cd "$folder"
python3 -m venv venv
venv/bin/pip install --quiet flask==3.1.3 werkzeug==3.1.9 requests==2.34.2
cat > upload.py <<'P'
import logging
import threading

import requests
from flask import Flask, request
from werkzeug.serving import make_server

logging.getLogger("werkzeug").setLevel(logging.ERROR)
app = Flask(__name__)
app.config["MAX_CONTENT_LENGTH"] = 10


@app.post("/json")
def json():
    return str(request.get_json())


@app.post("/form")
def form():
    return "&".join(f"{name}={value}" for name, value in request.form.items())


server = make_server("127.0.0.1", 0, app, threaded=True)
threading.Thread(target=server.serve_forever, daemon=True).start()
for path, kind, body in (
    ("json", "application/json", b"1234567890123"),
    ("form", "application/x-www-form-urlencoded", b"a=1&b=22&c=333"),
):
    for way, data in (("Content-Length", body), ("chunks", iter([body]))):
        url, headers = f"http://127.0.0.1:{server.server_port}/{path}", {"Content-Type": kind}
        response = requests.post(url, data=data, headers=headers, timeout=5)
        print(f"{path}, {way}: {response.status_code}", response.text if response.ok else "")
P
venv/bin/python upload.py | sed 's/ *$//' | tee seen
cat > expected <<'E'
json, Content-Length: 413
json, chunks: 200 1234567890
form, Content-Length: 413
form, chunks: 200 a=1&b=22&c=
E
# Seen: what is expected.
diff seen expected
