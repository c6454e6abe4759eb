// A peer for comparison: Bun's WebSocket server (uWebSockets inside) behind the few operations that `fanout` needs.
// It authenticates nobody, checks nothing and keeps nothing: what is compared is delivery alone.
//
//   npm install bun
//   taskset -c 0 npx bun loadtest/peers/bun.mjs 9101
//   taskset -c 1 loadtest fanout --url ws://127.0.0.1:9101/v1/ws
const port = Number(process.argv[2] ?? 9101);

const server = Bun.serve({
  port,
  hostname: "127.0.0.1",
  fetch(request, server) {
    if (server.upgrade(request)) return undefined;
    return new Response("upgrade required", { status: 426 });
  },
  websocket: {
    perMessageDeflate: false,
    backpressureLimit: 1 << 20,
    closeOnBackpressureLimit: true,
    message(socket, text) {
      const { id, op, d } = JSON.parse(text);
      if (op === "bench.publish") {
        server.publish(d.room, `{"ev":"bench.message","room":${JSON.stringify(d.room)},"d":{"data":${JSON.stringify(d.data)}}}`);
        return;
      }
      if (op === "bench.join") socket.subscribe(d.room);
      socket.send(`{"id":${id},"ok":{}}`);
    },
  },
});
console.log(`listening on ${server.hostname}:${server.port}`);
