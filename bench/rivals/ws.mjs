/* Node's ws, broadcasting: node ws.mjs PORT */
import { createServer } from "node:net";
import { createRequire } from "node:module";

const { WebSocketServer } = createRequire(process.env.BENCH_NODE + "/")("ws");
const port = Number(process.argv[2]);
const pad = "x".repeat(220);
const server = new WebSocketServer({ port, host: "127.0.0.1", backlog: 4096, perMessageDeflate: false });
let n = 0;
createServer((orders) => orders.on("data", (bytes) => {
  for (let i = 0; i < bytes.length; i++) {
    n++;
    const text = JSON.stringify({ event: "view", data: { w: "k", view: { as_of_ms: 1790000000000, n, pad } } });
    for (const line of server.clients) line.send(text);
  }
})).listen(port + 1, "127.0.0.1");
