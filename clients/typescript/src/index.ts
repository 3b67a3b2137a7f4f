/** A typed client of Phantom's API: one method for all operations, one for live events. */

import { routes } from "./operations.ts";
import type { components, operations } from "./schema.ts";

export type { components, operations } from "./schema.ts";

/** Every model of the API by name, such as `Schemas["TaskView"]`. */
export type Schemas = components["schemas"];
/** What happens, told apart by `type`. */
export type PhantomEvent = Schemas["Event"];
/** The name of an operation, such as `list_tasks`. */
export type Operation = keyof typeof routes & keyof operations;

type Json<R> = R extends { content: { "application/json": infer Body } } ? Body : never;
type Text<R> = R extends { content: { "text/plain": infer Body } } ? Body : never;
type Success = 200 | 201 | 202;
type Answers<R> = {
  [S in keyof R & Success]: Json<R[S]> | Text<R[S]>;
}[keyof R & Success];

/** What an operation answers; `undefined` where it answers with nothing. */
export type Answer<O extends Operation> = [Answers<operations[O]["responses"]>] extends [never]
  ? undefined
  : Answers<operations[O]["responses"]>;

type Given<P> = [P] extends [undefined] | [never] ? unknown : P;
type Taken<O extends Operation> = operations[O]["parameters"];
type Part<O extends Operation, K extends "path" | "query" | "header"> =
  undefined extends Taken<O>[K]
    ? { [P in K]?: Exclude<Taken<O>[K], undefined> }
    : { [P in K]: Taken<O>[K] };
type Sent<O extends Operation> = operations[O] extends {
  requestBody: { content: { "application/json": infer Body } };
}
  ? { body: Body }
  : unknown;

/** What an operation takes: `path`, `query`, `header` and `body`, where it has them. */
export type Request<O extends Operation> = Part<O, "path"> &
  Part<O, "query"> &
  Part<O, "header"> &
  Given<Sent<O>> & { signal?: AbortSignal };

/** An answer that is an error; `message` is the server's sentence. */
export class PhantomError extends Error {
  readonly status: number;
  /** The fields that were wrong, where the server names them. */
  readonly errors: readonly Schemas["FieldProblem"][];
  /** The task that failed, where it is one. */
  readonly taskId: string | undefined;

  constructor(status: number, problem: Partial<Schemas["InvalidRequest"] & Schemas["TaskProblem"]>) {
    super(problem.detail ?? `The server answered ${status}.`);
    this.name = "PhantomError";
    this.status = status;
    this.errors = problem.errors ?? [];
    this.taskId = problem.task_id;
  }
}

/** Where the server is, and who asks. */
export interface Options {
  /** Such as `http://localhost:1336`. */
  url: string;
  /** For a server that demands one. */
  token?: string;
  /** Instead of the platform's own. */
  fetch?: typeof fetch;
}

/** Where to listen, and from where on. */
export interface Listening {
  project?: string;
  task?: string;
  /** First tells what came after this event. */
  lastEventId?: number;
  signal?: AbortSignal;
}

const LONGEST_PAUSE = 10_000;

/** A client of one server. */
export class Phantom {
  readonly #url: string;
  readonly #headers: Record<string, string>;
  readonly #fetch: typeof fetch;
  readonly #token: string | undefined;

  constructor(options: Options) {
    this.#url = options.url.replace(/\/+$/, "");
    this.#token = options.token;
    this.#headers = options.token ? { Authorization: `Bearer ${options.token}` } : {};
    this.#fetch = options.fetch ?? globalThis.fetch.bind(globalThis);
  }

