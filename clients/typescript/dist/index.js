/** A typed client of Phantom's API: one method for all operations, one for live events. */
import { routes } from "./operations.js";
/** An answer that is an error; `message` is the server's sentence. */
export class PhantomError extends Error {
    status;
    /** The fields that were wrong, where the server names them. */
    errors;
    /** The task that failed, where it is one. */
    taskId;
    constructor(status, problem) {
        super(problem.detail ?? `The server answered ${status}.`);
        this.name = "PhantomError";
        this.status = status;
        this.errors = problem.errors ?? [];
        this.taskId = problem.task_id;
    }
}
const LONGEST_PAUSE = 10_000;
/** A client of one server. */
export class Phantom {
    #url;
    #headers;
    #fetch;
    #token;
    constructor(options) {
        this.#url = options.url.replace(/\/+$/, "");
        this.#token = options.token;
        this.#headers = options.token ? { Authorization: `Bearer ${options.token}` } : {};
        this.#fetch = options.fetch ?? globalThis.fetch.bind(globalThis);
    }
    /** Ask for an operation by its name. Throws PhantomError where the server refuses. */
    async call(operation, request) {
        const [method, template] = routes[operation];
        const given = request;
        const path = template.replace(/\{(\w+)\}/g, (_, name) => 
        // A path of a file keeps its slashes.
        String(given.path?.[name]).split("/").map(encodeURIComponent).join("/"));
        const query = new URLSearchParams();
        for (const [name, value] of Object.entries(given.query ?? {})) {
            if (value !== undefined && value !== null)
                query.set(name, String(value));
        }
        const search = query.size > 0 ? `?${query}` : "";
        const headers = { Accept: "application/json", ...this.#headers };
        for (const [name, value] of Object.entries(given.header ?? {})) {
            if (value !== undefined && value !== null)
                headers[name] = String(value);
        }
        const init = { method, headers };
        if (method !== "GET")
            headers["Content-Type"] = "application/json";
        if (method === "POST" || method === "PUT")
            init.body = JSON.stringify(given.body ?? {});
        if (given.signal)
            init.signal = given.signal;
        const response = await this.#fetch(`${this.#url}${path}${search}`, init);
        const body = await read(response);
        if (!response.ok)
            throw new PhantomError(response.status, isObject(body) ? body : {});
        return body;
    }
    /**
     * What happens, as it happens, without end: each event once, also over a lost connection.
     *
     * Throws PhantomError where the server refuses; ends quietly where `signal` is aborted.
     */
    async *events(where = {}) {
        let last = where.lastEventId;
        let pause = 250;
        while (!where.signal?.aborted) {
            const address = await this.#address(where, last);
            for await (const message of messages(address, where.signal)) {
                pause = 250;
                if (message.type === "connection_status")
                    last ??= message.last_event_id;
                if (!isEvent(message))
                    continue;
                last = message.id;
                yield message;
            }
            await sleep(pause, where.signal);
            pause = Math.min(pause * 2, LONGEST_PAUSE);
        }
    }
    async #address(where, last) {
        const query = new URLSearchParams();
        if (last !== undefined)
            query.set("last_event_id", String(last));
        // A page can send no header with a WebSocket; a ticket opens one, once.
        if (this.#token)
            query.set("ticket", (await this.call("create_ticket", {})).ticket);
        const channel = where.task ? `/task/${where.task}` : where.project ? `/project/${where.project}` : "";
        const search = query.size > 0 ? `?${query}` : "";
        return `${this.#url.replace(/^http/, "ws")}/ws${channel}${search}`;
    }
}
function isEvent(message) {
    return "id" in message;
}
function isObject(value) {
    return typeof value === "object" && value !== null;
}
async function read(response) {
    if (response.status === 204)
        return undefined;
    const isJson = response.headers.get("content-type")?.startsWith("application/json");
    return isJson ? response.json() : response.text();
}
/** The messages of one connection, until it ends, from whatever side. */
async function* messages(address, signal) {
    const socket = new WebSocket(address);
    const waiting = [];
    let ended = false;
    let wake = () => { };
    const end = () => {
        ended = true;
        wake();
    };
    socket.onmessage = (event) => {
        waiting.push(JSON.parse(event.data));
        wake();
    };
    socket.onclose = end;
    socket.onerror = end;
    signal?.addEventListener("abort", end, { once: true });
    try {
        while (!ended || waiting.length > 0) {
            if (signal?.aborted)
                return;
            const next = waiting.shift();
            if (next !== undefined)
                yield next;
            else
                await new Promise((resolve) => (wake = resolve));
        }
    }
    finally {
        signal?.removeEventListener("abort", end);
        socket.close();
    }
}
function sleep(milliseconds, signal) {
    return new Promise((resolve) => {
        const timer = setTimeout(resolve, milliseconds);
        signal?.addEventListener("abort", () => (clearTimeout(timer), resolve()), { once: true });
    });
}
