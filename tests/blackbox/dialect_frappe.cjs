// Clients of Frappe's realtime, told what to do by lines of JSON on stdin; notes on stdout.
//   node dialect_frappe.cjs guide URL COOKIES       the guide's RealtimeManager
//   node dialect_frappe.cjs poll URL COOKIES ID     the guide's polling
//   node dialect_frappe.cjs client URL OPTIONS      socket.io-client itself, to whatever namespace
// Lines: {"emit": [...]}, {"cut": true} breaks the connection, {"disconnect": true}.
const io = require('socket.io-client');
const { createInterface } = require('readline');

const [mode, url, given, id] = process.argv.slice(2);
const note = (what, value = null) => process.stdout.write(JSON.stringify({ what, value }) + '\n');
process.stdout.write('listening 0\n');
console.log = console.error = (...words) => note('log', words.map(String).join(' '));

const { RealtimeManager, ConversationTask } = require('./frappe_realtime_manager.cjs');
let socket = () => null;
let end = () => {};
if (mode === 'guide') {
  const rtm = new RealtimeManager(url, given);
  rtm.on('connected', () => note('connected', { recovered: rtm.socket.recovered }));
  rtm.on('disconnected', (reason) => note('disconnected', reason));
  for (const event of ['ai_progress', 'msgprint', 'eval_js']) rtm.on(event, (data) => note(event, data));
  rtm.on('error', (error) => note('error', error.message));
  rtm.connect();
  socket = () => rtm.socket;
  end = () => rtm.disconnect();
} else if (mode === 'poll') {
  const task = new ConversationTask('task_1', { apiUrl: url, sessionCookies: given });
  task.on('aiProgress', (taskId, update) => note('aiProgress', update));
  task._startProgressPolling(id);
  end = () => task._stopProgressPolling();
} else {
  const { old, ...options } = JSON.parse(given); // old: one that knows nothing of recovery
  const client = io(url, { reconnectionDelay: 1000, ...options });
  client.on('connect', () => {
    if (old) client._pid = undefined;
    note('connected', { recovered: client.recovered });
  });
  client.on('disconnect', (reason) => note('disconnected', reason));
  client.on('connect_error', (error) => note('error', error.message));
  client.onAny((event, ...args) => note(event, args[0] ?? null));
  socket = () => client;
  end = () => client.disconnect();
}
createInterface({ input: process.stdin }).on('line', (line) => {
  const { emit, cut, disconnect } = JSON.parse(line);
  if (emit) socket().emit(...emit);
  if (cut) socket().io.engine.transport.ws.terminate();
  if (disconnect) end();
}).on('close', () => process.exit());
