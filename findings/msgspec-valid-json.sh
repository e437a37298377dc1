#!/bin/sh
# Guess: msgspec 0.23.0 reads every JSON text that Python's json and JavaScript's JSON.parse read (but for NaN and the like).
# What happens: it refuses a lone surrogate written as an escape, which RFC 8259 allows, and says "Input data was truncated",
#   though text follows; and a number beyond the range of a double, which the others read as infinity.
# Why it matters: both come from JavaScript clients (a string that is cut inside of an emoji; 1e400), and the message sends
#   whoever looks for the cause to the network. A server in Node answers such a request; a stand-in on msgspec.json would not.
# Source: RFC 8259, sections 6, 7 and 8.2; run here.
set -eu
folder=$(mktemp -d); trap 'rm -rf "$folder"' EXIT; cd "$folder"
python3 -m venv venv
venv/bin/pip install --quiet msgspec==0.23.0
cat > read.py <<'P'
import json

import msgspec

for text in (r'["\ud800", 1]', "[1e400]", "[1e-400]"):
    try:
        seen = msgspec.json.decode(text)
    except msgspec.MsgspecError as error:
        seen = f"{type(error).__name__}: {error}"
    print(text, "| json:", ascii(json.loads(text)), "| msgspec:", seen)
P
venv/bin/python read.py | tee seen
# Seen: ["\ud800", 1] | json: ['\ud800', 1] | msgspec: DecodeError: Input data was truncated
#       [1e400] | json: [inf] | msgspec: ValidationError: Number out of range - at `$[0]`
#       [1e-400] | json: [0.0] | msgspec: [0.0]
grep -q 'ud800.*msgspec: DecodeError: Input data was truncated$' seen
grep -q '^\[1e400\].*\[inf\].*Number out of range' seen
grep -q '^\[1e-400\].*msgspec: \[0.0\]$' seen
