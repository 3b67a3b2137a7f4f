// The official Socket.IO client, told what to do by lines of JSON on stdin; what it sees goes to
// stdout, a line of JSON each. Its one argument is {"url": ..., "options": ..., "resume": ...}.
const readline = require("node:readline");
const { io } = require("socket.io-client");

const { url, options, resume } = JSON.parse(process.argv[2]);
let last = resume;
const show = (what) => process.stdout.write(JSON.stringify(what) + "\n");
const socket = io(url, {
  reconnectionDelay: 10,
  ...options,
  auth: (give) => give({ ...options.auth, ...(last === null ? {} : { last_event_id: last }) }),
});

socket.on("connect", () => show(["connect", socket.io.engine.transport.name]));
socket.on("connect_error", (error) => show(["connect_error", error.message]));
socket.onAny((name, body) => {
  last = body.id ?? body.last_event_id ?? last;
  show([name, body]);
});
socket.io.engine.on("upgrade", (transport) => show(["upgrade", transport.name]));

const orders = readline.createInterface({ input: process.stdin });
orders.on("line", (line) => {
  const [name, argument] = JSON.parse(line);
  if (name === "leave") {
    // Nothing keeps the process then, once the server was told.
    socket.disconnect();
    orders.close();
    process.stdin.destroy();
  } else if (name === "drop") {
    socket.io.engine.close();
  } else {
    socket.emit(name, argument, (answer) => show(["acknowledged", answer]));
  }
});
