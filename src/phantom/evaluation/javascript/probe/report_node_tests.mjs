// A reporter for node's own test runner: tells each test as one JSON line, at once, so that a run
// which is killed or hangs still tells how far it came, and in which test. The lines are read by
// `phantom.evaluation.outcomes`.

import { appendFileSync } from 'node:fs';
import { relative, resolve } from 'node:path';

const workspace = process.env.PHANTOM_TEST_WORKSPACE;
const records = process.env.PHANTOM_TEST_RECORDS;
const begun = new Map();
const told = new Map();
const spoken = new Map();

function write(kind, fields) {
  appendFileSync(records, `${JSON.stringify({ kind, ...fields })}\n`);
}

function place({ file }) {
  return file ? relative(workspace, resolve(file)) : '';
}

// The names of a test and those around it; `names` holds the last one of each depth by file.
function id(names, data) {
  const path = place(data);
  const above = names.get(path) ?? [];
  const own = [...above.slice(0, data.nesting), data.name];
  names.set(path, own);
  return isFile(data) ? path : `${path}::${own.join(' > ')}`;
}

function isFile({ file, name, nesting }) {
  return nesting === 0 && Boolean(file) && resolve(name) === resolve(file);
}

// Where in the workspace the error was thrown.
function crash(stack) {
  for (const [, file, line] of String(stack ?? '').matchAll(/(?:file:\/\/)?(\/[^\s():]+):(\d+):\d+/g)) {
    const path = relative(workspace, file);
    if (!path.startsWith('..') && !path.includes('node_modules')) {
      return { crash_path: path, crash_line: Number(line) };
    }
  }
  return {};
}

function first(text) {
  return String(text).trim().split('\n')[0].slice(0, 300);
}

function failed(data, name) {
  const { error } = data.details;
  if (error?.failureType === 'subtestsFailed') return; // they are told themselves
  const cause = error?.cause instanceof Error ? error.cause : error;
  if (isFile(data)) {
    const words = (spoken.get(place(data)) ?? '').split('\n');
    const said = words.find((line) => /error/i.test(line)) ?? error?.message;
    write('collect_error', { id: name, path: name, message: first(said) });
    return;
  }
  const kind = cause?.name && cause.name !== 'Error' ? `${cause.name}: ` : '';
  write('result', {
    id: name,
    path: place(data),
    line: data.line,
    when: 'call',
    outcome: 'failed',
    message: kind + first(cause?.message ?? error?.message ?? 'failed'),
    seconds: data.details.duration_ms / 1000,
    ...crash(cause?.stack),
  });
}

function passed(data, name) {
  if (data.details.type === 'suite') return;
  const outcome = data.skip !== undefined || data.todo !== undefined ? 'skipped' : 'passed';
  const seconds = data.details.duration_ms / 1000;
  write('result', { id: name, path: place(data), line: data.line, when: 'call', outcome, seconds });
}

export default async function* report(events) {
  for await (const { type, data } of events) {
    if (type === 'test:dequeue') write('start', { id: id(begun, data) });
    if (type === 'test:start') id(told, data);
    if (type === 'test:stderr') {
      const path = place(data);
      spoken.set(path, `${spoken.get(path) ?? ''}${data.message}`.slice(0, 20_000));
    }
    if (type === 'test:pass' || (type === 'test:fail' && data.todo !== undefined)) {
      passed(data, id(told, data));
    } else if (type === 'test:fail') {
      failed(data, id(told, data));
    }
  }
  write('end', { status: 0 });
}
