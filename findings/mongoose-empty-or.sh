#!/bin/sh
# Guess: an empty `$or` is refused, as MongoDB refuses it ("$and/$or/$nor must be a nonempty array"); or it matches nothing,
#   since no alternative holds.
# What happens: mongoose 9.12.1 takes it out of the filter before MongoDB sees it. `find({$or: []})` finds every document,
#   and `deleteMany({$or: []})` deletes them; with `{shop: 5, $or: []}`, all of that shop. 5.13.17 left it in, so that MongoDB
#   refused it; 6.13.8 takes it out. Libraries that emulate MongoDB agree with neither: mingo 7.2.7, NeDB 4.1.2 and LokiJS
#   1.5.12 find nothing, sift 17.1.4 and mongomock 4.3.0 raise.
# Why it matters: a filter that is built from a list (`$or: words.map(...)`) selects nothing in a test against one of these,
#   and everything in production when the list is empty.
# Source: run here; since mongoose 6.9.0 (pull request 12898 of Automattic/mongoose). MongoDB refuses it by its manual.
set -eu
folder=$(mktemp -d); trap 'rm -rf "$folder"' EXIT; cd "$folder"
npm init --yes > /dev/null
npm install --silent --no-audit --no-fund mongoose@9.12.1 mongoose6@npm:mongoose@6.13.8 mongoose5@npm:mongoose@5.13.17 \
  mingo@7.2.7 sift@17.1.4 @seald-io/nedb@4.1.2 lokijs@1.5.12 > npm.log
python3 -m venv venv && venv/bin/pip install -q mongomock==4.3.0 2> pip.log
cat > filters.mjs <<'J'
import { createRequire } from "module";
import { Query } from "mingo";
import sift from "sift";

const require = createRequire(import.meta.url);
const documents = () => [{ shop: 5 }, { shop: 6 }];
const empty = { $or: [] };

for (const name of ["mongoose", "mongoose6", "mongoose5"]) {
  const mongoose = require(name);
  const Order = mongoose.model("Order", new mongoose.Schema({ shop: Number }));
  const filters = [Order.find(empty), Order.deleteMany(empty), Order.find({ shop: 5, ...empty })];
  console.log(name, mongoose.version, "sends", ...filters.map((query) => JSON.stringify(query.cast(Order))));
}
const database = new (require("@seald-io/nedb"))();
await database.insertAsync(documents());
const collection = new (require("lokijs"))("orders").addCollection("orders");
collection.insert(documents());
const finders = {
  mingo: () => new Query(empty).find(documents()).all(),
  nedb: () => database.findAsync(empty),
  lokijs: () => collection.find(empty),
  sift: () => documents().filter(sift(empty)),
};
for (const [name, find] of Object.entries(finders)) {
  try {
    console.log(name, "finds", (await find()).length);
  } catch (error) {
    console.log(name, "raises", error.message);
  }
}
J
node filters.mjs | tee seen
venv/bin/python - <<'P' | tee -a seen
import mongomock

orders = mongomock.MongoClient().shop.orders
orders.insert_many([{"shop": 5}, {"shop": 6}])
try:
    print("mongomock finds", len(list(orders.find({"$or": []}))))
except mongomock.OperationFailure as error:
    print("mongomock raises", error)
P
# Seen: mongoose 9.12.1 sends {} {} {"shop":5}; mongoose6 the same; mongoose5 5.13.17 sends {"$or":[]} {"$or":[]} {"shop":5,"$or":[]}
#   mingo, nedb and lokijs find 0; sift raises; mongomock raises BadValue
grep -qxF 'mongoose 9.12.1 sends {} {} {"shop":5}' seen
grep -qxF 'mongoose6 6.13.8 sends {} {} {"shop":5}' seen
grep -qxF 'mongoose5 5.13.17 sends {"$or":[]} {"$or":[]} {"shop":5,"$or":[]}' seen
for name in mingo nedb lokijs; do grep -qxF "$name finds 0" seen; done
grep -q '^sift raises .*nonempty array' seen
grep -q '^mongomock raises .*nonempty array' seen