  /** Ask for an operation by its name. Throws PhantomError where the server refuses. */
  async call<O extends Operation>(operation: O, request: Request<O>): Promise<Answer<O>> {
    const [method, template] = routes[operation];
    const given = request as Loose;
    const path = template.replace(/\{(\w+)\}/g, (_, name: string) =>
      // A path of a file keeps its slashes.
      String(given.path?.[name]).split("/").map(encodeURIComponent).join("/"),
    );
    const query = new URLSearchParams();
    for (const [name, value] of Object.entries(given.query ?? {})) {
      if (value !== undefined && value !== null) query.set(name, String(value));
    }
    const search = query.size > 0 ? `?${query}` : "";
    const headers: Record<string, string> = { Accept: "application/json", ...this.#headers };
    for (const [name, value] of Object.entries(given.header ?? {})) {
      if (value !== undefined && value !== null) headers[name] = String(value);
    }
    const init: RequestInit = { method, headers };
    if (method !== "GET") headers["Content-Type"] = "application/json";
    if (method === "POST" || method === "PUT") init.body = JSON.stringify(given.body ?? {});
    if (given.signal) init.signal = given.signal;
    const response = await this.#fetch(`${this.#url}${path}${search}`, init);
    const body = await read(response);
    if (!response.ok) throw new PhantomError(response.status, isObject(body) ? body : {});
    return body as Answer<O>;
  }

  /**
   * What happens, as it happens, without end: each event once, also over a lost connection.
   *
   * Throws PhantomError where the server refuses; ends quietly where `signal` is aborted.
   */
  async *events(where: Listening = {}): AsyncGenerator<PhantomEvent, void, undefined> {
    let last = where.lastEventId;
    let pause = 250;
    while (!where.signal?.aborted) {
      const address = await this.#address(where, last);
      for await (const message of messages(address, where.signal)) {
        pause = 250;
        if (message.type === "connection_status") last ??= message.last_event_id;
        if (!isEvent(message)) continue;
        last = message.id;
        yield message;
      }
      await sleep(pause, where.signal);
      pause = Math.min(pause * 2, LONGEST_PAUSE);
    }
  }

  async #address(where: Listening, last: number | undefined): Promise<string> {
    const query = new URLSearchParams();
    if (last !== undefined) query.set("last_event_id", String(last));
    // A page can send no header with a WebSocket; a ticket opens one, once.
    if (this.#token) query.set("ticket", (await this.call("create_ticket", {})).ticket);
    const channel = where.task ? `/task/${where.task}` : where.project ? `/project/${where.project}` : "";
    const search = query.size > 0 ? `?${query}` : "";
    return `${this.#url.replace(/^http/, "ws")}/ws${channel}${search}`;
  }
}

interface Loose {
  path?: Record<string, unknown>;
  query?: Record<string, unknown>;
  header?: Record<string, unknown>;
  body?: unknown;
  signal?: AbortSignal;
}

type Message = PhantomEvent | Schemas["ConnectionStatus"] | Schemas["Control"];

function isEvent(message: Message): message is PhantomEvent {
  return "id" in message;
}

function isObject(value: unknown): value is Record<string, never> {
  return typeof value === "object" && value !== null;
}

async function read(response: Response): Promise<unknown> {
  if (response.status === 204) return undefined;
  const isJson = response.headers.get("content-type")?.startsWith("application/json");
  return isJson ? response.json() : response.text();
}

/** The messages of one connection, until it ends, from whatever side. */
async function* messages(address: string, signal?: AbortSignal): AsyncGenerator<Message> {
  const socket = new WebSocket(address);
  const waiting: Message[] = [];
  let ended = false;
  let wake: () => void = () => {};
  const end = () => {
    ended = true;
    wake();
  };
  socket.onmessage = (event: MessageEvent<string>) => {
    waiting.push(JSON.parse(event.data) as Message);
    wake();
  };
  socket.onclose = end;
  socket.onerror = end;
  signal?.addEventListener("abort", end, { once: true });
  try {
    while (!ended || waiting.length > 0) {
      if (signal?.aborted) return;
      const next = waiting.shift();
      if (next !== undefined) yield next;
      else await new Promise<void>((resolve) => (wake = resolve));
    }
  } finally {
    signal?.removeEventListener("abort", end);
    socket.close();
  }
}

function sleep(milliseconds: number, signal?: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(resolve, milliseconds);
    signal?.addEventListener("abort", () => (clearTimeout(timer), resolve()), { once: true });
  });
}
