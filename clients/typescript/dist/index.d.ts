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
type Json<R> = R extends {
    content: {
        "application/json": infer Body;
    };
} ? Body : never;
type Text<R> = R extends {
    content: {
        "text/plain": infer Body;
    };
} ? Body : never;
type Success = 200 | 201 | 202;
type Answers<R> = {
    [S in keyof R & Success]: Json<R[S]> | Text<R[S]>;
}[keyof R & Success];
/** What an operation answers; `undefined` where it answers with nothing. */
export type Answer<O extends Operation> = [Answers<operations[O]["responses"]>] extends [never] ? undefined : Answers<operations[O]["responses"]>;
type Given<P> = [P] extends [undefined] | [never] ? unknown : P;
type Taken<O extends Operation> = operations[O]["parameters"];
type Part<O extends Operation, K extends "path" | "query" | "header"> = undefined extends Taken<O>[K] ? {
    [P in K]?: Exclude<Taken<O>[K], undefined>;
} : {
    [P in K]: Taken<O>[K];
};
type Sent<O extends Operation> = operations[O] extends {
    requestBody: {
        content: {
            "application/json": infer Body;
        };
    };
} ? {
    body: Body;
} : unknown;
/** What an operation takes: `path`, `query`, `header` and `body`, where it has them. */
export type Request<O extends Operation> = Part<O, "path"> & Part<O, "query"> & Part<O, "header"> & Given<Sent<O>> & {
    signal?: AbortSignal;
};
/** An answer that is an error; `message` is the server's sentence. */
export declare class PhantomError extends Error {
    readonly status: number;
    /** The fields that were wrong, where the server names them. */
    readonly errors: readonly Schemas["FieldProblem"][];
    /** The task that failed, where it is one. */
    readonly taskId: string | undefined;
    constructor(status: number, problem: Partial<Schemas["InvalidRequest"] & Schemas["TaskProblem"]>);
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
/** A client of one server. */
export declare class Phantom {
    #private;
    constructor(options: Options);
    /** Ask for an operation by its name. Throws PhantomError where the server refuses. */
    call<O extends Operation>(operation: O, request: Request<O>): Promise<Answer<O>>;
    /**
     * What happens, as it happens, without end: each event once, also over a lost connection.
     *
     * Throws PhantomError where the server refuses; ends quietly where `signal` is aborted.
     */
    events(where?: Listening): AsyncGenerator<PhantomEvent, void, undefined>;
}
