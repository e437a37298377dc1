#!/bin/sh
# Guess: `import flask` and then `eventlet.monkey_patch()` is silent, or warns that it came late.
# What happens: eventlet 0.41.3 prints whole tracebacks of "Working outside of application context" and "Working outside
#   of request context", as if a request had failed, and goes on with exit code 0. It looks for locks to replace in all
#   that is imported with `vars()`, which Werkzeug's proxies of `current_app`, `g`, `request` and `session` answer with
#   RuntimeError. The advice that it prints, to patch before any import, is right; the traceback points to Flask.
# Why it matters: a test suite whose plugins import Flask before its conftest patches shows errors of an application that
#   it does not have.
# Source: run here.
set -eu
folder=$(mktemp -d); trap 'rm -rf "$folder"' EXIT; cd "$folder"
python3 -m venv venv
venv/bin/pip install --quiet flask==3.1.3 werkzeug==3.1.9 eventlet==0.41.3
venv/bin/python -W ignore -c 'import flask, eventlet; eventlet.monkey_patch(); print("patched")' >seen 2>&1
grep -E '^(Traceback|RuntimeError|patched)' seen | sort | uniq -c | tee counted
venv/bin/python -W ignore -c 'import eventlet; eventlet.monkey_patch(); import flask; print("patched")' >first 2>&1
echo "patched before the import:" && cat first
# Seen: tracebacks of RuntimeError and "patched"; patched before the import: nothing but "patched"
grep -q 'RuntimeError: Working outside of request context' counted
grep -qx patched seen
[ "$(cat first)" = patched ]
