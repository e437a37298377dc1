#!/bin/sh
# Guess: qs 6.17.1 keeps repeated names (`tag=1&tag=2...`) an array however many there are; its `arrayLimit` of 20 concerns
#   written indices only, and index 20 is still within it.
# What happens: the 21st repetition turns the array into an object with the keys 0 to 20, and `tag[20]=x` alone is an object.
#   In Express 4.22.3, which parses its queries with a qs of its own (6.16.2) and other limits, the same query stays an array.
# Why it matters: code that was tried with few values calls `.map` on an object when there are many; a stand-in that follows
#   qs's documentation of older versions, or that tests only with Express, does not show it.
# Source: run here. The README of qs describes `arrayLimit`.
set -eu
folder=$(mktemp -d); trap 'rm -rf "$folder"' EXIT; cd "$folder"
npm init --yes > /dev/null
npm install --silent --no-audit --no-fund qs@6.17.1 express@4.22.3
cat > lists.js <<'J'
const express = require('express');
const qs = require('qs');

const repeated = (count) => Array.from({ length: count }, (_, index) => `tag=${index}`).join('&');
const kind = (value) => (Array.isArray(value) ? 'array' : typeof value);

const app = express();
app.get('/', (request, response) => response.json(request.query.tag));
const server = app.listen(0, '127.0.0.1', async () => {
  for (const count of [20, 21]) {
    const answer = await fetch(`http://127.0.0.1:${server.address().port}/?${repeated(count)}`);
    console.log(count, 'qs:', kind(qs.parse(repeated(count)).tag), 'Express:', kind(await answer.json()));
  }
  console.log('index', 19, kind(qs.parse('tag[19]=x').tag), 20, kind(qs.parse('tag[20]=x').tag));
  server.close();
  server.closeAllConnections();
});
J
node lists.js | tee seen
# Seen: 20 qs: array Express: array
#       21 qs: object Express: array
#       index 19 array 20 object
grep -q '^20 qs: array Express: array$' seen
grep -q '^21 qs: object Express: array$' seen
grep -q '^index 19 array 20 object$' seen
