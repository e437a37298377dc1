#!/bin/sh
# Guess: of two cookies with one name, which a browser sends when one is set for `/shop` and one for `/`, a server reads
#   the first: RFC 6265, section 5.4, has browsers send the one with the longer path first.
# What happens: Flask, falcon, Express and Fastify read the first, Django, Starlette, aiohttp, tornado and Litestar the
#   last, the one for `/`. Hapi makes a list of them. And `%20` in a value is a blank in Litestar, Express and Fastify,
#   and stays `%20` in the others.
# Why it matters: a service that moves from Flask to Starlette, or has a gateway in Node before it, reads another cookie
#   for the same request, without an error on either side.
# Source: run here; RFC 6265 sections 4.2.2 (servers should not rely on the order) and 5.4.
set -eu
folder=$(mktemp -d); trap 'rm -rf "$folder"' EXIT; cd "$folder"
python3 -m venv venv
venv/bin/pip install --quiet flask==3.1.3 falcon==4.4.0 django==5.2.19 starlette==1.10.0 litestar==2.25.0 aiohttp==3.14.5 tornado==6.6.1
npm install --silent --no-audit --no-fund express@5.3.0 cookie-parser@1.4.7 fastify@5.12.8 @fastify/cookie@11.1.5 @hapi/hapi@21.4.10 >npm.log
cat > read.mjs <<'J'
import http from "node:http";
import hapi from "@hapi/hapi";
import cookieParser from "cookie-parser";
import express from "express";
import fastify from "fastify";
import fastifyCookie from "@fastify/cookie";

const headers = { cookie: process.argv[2] };
const show = (name, cookies) => console.log(name, JSON.stringify(cookies.cart), JSON.stringify(cookies.note));

const app = express().use(cookieParser());
app.get("/", (request, response) => response.json(request.cookies));
const server = app.listen(0, "127.0.0.1", async () => {
  http.get({ port: server.address().port, headers }, async response => {
    show("express", JSON.parse((await response.toArray()).join("")));
    server.close();
  });
});
const fast = fastify();
await fast.register(fastifyCookie);
fast.get("/", async request => request.cookies);
show("fastify", (await fast.inject({ url: "/", headers })).json());
const hapiServer = hapi.server();
hapiServer.route({ method: "GET", path: "/", handler: request => request.state });
show("hapi", JSON.parse((await hapiServer.inject({ url: "/", headers })).payload));
J
cat > read.py <<'P'
import json
import subprocess

HEADER = "cart=of-shop; cart=of-root; note=two%20words"


def with_flask():
    import flask

    with flask.Flask("shop").test_request_context(headers={"Cookie": HEADER}) as context:
        return context.request.cookies


def with_django():
    from django.conf import settings
    from django.test import RequestFactory

    settings.configure()
    return RequestFactory().get("/", headers={"cookie": HEADER}).COOKIES


def with_starlette():
    from starlette.requests import Request

    return Request({"type": "http", "headers": [(b"cookie", HEADER.encode())]}).cookies


def with_litestar():
    from litestar.testing import RequestFactory

    return RequestFactory().get("/", headers={"Cookie": HEADER}).cookies


def with_aiohttp():
    from aiohttp.test_utils import make_mocked_request

    return make_mocked_request("GET", "/", headers={"Cookie": HEADER}).cookies


def with_tornado():
    from tornado.httputil import HTTPHeaders, HTTPServerRequest

    cookies = HTTPServerRequest("GET", "/", headers=HTTPHeaders({"Cookie": HEADER})).cookies
    return {name: morsel.value for name, morsel in cookies.items()}


def with_falcon():
    import falcon
    from falcon.testing import create_environ

    return falcon.Request(create_environ(headers={"Cookie": HEADER})).cookies


for read in (with_flask, with_falcon, with_django, with_starlette, with_litestar, with_aiohttp, with_tornado):
    cookies = read()
    print(read.__name__.removeprefix("with_"), json.dumps(cookies["cart"]), json.dumps(cookies["note"]), flush=True)
subprocess.run(["node", "read.mjs", HEADER], check=True)
P
venv/bin/python -W ignore read.py | tee seen
# Seen: "of-shop" in flask, falcon, express and fastify; "of-root" in django, starlette, litestar, aiohttp and tornado;
#   ["of-shop","of-root"] in hapi; "two words" in litestar, express and fastify, "two%20words" in the others
test "$(grep -cE '^(flask|falcon|express|fastify) "of-shop" ' seen)" = 4
test "$(grep -cE '^(django|starlette|litestar|aiohttp|tornado) "of-root" ' seen)" = 5
grep -qF 'hapi ["of-shop","of-root"] "two%20words"' seen
test "$(grep -cE '^(litestar|express|fastify) .* "two words"$' seen)" = 3
test "$(grep -c '"two%20words"$' seen)" = 7
