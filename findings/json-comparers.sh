#!/bin/sh
# Guess: a library that compares JSON tells `1` from `true`, wherever they stand, and two whole numbers apart, however large.
# What happens: DeepDiff 9.1.0 reports `{"paid": 1}` against `{"paid": true}` and `1` against `1.0`, but inside a list, `[1]`
#   against `[true]` and `[1, 2]` against `[1.0, 2]`, it reports no difference; with `zip_ordered_iterables=True` it does.
#   jsondiff 2.2.1 and dictdiffer 0.10.0 report neither. dictdiffer compares numbers with a relative tolerance, by default,
#   ids of 16 digits included: 9007199254740992 equals 9007199254740993. jsonpatch 1.48 reports all of them.
# Why it matters: recorded responses are compared with such libraries. A server that begins to send `[true]` for `[1]`, or
#   the id next to the right one, passes.
# Source: run here; issue 605 of qlustered/deepdiff has the lists of 2 and 2.0.
set -eu
folder=$(mktemp -d); trap 'rm -rf "$folder"' EXIT; cd "$folder"
python3 -m venv venv
venv/bin/pip install -q deepdiff==9.1.0 jsondiff==2.2.1 dictdiffer==0.10.0 jsonpatch==1.48 2> pip.log
venv/bin/python - <<'P' | tee seen
import json

import deepdiff
import dictdiffer
import jsondiff
import jsonpatch

PAIRS = [
    ('{"paid": 1}', '{"paid": true}'),
    ('{"paid": [1]}', '{"paid": [true]}'),
    ('{"paid": [1, 2]}', '{"paid": [1.0, 2]}'),
    ('{"id": 9007199254740992}', '{"id": 9007199254740993}'),
]
COMPARERS = {
    "deepdiff": deepdiff.DeepDiff,
    "deepdiff, zipped": lambda a, b: deepdiff.DeepDiff(a, b, zip_ordered_iterables=True),
    "jsondiff": jsondiff.diff,
    "dictdiffer": lambda a, b: list(dictdiffer.diff(a, b)),
    "jsonpatch": lambda a, b: jsonpatch.make_patch(a, b).patch,
}
for name, compare in COMPARERS.items():
    found = ["differs" if compare(json.loads(a), json.loads(b)) else "same" for a, b in PAIRS]
    print(f"{name}:", *found)
P
# Seen: deepdiff: differs same same differs | deepdiff, zipped: differs differs differs differs | jsondiff: same same same
#   differs | dictdiffer: same same same same | jsonpatch: differs differs differs differs
grep -qx 'deepdiff: differs same same differs' seen
grep -qx 'deepdiff, zipped: differs differs differs differs' seen
grep -qx 'jsondiff: same same same differs' seen
grep -qx 'dictdiffer: same same same same' seen
grep -qx 'jsonpatch: differs differs differs differs' seen
