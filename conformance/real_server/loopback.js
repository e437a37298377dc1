// Loaded before the server: what listens on a port without an address listens on 127.0.0.1 only.
const net = require("net");
const listen = net.Server.prototype.listen;

net.Server.prototype.listen = function (...options) {
  const isPort = typeof options[0] === "number" || (typeof options[0] === "string" && /^\d+$/.test(options[0]));
  if (isPort && typeof options[1] !== "string") options.splice(1, 0, "127.0.0.1");
  return listen.apply(this, options);
};
