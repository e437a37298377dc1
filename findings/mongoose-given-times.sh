#!/bin/sh
# Guess: with `timestamps: true`, mongoose fills in `createdAt` and `updatedAt` where they are missing; those that a new
#   document has are stored, whichever call stores it.
# What happens, with mongoose 9.12.1: `save()` and `create()` replace a given `updatedAt` by `createdAt`, also in documents
#   nested in the new one; `insertMany` and `bulkWrite` store what was given. An update that sets `updatedAt` stores the
#   time of the call. `save({timestamps: false})` stores what was given, but in nested documents.
# Why it matters: fixtures, imports and copies of documents (a request with a snapshot of its department) lose the time of
#   the last change, without an error; the same fixture loaded with `insertMany` keeps it, so sorting by it differs.
# Source: run here, with the driver's calls replaced, so no database is needed; issue 8071 of Automattic/mongoose.
set -eu
folder=$(mktemp -d); trap 'rm -rf "$folder"' EXIT; cd "$folder"
npm init --yes > /dev/null
npm install --silent --no-audit --no-fund mongoose@9.12.1 > npm.log
cat > times.js <<'J'
const mongoose = require("mongoose");

mongoose.set("bufferCommands", false);
const Department = new mongoose.Schema({ name: String }, { timestamps: true });
const Request = mongoose.model("Request", new mongoose.Schema({ department: Department }, { timestamps: true }));
const times = (document) => `${document.createdAt.getUTCFullYear()} ${document.updatedAt.getUTCFullYear()}`;
let call;
const print = (document) => console.log(`${call}: ${times(document)}, nested: ${times(document.department)}`);
Request.collection.insertOne = async (document) => print(document);
Request.collection.insertMany = async (documents) => print(documents[0]);
Request.collection.bulkWrite = async ([{ insertOne }]) => print(insertOne.document);
Request.collection.updateOne = async (filter, { $set }) => {
  console.log(`${call}: ${$set.updatedAt.getUTCFullYear() === new Date().getUTCFullYear() ? "now" : "as given"}`);
  return { acknowledged: true };
};
const given = () => ({ createdAt: new Date("2020-01-01"), updatedAt: new Date("2024-01-01") });
const request = () => ({ ...given(), department: { name: "Sales", ...given() } });

(async () => {
  call = "save"; await new Request(request()).save();
  call = "create"; await Request.create(request());
  call = "save without timestamps"; await new Request(request()).save({ timestamps: false });
  call = "insertMany"; await Request.insertMany([request()]).catch(() => {});  // the replaced call returns no ids
  call = "bulkWrite"; await Request.bulkWrite([{ insertOne: { document: request() } }]).catch(() => {});
  call = "updateOne"; await Request.updateOne({}, { $set: { updatedAt: new Date("2024-01-01") } });
})();
J
node times.js | tee seen
# Seen: save, create: 2020 2020, nested: 2020 2020 | save without timestamps: 2020 2024, nested: 2020 2020
#   insertMany, bulkWrite: 2020 2024, nested: 2020 2024 | updateOne: now
for call in save create; do grep -qx "$call: 2020 2020, nested: 2020 2020" seen; done
grep -qx 'save without timestamps: 2020 2024, nested: 2020 2020' seen
for call in insertMany bulkWrite; do grep -qx "$call: 2020 2024, nested: 2020 2024" seen; done
grep -qx 'updateOne: now' seen
