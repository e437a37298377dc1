#!/bin/sh
# Guess: a document of mongoose has its fields in one order, `_id` first: that of the schema, or that in which MongoDB
#   stores them.
# What happens, with mongoose 9.12.1: a new document has the schema's order with `_id` behind it. The same document read back
#   begins with the nested objects and defaults that the stored one lacks, then comes `_id`, then the stored order, and last
#   the defaults that a function makes. Whether a field was stored moves it to another place. mongoose 5.13.17 begins with the
#   defaults in new documents, too, and keeps the order of the arguments behind `_id`.
# Why it matters: the JSON of one document differs between the response that creates it, later ones, and webhooks; signatures,
#   hashes, ETags and recordings that compare bytes differ, although no value did. An emulator that sorts by schema is wrong.
# Source: run here; mongoose's manual promises no order.
set -eu
folder=$(mktemp -d); trap 'rm -rf "$folder"' EXIT; cd "$folder"
npm init --yes > /dev/null
npm install --silent --no-audit --no-fund mongoose@9.12.1 mongoose5@npm:mongoose@5.13.17 > npm.log
cat > order.js <<'J'
for (const name of ["mongoose", "mongoose5"]) {
  const mongoose = require(name);
  const Lead = mongoose.model("Lead", new mongoose.Schema({
    name: String,
    status: { type: String, default: "open" },
    seen: { type: Number, default: () => 1 },
    address: { country: { type: String, default: "IT" }, city: String },
  }));
  const id = new mongoose.Types.ObjectId("65a000000000000000000001");
  const print = (what, document) => console.log(`${mongoose.version} ${what}:`, Object.keys(document.toObject()).join(" "));
  print("new", new Lead({ seen: 2, _id: id, name: "Bob" }));
  print("read back", Lead.hydrate({ _id: id, name: "Bob" }));
  print("read back, status was stored", Lead.hydrate({ _id: id, name: "Bob", status: "open" }));
}
J
node order.js | tee seen
# Seen: 9.12.1 new: name status seen address _id | read back: address status _id name seen
#         | read back, status was stored: address _id name status seen
#       5.13.17 new: address status _id seen name | read back as 9.12.1, but "address status _id name seen" in both cases
grep -qxF '9.12.1 new: name status seen address _id' seen
grep -qxF '9.12.1 read back: address status _id name seen' seen
grep -qxF '9.12.1 read back, status was stored: address _id name status seen' seen
grep -qxF '5.13.17 new: address status _id seen name' seen
