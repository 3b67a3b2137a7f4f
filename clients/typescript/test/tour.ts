/** A short way through a live server; prints what it saw as JSON. Its argument is the server's URL. */

import { Phantom, PhantomError, type PhantomEvent, type Schemas } from "../src/index.ts";

declare const process: { argv: string[] };

const phantom = new Phantom({ url: process.argv[2] ?? "" });
const stop = new AbortController();

const project: Schemas["ProjectView"] = await phantom.call("create_project", {
  body: { name: "From TypeScript", type: "typescript", config: { priority: { mode: "speed" } } },
});
const done = await phantom.call("execute_task", {
  body: { prompt: "Look around", task_type: "debugging", workspace: "project", project_id: project.id },
});
const page = await phantom.call("list_tasks", { query: { project_id: project.id, page_size: 5 } });
const task = await phantom.call("get_task", { path: { task_id: done.task_id } });

const events: PhantomEvent["type"][] = [];
for await (const event of phantom.events({ task: task.id, lastEventId: 0, signal: stop.signal })) {
  events.push(event.type);
  // The union is told apart by its type, so that these fields are known here.
  if (event.type === "task_result" && event.status === "completed") stop.abort();
}

await phantom.call("create_config_file", {
  body: { file_path: ".claude/skills/from typescript.md", content: "# A skill\n" },
});
const file = await phantom.call("get_config_file", {
  path: { file_path: ".claude/skills/from typescript.md" },
});
const nothing = await phantom.call("delete_config_file", { path: { file_path: file.file_path } });
const metrics: string = await phantom.call("prometheus_metrics", {});

let refusal: unknown;
try {
  // @ts-expect-error a task has no such status
  await phantom.call("list_tasks", { query: { status: "paused" } });
} catch (error) {
  if (!(error instanceof PhantomError)) throw error;
  refusal = { status: error.status, field: error.errors[0]?.field };
}
// @ts-expect-error the body lacks its prompt
await phantom.call("execute_task", { body: {} }).catch(() => undefined);
// @ts-expect-error the path lacks its id
await phantom.call("get_task", {}).catch(() => undefined);

await phantom.call("delete_project", { path: { project_id: project.id } });
console.log(
  JSON.stringify({
    slot: project.slot,
    tasks: page.items.map((each) => each.id === done.task_id),
    status: task.status,
    events,
    content: file.content,
    nothing: nothing === undefined,
    metrics: metrics.includes("phantom_api_requests_total"),
    refusal,
  }),
);
