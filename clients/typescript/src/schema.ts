/** Written by `./dev client` from the API's own document; change the server instead. */

// Document: sha256 facc8ab895070854ea8164c4837a57a484c260134eb57a1b54e72578e02a9641

export interface paths {
    "/api/orchestration/execute": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Execute Task
         * @description Run a task and answer when it has ended; a client that leaves does not stop it.
         *
         *     With `Prefer: respond-async`, or `"wait": false`, answers 202 with the task's id at once.
         */
        post: operations["execute_task"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/orchestration/health": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Orchestration Health
         * @description The server answers only while its orchestrator runs.
         */
        get: operations["orchestration_health"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/orchestration/circuit-breaker-status": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Circuit Breaker Status
         * @description Which agents are let alone for a while, since they kept failing; all workers share it.
         */
        get: operations["circuit_breaker_status"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/projects": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * List Projects
         * @description All projects, by slot.
         */
        get: operations["list_projects"];
        put?: never;
        /**
         * Create Project
         * @description Create a project in the lowest free slot; there are three.
         */
        post: operations["create_project"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/projects/{project_id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Get Project
         * @description One project.
         */
        get: operations["get_project"];
        /**
         * Update Project
         * @description Change a project; `paused` takes no new work, `archived` is read-only until it is undone.
         */
        put: operations["update_project"];
        post?: never;
        /**
         * Delete Project
         * @description Delete a project with its tasks, costs and events, and free its slot.
         */
        delete: operations["delete_project"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/projects/{project_id}/config": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        /**
         * Update Project Config
         * @description Change the configuration; what the body leaves out stays as it is.
         */
        put: operations["update_project_config"];
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/tasks": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * List Tasks
         * @description Tasks, newest first, by page number or by cursor.
         */
        get: operations["list_tasks"];
        put?: never;
        /**
         * Create Task
         * @description Queue work and answer at once.
         */
        post: operations["create_task"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/tasks/{task_id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Get Task
         * @description One task, with its result.
         */
        get: operations["get_task"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/tasks/{task_id}/iterations": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * List Iterations
         * @description The rounds of a run: what was called, measured and decided.
         */
        get: operations["list_iterations"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/tasks/{task_id}/events": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * List Task Events
         * @description What happened to a task, as its WebSocket channel tells it.
         */
        get: operations["list_task_events"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/tasks/{task_id}/cancel": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Cancel Task
         * @description Stop a task: a pending one at once, a running one as soon as its step is stopped.
         */
        post: operations["cancel_task"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/tasks/{task_id}/retry": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Retry Task
         * @description Run a failed task again; the history of the earlier runs is kept.
         */
        post: operations["retry_task"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/tasks/{task_id}/choose-agent": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Choose Agent
         * @description Say which agent goes on, where the task waits for that (`manual`).
         */
        post: operations["choose_agent"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/tasks/{task_id}/transcript": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Get Transcript
         * @description Everything that the agents printed, up to now where one is at work.
         */
        get: operations["get_transcript"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/tasks/{task_id}/diff": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Get Diff
         * @description What an iteration changed, from where its run began.
         */
        get: operations["get_diff"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/tasks/{task_id}/apply": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Apply Task
         * @description Put a change into your checkout and index, whole or not at all; committing is yours.
         */
        post: operations["apply_task"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/tasks/{task_id}/select-iteration": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Select Iteration
         * @description Make another iteration the result, and move the task's branch to it.
         */
        post: operations["select_iteration"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/tasks/{task_id}/feedback": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * List Feedback
         * @description What people thought of the result, oldest first.
         */
        get: operations["list_feedback"];
        put?: never;
        /**
         * Give Feedback
         * @description Say what became of the result; it is kept for learning.
         */
        post: operations["give_feedback"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/metrics/dashboard": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Dashboard
         * @description Everything at a glance.
         */
        get: operations["dashboard"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/metrics/quality": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Quality Metrics
         * @description The quality of what was delivered, by day (UTC); by default of the last 30 days.
         */
        get: operations["quality_metrics"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/metrics/cost": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Cost Metrics
         * @description What was spent, in US dollars, and on each day.
         */
        get: operations["cost_metrics"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/metrics/agents": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Agent Metrics
         * @description How the agents did.
         */
        get: operations["agent_metrics"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/metrics/performance": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Performance Metrics
         * @description How tasks went, and on each day on which one ended.
         */
        get: operations["performance_metrics"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/agents/connections": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * List Connections
         * @description All agents that are connected, whether or not they are enabled.
         */
        get: operations["list_connections"];
        put?: never;
        /**
         * Create Connection
         * @description Connect an agent.
         */
        post: operations["create_connection"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/agents/connections/{agent_id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Get Connection
         * @description One connection.
         */
        get: operations["get_connection"];
        /**
         * Update Connection
         * @description Change a connection; `enabled` acts on the next choice of an agent.
         */
        put: operations["update_connection"];
        post?: never;
        /**
         * Delete Connection
         * @description Forget a connection.
         */
        delete: operations["delete_connection"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/agents/files": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * List Config Files
         * @description The config files that are there, of one type or of all.
         */
        get: operations["list_config_files"];
        put?: never;
        /**
         * Create Config File
         * @description Write a new config file.
         */
        post: operations["create_config_file"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/agents/files/{file_path}/restore": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Restore Config File
         * @description Go back to the version before the last change or deletion; doing it again undoes it.
         */
        post: operations["restore_config_file"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/agents/files/{file_path}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Get Config File
         * @description One config file.
         */
        get: operations["get_config_file"];
        /**
         * Update Config File
         * @description Replace a file's content, at once and as a whole.
         */
        put: operations["update_config_file"];
        post?: never;
        /**
         * Delete Config File
         * @description Remove a config file; it can be restored.
         */
        delete: operations["delete_config_file"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/hrm/config": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Get Hrm Config
         * @description What applies: the task's configuration, else its project's, the server's, a preset.
         */
        get: operations["get_hrm_config"];
        put?: never;
        /**
         * Update Hrm Config
         * @description Make a new version of the configuration of a task, a project, or the server.
         */
        post: operations["update_hrm_config"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/hrm/config/diff": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Diff Hrm Configs
         * @description The fields in which two versions, or built-in presets, differ.
         */
        get: operations["diff_hrm_configs"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/hrm/config/history/{config_id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Get Hrm Config History
         * @description All versions of the scope that a version belongs to, newest first; none of a preset.
         */
        get: operations["get_hrm_config_history"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/hrm/config/{config_id}/restore": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Restore Hrm Config
         * @description Make an earlier version the newest one of its scope.
         */
        post: operations["restore_hrm_config"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/hrm/simulate": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Simulate Hrm Impact
         * @description Predict what another configuration would change; nothing is changed by it.
         */
        post: operations["simulate_hrm_impact"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/hrm/config/presets": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * List Hrm Presets
         * @description The built-in presets, one's own, and those that others share.
         */
        get: operations["list_hrm_presets"];
        put?: never;
        /**
         * Create Hrm Preset
         * @description Make a preset of one's own.
         */
        post: operations["create_hrm_preset"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/hrm/config/presets/{preset_id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        /**
         * Update Hrm Preset
         * @description Change a preset of one's own; the built-in ones stay as they are.
         */
        put: operations["update_hrm_preset"];
        post?: never;
        /**
         * Delete Hrm Preset
         * @description Remove a preset of one's own; configurations that were set from it stay.
         */
        delete: operations["delete_hrm_preset"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/hrm/config/presets/{preset_id}/apply": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Apply Hrm Preset
         * @description Make a preset the configuration of a project, or of the server without one.
         */
        post: operations["apply_hrm_preset"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/hrm/optimize": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Optimize Hrm Config
         * @description Search for a better configuration and propose it as a preset; nothing is applied.
         */
        post: operations["optimize_hrm_config"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/ws/ticket": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Create Ticket
         * @description A ticket that opens one WebSocket within 30 seconds.
         */
        post: operations["create_ticket"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/ws/health": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Websocket Health
         * @description How many are connected by either protocol, and to which channels.
         */
        get: operations["websocket_health"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/keys": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * List Keys
         * @description All keys by name, without their values.
         */
        get: operations["list_keys"];
        put?: never;
        /**
         * Create Key
         * @description Encrypt a key and store it.
         */
        post: operations["create_key"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/keys/{key_id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        post?: never;
        /**
         * Delete Key
         * @description Forget a key; what uses it fails from then on.
         */
        delete: operations["delete_key"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/health": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * System Health
         * @description Whether the database, Redis and Langfuse answer, and tasks begin.
         */
        get: operations["system_health"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/metrics": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Prometheus Metrics
         * @description Everything that is counted, in Prometheus' text format.
         */
        get: operations["prometheus_metrics"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
}
export type webhooks = Record<string, never>;
export interface components {
    schemas: {
        /**
         * Accepted
         * @description A task that was queued; `Location` tells where to ask how it goes.
         */
        Accepted: {
            /**
             * Task Id
             * @description Id of the task.
             */
            task_id: string;
            /** @description Where it stands. */
            status: components["schemas"]["TaskStatus"];
            /** @description Type or id of the agent. */
            agent: components["schemas"]["AgentType"];
            /**
             * Timestamp
             * Format: date-time
             * @description When this was said, in UTC.
             */
            timestamp: string;
        };
        /**
         * AgentPerformance
         * @description How an agent did with the tasks that ended with it.
         */
        AgentPerformance: {
            /** @description Type or id of the agent. */
            agent: components["schemas"]["AgentType"];
            /**
             * Total Tasks
             * @description Tasks that ended with this agent.
             */
            total_tasks: number;
            /**
             * Success Rate
             * @description Share of the tasks that were completed, without cancelled ones.
             */
            success_rate: number;
            /**
             * Avg Quality
             * @description Mean final quality, from 0 to 1.
             */
            avg_quality: number;
            /**
             * Avg Cost
             * @description Mean US dollars of a task.
             */
            avg_cost: number;
            /**
             * Avg Time
             * @description Mean seconds of a task that ran.
             */
            avg_time: number;
        };
        /**
         * AgentQuestion
         * @description The task waits until somebody chooses one of the candidates.
         */
        AgentQuestion: {
            /**
             * Iteration
             * @description Number of the iteration, from 1.
             */
            iteration: number;
            /** @description What speaks against the agent at work; null before the first call. */
            reason: components["schemas"]["SwitchReason"] | null;
            /**
             * Candidates
             * @description The preferred one first.
             */
            candidates: components["schemas"]["ChoiceCandidate"][];
            /**
             * Asked At
             * Format: date-time
             * @description Since when it waits, in UTC.
             */
            asked_at: string;
        };
        /**
         * AgentSwitching
         * @description Which agent runs, when it is replaced, and what a task may cost (US dollars).
         */
        AgentSwitching: {
            /**
             * @description How the agent is chosen.
             * @default adaptive
             */
            strategy: components["schemas"]["Strategy"];
            /**
             * Quality Drop Threshold
             * @description Drop of quality after which the agent is replaced, from 0 to 1.
             * @default 0.2
             */
            quality_drop_threshold: number;
            /**
             * Cost Ceiling
             * @description US dollars that a task may cost.
             * @default 5
             */
            cost_ceiling: number;
            /**
             * Max Switches Per Task
             * @description Changes of agent within one task.
             * @default 3
             */
            max_switches_per_task: number;
        };
        /**
         * AgentSwitching
         * @description Which agent runs, when it is replaced, and what a task may cost (US dollars).
         */
        AgentSwitchingInput: {
            /**
             * @description How the agent is chosen.
             * @default adaptive
             */
            strategy?: components["schemas"]["Strategy"];
            /**
             * Quality Drop Threshold
             * @description Drop of quality after which the agent is replaced, from 0 to 1.
             * @default 0.2
             */
            quality_drop_threshold?: number;
            /**
             * Cost Ceiling
             * @description US dollars that a task may cost.
             * @default 5
             */
            cost_ceiling?: number;
            /**
             * Max Switches Per Task
             * @description Changes of agent within one task.
             * @default 3
             */
            max_switches_per_task?: number;
        };
        /**
         * AgentType
         * @description The reference's eight agents, and `local`, the embedded offline one.
         * @enum {string}
         */
        AgentType: "claude" | "gemini" | "copilot" | "cursor" | "windsurf" | "openai" | "anthropic" | "google" | "local";
        /**
         * AppliedView
         * @description What was put into the checkout: staged, and not committed.
         */
        AppliedView: {
            /**
             * Task Id
             * Format: uuid
             * @description Id of the task.
             */
            task_id: string;
            /**
             * Iteration
             * @description Number of the iteration, from 1.
             */
            iteration: number;
            /**
             * Repository
             * @description Root of the checkout.
             */
            repository: string;
            /**
             * Branch
             * @description What is checked out there; null for no branch.
             */
            branch: string | null;
            /**
             * Files
             * @description Paths that were changed, relative to the root.
             */
            files: string[];
        };
        /**
         * BayesianOptimization
         * @description Tuning of this very configuration.
         */
        BayesianOptimization: {
            /**
             * Enabled
             * @description False turns it off.
             * @default false
             */
            enabled: boolean;
            /**
             * Iterations
             * @description How many trials.
             * @default 30
             */
            iterations: number;
        };
        /**
         * BayesianOptimization
         * @description Tuning of this very configuration.
         */
        BayesianOptimizationInput: {
            /**
             * Enabled
             * @description False turns it off.
             * @default false
             */
            enabled?: boolean;
            /**
             * Iterations
             * @description How many trials.
             * @default 30
             */
            iterations?: number;
        };
        /**
         * BreakerState
         * @description Whether calls of an agent are let through.
         * @enum {string}
         */
        BreakerState: "closed" | "open" | "half_open";
        /**
         * BreakerView
         * @description An agent's circuit breaker.
         */
        BreakerView: {
            /** @description `closed`: calls are made; `open`: none; `half_open`: one, which decides. */
            state: components["schemas"]["BreakerState"];
            /**
             * Failure Count
             * @description Failures in a row.
             */
            failure_count: number;
            /**
             * Last Failure
             * @description When a call last failed, in UTC.
             */
            last_failure: string | null;
            /**
             * Half Open At
             * @description When an open breaker lets the next call through.
             */
            half_open_at: string | null;
            /**
             * Resumes At
             * @description Until when the agent has used up its limit and is not asked; null if it may.
             */
            resumes_at: string | null;
        };
        /**
         * Budget
         * @description What a project may spend, in US dollars; null is no cap. Days and months are UTC.
         */
        Budget: {
            /**
             * Per Task
             * @description US dollars that one task may cost over all its runs; null for no limit here.
             */
            per_task: number | null;
            /**
             * Per Day
             * @description US dollars that the project may spend on a day (UTC); null for any amount.
             */
            per_day: number | null;
            /**
             * Per Month
             * @description The same for a calendar month.
             */
            per_month: number | null;
            /**
             * Total
             * @description The same in all.
             */
            total: number | null;
        };
        /**
         * Budget
         * @description What a project may spend, in US dollars; null is no cap. Days and months are UTC.
         */
        BudgetInput: {
            /**
             * Per Task
             * @description US dollars that one task may cost over all its runs; null for no limit here.
             */
            per_task?: number | null;
            /**
             * Per Day
             * @description US dollars that the project may spend on a day (UTC); null for any amount.
             */
            per_day?: number | null;
            /**
             * Per Month
             * @description The same for a calendar month.
             */
            per_month?: number | null;
            /**
             * Total
             * @description The same in all.
             */
            total?: number | null;
        };
        /**
         * Caching
         * @description Where answers are kept for reuse.
         */
        Caching: {
            /**
             * Memory
             * @description Keep in memory.
             * @default true
             */
            memory: boolean;
            /**
             * Disk
             * @description Keep on disk.
             * @default true
             */
            disk: boolean;
            /**
             * Remote
             * @description Keep in Redis.
             * @default false
             */
            remote: boolean;
            /**
             * Aggressive Mode
             * @description Reuse more freely.
             * @default true
             */
            aggressive_mode: boolean;
            /**
             * Max Size Mb
             * @description Megabytes at most.
             * @default 500
             */
            max_size_mb: number;
        };
        /**
         * Caching
         * @description Where answers are kept for reuse.
         */
        CachingInput: {
            /**
             * Memory
             * @description Keep in memory.
             * @default true
             */
            memory?: boolean;
            /**
             * Disk
             * @description Keep on disk.
             * @default true
             */
            disk?: boolean;
            /**
             * Remote
             * @description Keep in Redis.
             * @default false
             */
            remote?: boolean;
            /**
             * Aggressive Mode
             * @description Reuse more freely.
             * @default true
             */
            aggressive_mode?: boolean;
            /**
             * Max Size Mb
             * @description Megabytes at most.
             * @default 500
             */
            max_size_mb?: number;
        };
        /**
         * CandidateView
         * @description One of several calls of an iteration that were made at the same time.
         */
        CandidateView: {
            /**
             * Letter
             * @description Of the candidate, from a.
             */
            letter: string;
            /**
             * Call Id
             * @description Identifies the call.
             */
            call_id: string;
            /**
             * Agent
             * @description Id of the agent that was called.
             */
            agent: string;
            /**
             * State
             * @description How the call stands: running, finished, failed or cancelled.
             */
            state: string;
            /**
             * Kept
             * @description True where the iteration went on with its work.
             */
            kept: boolean;
            /**
             * Commit
             * @description Hash of the commit that holds the iteration's change.
             */
            commit: string | null;
            /**
             * Changed Files
             * @description How many files differ from where the iteration began.
             */
            changed_files: number | null;
            /**
             * Quality
             * @description From 0 to 1; null where nothing could be measured.
             */
            quality: number | null;
            /**
             * Tests Passing
             * @description At least one test ran, none failed, none was weakened.
             */
            tests_passing: boolean | null;
            /**
             * Tokens
             * @description Tokens of all calls.
             */
            tokens: number;
            /**
             * Cost
             * @description US dollars; null while it is not known.
             */
            cost: number | null;
        };
        /**
         * ChangeView
         * @description A figure under both configurations; the interval holds the outcome in 80 % of cases.
         */
        ChangeView: {
            /**
             * Current
             * @description Under the current configuration.
             */
            current: number;
            /**
             * Predicted
             * @description Under the proposed configuration.
             */
            predicted: number;
            /**
             * Change Percent
             * @description Of the speed, above 0 is faster.
             */
            change_percent: number;
            /**
             * Confidence
             * @description How sure the prediction is, from 0 to 1.
             */
            confidence: number;
            /**
             * Interval
             * @description Holds the outcome in 80 % of cases: low, high.
             */
            interval: [
                number,
                number
            ];
        };
        /**
         * ChangedPreset
         * @description What is to be changed; what is left out stays, in the configuration too.
         * @example {
         *       "visibility": "shared"
         *     }
         */
        ChangedPreset: {
            /**
             * Name
             * @description How people call it.
             */
            name?: string | null;
            /**
             * Description
             * @description In more words than the name or title.
             */
            description?: string | null;
            /**
             * Icon
             * @description Name of an icon.
             */
            icon?: string | null;
            /**
             * Color
             * @description As `#rrggbb`.
             */
            color?: string | null;
            /** @description Who else sees it. */
            visibility?: components["schemas"]["Visibility"] | null;
            /** @description The whole configuration. */
            config?: components["schemas"]["HrmConfigInput"] | null;
        };
        /**
         * ChangedProject
         * @description What is to be changed; what is left out stays. A null repository takes it away.
         * @example {
         *       "name": "Another name",
         *       "status": "paused"
         *     }
         */
        ChangedProject: {
            /**
             * Name
             * @description How people call it.
             */
            name?: string | null;
            /** @description Where it stands. */
            status?: components["schemas"]["ProjectStatus"] | null;
            /**
             * Github Repo
             * @description https URL, owner/name, or a local path or file URL; null for none.
             */
            github_repo?: string | null;
            /** @description The whole configuration. */
            config?: components["schemas"]["ProjectConfigurationInput"] | null;
            /**
             * Trusted
             * @description Whether agents may load and change its repository's configuration that is code.
             */
            trusted?: boolean | null;
        };
        /**
         * ChoiceCandidate
         * @description An agent that can be chosen, and what its last 20 calls came to.
         *
         *     `calls` came to their own end; of the others null is "not known": the share of iterations that
         *     the gate `accepted`, the mean `seconds` and the mean `cost` of a call in US dollars.
         */
        ChoiceCandidate: {
            /**
             * Agent Id
             * @description Id of the connection.
             */
            agent_id: string;
            /** @description Whose agent it is; by default what the id begins with. */
            agent_type: components["schemas"]["AgentType"];
            /**
             * Calls
             * @description Of its last 20 calls, those that came to their own end.
             */
            calls: number;
            /**
             * Accepted
             * @description Share of its iterations that the gate accepted; null for none.
             */
            accepted: number | null;
            /**
             * Seconds
             * @description Mean length of a call; null for none.
             */
            seconds: number | null;
            /**
             * Cost
             * @description Mean cost of a call in US dollars; null where it is not known.
             */
            cost: number | null;
        };
        /**
         * ChosenAgent
         * @description The agent that is to go on.
         * @example {
         *       "agent_id": "claude_main"
         *     }
         */
        ChosenAgent: {
            /**
             * Agent Id
             * @description Id of the connection.
             */
            agent_id: string;
        };
        /**
         * ChosenIteration
         * @description The iteration that is to be the task's result.
         * @example {
         *       "iteration": 1
         *     }
         */
        ChosenIteration: {
            /**
             * Iteration
             * @description Number of the iteration, from 1.
             */
            iteration: number;
        };
        /**
         * CircuitBreakers
         * @description The breaker of each agent, by the id of its connection.
         */
        CircuitBreakers: {
            /**
             * Timestamp
             * Format: date-time
             * @description When this was said, in UTC.
             */
            timestamp: string;
            /**
             * Circuit Breakers
             * @description By the id of the agent.
             */
            circuit_breakers: {
                [key: string]: components["schemas"]["BreakerView"];
            };
        };
        /**
         * ConfigApplied
         * @description What a change came to.
         */
        ConfigApplied: {
            /**
             * Status
             * @description Where it stands.
             * @constant
             */
            status: "applied";
            /**
             * Config Id
             * Format: uuid
             * @description Id of the version.
             */
            config_id: string;
            /**
             * Applied At
             * Format: date-time
             * @description From when on it applies, in UTC.
             */
            applied_at: string;
            /** @description What the change is predicted to do. */
            impact_estimate: components["schemas"]["ImpactEstimate"];
            /**
             * Active Tasks Affected
             * @description Running tasks that go on under it.
             */
            active_tasks_affected: number;
            /**
             * Future Tasks Affected
             * @description Whether tasks that begin later go by it.
             */
            future_tasks_affected: boolean;
            /** @description Where it was set. */
            scope: components["schemas"]["Scope"];
            /**
             * Version
             * @description Counts from 1 within its scope.
             */
            version: number;
        };
        /**
         * ConfigFileList
         * @description The config files of a root.
         */
        ConfigFileList: {
            /**
             * Files
             * @description Those that can be shown.
             */
            files: components["schemas"]["ConfigFileView"][];
            /**
             * Skipped
             * @description Those that cannot be shown.
             */
            skipped: components["schemas"]["SkippedFile"][];
            /**
             * Truncated
             * @description There were too many to look at all of them.
             */
            truncated: boolean;
        };
        /**
         * ConfigFileView
         * @description A config file.
         */
        ConfigFileView: {
            /**
             * File Path
             * @description Relative to the root.
             * @example .claude/skills/code-review.md
             */
            file_path: string;
            /** @description What the file is for. */
            file_type: components["schemas"]["FileType"];
            /**
             * Content
             * @description The text itself.
             */
            content: string;
            /**
             * Last Modified
             * Format: date-time
             * @description When the file changed, in UTC.
             */
            last_modified: string;
            /**
             * Etag
             * @description SHA-256 of the content; between quotes it is its ETag.
             */
            etag: string;
            /**
             * Root
             * @description The directory that `file_path` counts from.
             */
            root: string;
            /**
             * Restorable
             * @description There is an earlier version to go back to.
             */
            restorable: boolean;
        };
        /**
         * ConfigVersion
         * @description A version of a configuration.
         */
        ConfigVersion: {
            /**
             * Config Id
             * Format: uuid
             * @description Id of the version.
             */
            config_id: string;
            /** @description The whole configuration. */
            config: components["schemas"]["HrmConfig"];
            /**
             * Preset Name
             * @description The preset that it is, unchanged.
             */
            preset_name: string | null;
            /**
             * Last Updated
             * Format: date-time
             * @description When it was made, in UTC.
             */
            last_updated: string;
            /**
             * Updated By
             * @description Name of the token that changed it; `local` without tokens.
             */
            updated_by: string;
            /** @description Where it was set. */
            scope: components["schemas"]["Scope"];
            /**
             * Version
             * @description Counts from 1 in its scope; 0 for a built-in preset.
             */
            version: number;
            /**
             * Temporary
             * @description Made with `persist: false`.
             */
            temporary: boolean;
        };
        /**
         * ConfigView
         * @description The configuration that applies; `scope` says where it was set.
         */
        ConfigView: {
            /**
             * Config Id
             * Format: uuid
             * @description Id of the version.
             */
            config_id: string;
            /** @description The whole configuration. */
            config: components["schemas"]["HrmConfig"];
            /**
             * Preset Name
             * @description The preset that it is, unchanged.
             */
            preset_name: string | null;
            /**
             * Last Updated
             * Format: date-time
             * @description When it was made, in UTC.
             */
            last_updated: string;
            /**
             * Updated By
             * @description Name of the token that changed it; `local` without tokens.
             */
            updated_by: string;
            /** @description Where it was set. */
            scope: components["schemas"]["Scope"];
            /**
             * Version
             * @description Counts from 1 in its scope; 0 for a built-in preset.
             */
            version: number;
            /**
             * Temporary
             * @description Made with `persist: false`.
             */
            temporary: boolean;
            /** @description The same, as the project's own switches let it act. */
            effective_config: components["schemas"]["HrmConfig"];
        };
        /**
         * ConnectionChange
         * @description What is to change; a field that is left out stays as it is.
         * @example {
         *       "enabled": false
         *     }
         */
        ConnectionChange: {
            /**
             * Agent Id
             * @description May be given as it is; it cannot change.
             */
            agent_id?: string | null;
            /**
             * Agent Name
             * @description How people call it.
             */
            agent_name?: string | null;
            /** @description `api`: the provider's; `local`: a program here; `remote`: an endpoint. */
            connection_type?: components["schemas"]["ConnectionType"] | null;
            /**
             * Endpoint
             * @description Base address; null for the provider's own.
             */
            endpoint?: string | null;
            /**
             * Port
             * @description Where the endpoint does not name one.
             */
            port?: number | null;
            /**
             * Api Key Id
             * @description Name of a stored key, or `env:NAME`; null for none.
             */
            api_key_id?: string | null;
            /**
             * Model
             * @description The model to ask, by the provider's name; null for the default of the type.
             */
            model?: string | null;
            /**
             * Enabled
             * @description False turns it off.
             */
            enabled?: boolean | null;
            /** @description Whose agent it is; by default what the id begins with. */
            agent_type?: components["schemas"]["AgentType"] | null;
        };
        /**
         * ConnectionList
         * @description All connections, the embedded agent first.
         */
        ConnectionList: {
            /**
             * Connections
             * @description The embedded agent first.
             */
            connections: components["schemas"]["ConnectionView"][];
        };
        /**
         * ConnectionType
         * @description How an agent is reached.
         * @enum {string}
         */
        ConnectionType: "api" | "local" | "remote";
        /**
         * ConnectionView
         * @description How an agent is reached.
         */
        ConnectionView: {
            /**
             * Agent Id
             * @description Id of the connection.
             * @example claude_main
             */
            agent_id: string;
            /**
             * Agent Name
             * @description How people call it.
             * @example Claude Desktop
             */
            agent_name: string;
            /** @description `api`: the provider's; `local`: a program here; `remote`: an endpoint. */
            connection_type: components["schemas"]["ConnectionType"];
            /**
             * Endpoint
             * @description Base address; null for the provider's own.
             */
            endpoint: string | null;
            /**
             * Port
             * @description Where the endpoint does not name one.
             */
            port: number | null;
            /**
             * Api Key Id
             * @description Name of a stored key, or `env:NAME`; null for none.
             */
            api_key_id: string | null;
            /**
             * Model
             * @description The model to ask; null for the type's default.
             */
            model: string | null;
            /**
             * Enabled
             * @description False keeps the agent from being chosen.
             */
            enabled: boolean;
            /** @description Whose agent it is. */
            agent_type: components["schemas"]["AgentType"];
            /**
             * Builtin
             * @description True for the embedded agent, which cannot be deleted.
             */
            builtin: boolean;
            /**
             * Discovered
             * @description True for a program that was found on the server's machine by itself.
             */
            discovered: boolean;
            /**
             * Resumes At
             * @description Until when the agent has used up its limit and is not asked; null if it may.
             */
            resumes_at: string | null;
        };
        /**
         * Cost
         * @description What was spent, in US dollars.
         */
        Cost: {
            /**
             * Total Cost
             * @description US dollars of all calls, as far as it is known.
             */
            total_cost: number;
            /**
             * Cost By Agent
             * @description US dollars by type of agent.
             */
            cost_by_agent: {
                [key: string]: number;
            };
            /**
             * Avg Cost Per Task
             * @description Mean US dollars of a task whose cost is known.
             */
            avg_cost_per_task: number;
            /**
             * Monthly Projection
             * @description US dollars a month, if every day costs what the last 30 did.
             */
            monthly_projection: number;
            /**
             * Savings Vs All Claude
             * @description US dollars saved against Claude's price; null if not known.
             */
            savings_vs_all_claude: number | null;
            /**
             * Prices As Of
             * @description Date of the price that `savings_vs_all_claude` compares with; null if unused.
             */
            prices_as_of: string | null;
            /**
             * Calls Of Unknown Cost
             * @description Calls whose price is not known; they are in no sum.
             */
            calls_of_unknown_cost: number;
        };
        /**
         * CostDay
         * @description What was spent on a day.
         */
        CostDay: {
            /**
             * Date
             * Format: date-time
             * @description The day, at its first moment in UTC.
             */
            date: string;
            /**
             * Total Cost
             * @description US dollars of all calls, as far as it is known.
             */
            total_cost: number;
            /**
             * Cost By Agent
             * @description US dollars by type of agent.
             */
            cost_by_agent: {
                [key: string]: number;
            };
            /**
             * Calls
             * @description Calls of agents.
             */
            calls: number;
            /**
             * Calls Of Unknown Cost
             * @description Calls whose price is not known; they are in no sum.
             */
            calls_of_unknown_cost: number;
            /**
             * Tokens
             * @description Tokens of all calls.
             */
            tokens: number;
        };
        /**
         * CostReport
         * @description What was spent in a period, and on each of its days.
         */
        CostReport: {
            /**
             * Total Cost
             * @description US dollars of all calls, as far as it is known.
             */
            total_cost: number;
            /**
             * Cost By Agent
             * @description US dollars by type of agent.
             */
            cost_by_agent: {
                [key: string]: number;
            };
            /**
             * Avg Cost Per Task
             * @description Mean US dollars of a task whose cost is known.
             */
            avg_cost_per_task: number;
            /**
             * Monthly Projection
             * @description US dollars a month, if every day costs what the last 30 did.
             */
            monthly_projection: number;
            /**
             * Savings Vs All Claude
             * @description US dollars saved against Claude's price; null if not known.
             */
            savings_vs_all_claude: number | null;
            /**
             * Prices As Of
             * @description Date of the price that `savings_vs_all_claude` compares with; null if unused.
             */
            prices_as_of: string | null;
            /**
             * Calls Of Unknown Cost
             * @description Calls whose price is not known; they are in no sum.
             */
            calls_of_unknown_cost: number;
            /**
             * Period
             * @description The last so many days.
             */
            period: string;
            /**
             * Daily
             * @description The same for each day.
             */
            daily: components["schemas"]["CostDay"][];
        };
        /**
         * Dashboard
         * @description Everything at a glance.
         */
        Dashboard: {
            /**
             * Total Projects
             * @description Projects in slots.
             */
            total_projects: number;
            /**
             * Active Tasks
             * @description Tasks that wait or run.
             */
            active_tasks: number;
            /**
             * Completed Today
             * @description Tasks that were completed today, in UTC.
             */
            completed_today: number;
            /**
             * Total Cost Today
             * @description US dollars of today's calls.
             */
            total_cost_today: number;
            /** @description How tasks went. */
            performance: components["schemas"]["Performance"];
            /** @description What was spent. */
            cost: components["schemas"]["Cost"];
        };
        /**
         * DeepSupervision
         * @description Gates at fractions of the planned iterations.
         */
        DeepSupervision: {
            /**
             * Enabled
             * @description False turns it off.
             * @default true
             */
            enabled: boolean;
            /**
             * Checkpoints
             * @description Fractions of the plan at which the gate is told, from 0 to 1.
             * @default [
             *       0.33,
             *       0.66,
             *       1
             *     ]
             */
            checkpoints: number[];
            /**
             * Quality Gate Threshold
             * @description Quality that a result needs, from 0 to 1.
             * @default 0.75
             */
            quality_gate_threshold: number;
        };
        /**
         * DeepSupervision
         * @description Gates at fractions of the planned iterations.
         */
        DeepSupervisionInput: {
            /**
             * Enabled
             * @description False turns it off.
             * @default true
             */
            enabled?: boolean;
            /**
             * Checkpoints
             * @description Fractions of the plan at which the gate is told, from 0 to 1.
             * @default [
             *       0.33,
             *       0.66,
             *       1
             *     ]
             */
            checkpoints?: number[];
            /**
             * Quality Gate Threshold
             * @description Quality that a result needs, from 0 to 1.
             * @default 0.75
             */
            quality_gate_threshold?: number;
        };
        /**
         * Deployment
         * @description Where the result runs; adds evaluators and constraints.
         */
        Deployment: {
            /**
             * Targets
             * @description Systems on which the result is to run; told to the agent.
             * @default []
             */
            targets: string[];
            /**
             * Docker Enabled
             * @description Images are built: Dockerfiles are looked at.
             * @default false
             */
            docker_enabled: boolean;
            /**
             * Kubernetes Enabled
             * @description It runs on Kubernetes: manifests are looked at.
             * @default false
             */
            kubernetes_enabled: boolean;
        };
        /**
         * Deployment
         * @description Where the result runs; adds evaluators and constraints.
         */
        DeploymentInput: {
            /**
             * Targets
             * @description Systems on which the result is to run; told to the agent.
             * @default []
             */
            targets?: string[];
            /**
             * Docker Enabled
             * @description Images are built: Dockerfiles are looked at.
             * @default false
             */
            docker_enabled?: boolean;
            /**
             * Kubernetes Enabled
             * @description It runs on Kubernetes: manifests are looked at.
             * @default false
             */
            kubernetes_enabled?: boolean;
        };
        /**
         * EvaluationView
         * @description What one evaluator measured; `score` is in [0, 1], or null where nothing was.
         */
        EvaluationView: {
            /**
             * Evaluator
             * @description Name of the evaluator.
             */
            evaluator: string;
            /**
             * Verdict
             * @description Whether it passed, failed, or could not tell.
             */
            verdict: string;
            /**
             * Score
             * @description From 0 to 1; null where nothing was measured.
             */
            score: number | null;
            /**
             * Summary
             * @description In a sentence.
             */
            summary: string;
            /**
             * Findings
             * @description Places to look at.
             */
            findings: components["schemas"]["FindingView"][];
            /**
             * Metrics
             * @description Further figures of the evaluator by name.
             */
            metrics: {
                [key: string]: number;
            };
            /**
             * Seconds
             * @description How long it took.
             */
            seconds: number;
        };
        /**
         * EventPage
         * @description Events of a task, oldest first; ask on with `after` = `last_event_id`.
         */
        EventPage: {
            /**
             * Items
             * @description In the order that the list has.
             */
            items: components["schemas"]["Event"][];
            /**
             * Last Event Id
             * @description Come back with this to get what happened after it.
             */
            last_event_id: number;
        };
        /**
         * ExecuteRequest
         * @description What is to be done, and where.
         * @example {
         *       "files": [
         *         "src/**\/*.py"
         *       ],
         *       "prompt": "Fix the failing tests",
         *       "task_type": "debugging",
         *       "workspace": "project"
         *     }
         */
        ExecuteRequest: {
            /**
             * Prompt
             * @description What is to be done, in plain words.
             * @example Fix the failing tests
             */
            prompt: string;
            /**
             * @description Kind of work; it decides agent, evaluators and permissions.
             * @default code_generation
             */
            task_type?: components["schemas"]["TaskType"];
            /**
             * Files
             * @description Globs, resolved inside the workspace.
             * @default []
             */
            files?: string[];
            /**
             * Workspace
             * @description A git repository below one of the server's roots; a relative path counts from the first root.
             * @example ./project
             */
            workspace?: string | null;
            /**
             * Requires Security
             * @description Prefer the agent for security, and evaluate security.
             * @default false
             */
            requires_security?: boolean;
            /**
             * Agent
             * @description Id or type of the agent to use.
             */
            agent?: string | null;
            /** @description Type of the agent to use. */
            agent_type?: components["schemas"]["AgentType"] | null;
            /**
             * Project Id
             * @description Id of the project.
             */
            project_id?: string | null;
            /**
             * Wait
             * @description False answers 202 at once.
             * @default true
             */
            wait?: boolean;
        };
        /**
         * ExecuteResponse
         * @description The result of a task that ran to its end, whether or not it reached its goal.
         */
        ExecuteResponse: {
            /**
             * Task Id
             * @description Id of the task.
             */
            task_id: string;
            /** @description Type or id of the agent. */
            agent: components["schemas"]["AgentType"];
            /**
             * Content
             * @description The text itself.
             */
            content: string;
            /**
             * Tokens
             * @description Tokens of all calls.
             */
            tokens: number;
            /**
             * Cost
             * @description US dollars; null where it cannot be known.
             */
            cost: number | null;
            /**
             * Duration
             * @description Seconds from the run's start to its end.
             */
            duration: number;
            /**
             * Session Id
             * @description The agent's own session; null where it has none.
             */
            session_id: string | null;
            /**
             * Timestamp
             * Format: date-time
             * @description When this was said, in UTC.
             */
            timestamp: string;
            /**
             * Metadata
             * @description `outcome` is `completed` or the failure reason; with it `status`, `failure_reason`, `failure_detail` and how the run went.
             */
            metadata: {
                [key: string]: components["schemas"]["JsonValue"];
            };
        };
        /**
         * FeedbackVerdict
         * @description What became of a result in its reader's hands.
         * @enum {string}
         */
        FeedbackVerdict: "accepted" | "rejected" | "edited";
        /**
         * FeedbackView
         * @description What somebody thought of a result.
         */
        FeedbackView: {
            /**
             * Id
             * Format: uuid
             * @description Its id.
             */
            id: string;
            /**
             * Attempt
             * @description Number of the run, from 1; a retry is another run.
             */
            attempt: number;
            /**
             * Iteration
             * @description The one that was kept then; null for none.
             */
            iteration: number | null;
            /** @description Whether it passed, failed, or could not tell. */
            verdict: components["schemas"]["FeedbackVerdict"];
            /**
             * Text
             * @description What was thought of it.
             */
            text: string | null;
            /**
             * Created By
             * @description Name of the token that made it; `local` without tokens.
             */
            created_by: string;
            /**
             * Created At
             * Format: date-time
             * @description When it was made, in UTC.
             */
            created_at: string;
        };
        /**
         * FieldDifference
         * @description A field that is not the same in two configurations.
         */
        FieldDifference: {
            /**
             * Field
             * @description Path of the field.
             * @example agent_switching.cost_ceiling
             */
            field: string;
            /** @description Its value in the first. */
            before: components["schemas"]["JsonValue"];
            /** @description Its value in the second. */
            after: components["schemas"]["JsonValue"];
        };
        /**
         * FieldProblem
         * @description What is wrong with one field.
         */
        FieldProblem: {
            /**
             * Field
             * @description Path of the field.
             * @example body.prompt
             */
            field: string;
            /**
             * Message
             * @description In a sentence.
             * @example Field required
             */
            message: string;
        };
        /**
         * FileType
         * @description What a config file is for.
         * @enum {string}
         */
        FileType: "skill" | "mcp" | "instruction" | "config";
        /**
         * FindingView
         * @description One thing to look at.
         */
        FindingView: {
            /**
             * Rule
             * @description Name of the rule that was broken.
             */
            rule: string;
            /**
             * Message
             * @description In a sentence.
             */
            message: string;
            /**
             * Severity
             * @description How bad it is, in the word of the tool.
             */
            severity: string;
            /**
             * Path
             * @description The file, relative to the repository.
             */
            path: string | null;
            /**
             * Line
             * @description Line in the file, from 1.
             */
            line: number | null;
            /**
             * Excerpt
             * @description Lines that show it, such as what an assertion compared.
             * @default
             */
            excerpt?: string;
            /**
             * Reproduce
             * @description Command for a shell in the repository that shows it again.
             */
            reproduce?: string | null;
            /**
             * Regression
             * @description True where the base commit is known to be without it.
             * @default false
             */
            regression?: boolean;
        };
        /**
         * Health
         * @description How the server is; `degraded` where a configured server does not answer, or tasks wait.
         */
        Health: {
            /**
             * Status
             * @description Where it stands.
             * @enum {string}
             */
            status: "healthy" | "degraded";
            /** @description Whether the database answers. */
            database: components["schemas"]["Link"];
            /** @description Whether Redis answers, where one is configured. */
            redis: components["schemas"]["Link"];
            /** @description Whether traces reach Langfuse. */
            langfuse: components["schemas"]["Link"];
            /** @description What cages agents and tests: bubblewrap, landlock or none. */
            sandbox: components["schemas"]["SandboxName"];
            /**
             * Short Of
             * @description What the machine has too little of for a task to begin; null for nothing.
             */
            short_of: string | null;
            /**
             * Timestamp
             * Format: date-time
             * @description When this was said, in UTC.
             */
            timestamp: string;
            /**
             * Version
             * @description Version of Phantom.
             */
            version: string;
        };
        /**
         * HrmConfig
         * @description Everything that steers the loop; the defaults are the `balanced` preset.
         */
        HrmConfig: {
            /**
             * @description Compression of the context.
             * @default {
             *       "enabled": true,
             *       "dimensionality": 512,
             *       "compression_ratio_target": 3.8,
             *       "auto_adjust": false
             *     }
             */
            latent_reasoning: components["schemas"]["LatentReasoning"];
            /**
             * @description How many iterations are planned.
             * @default {
             *       "mode": "auto",
             *       "max_iterations": 7,
             *       "confidence_threshold": 0.8
             *     }
             */
            ml_iteration_prediction: components["schemas"]["IterationPrediction"];
            /**
             * @description Which agent runs, and when it is replaced.
             * @default {
             *       "strategy": "adaptive",
             *       "quality_drop_threshold": 0.2,
             *       "cost_ceiling": 5,
             *       "max_switches_per_task": 3
             *     }
             */
            agent_switching: components["schemas"]["AgentSwitching"];
            /**
             * @description Gates within a run.
             * @default {
             *       "enabled": true,
             *       "checkpoints": [
             *         0.33,
             *         0.66,
             *         1
             *       ],
             *       "quality_gate_threshold": 0.75
             *     }
             */
            deep_supervision: components["schemas"]["DeepSupervision"];
            /**
             * @description How evaluators run.
             * @default {
             *       "enabled": true,
             *       "worker_count": 4,
             *       "timeout_seconds": 60
             *     }
             */
            parallel_evaluation: components["schemas"]["ParallelEvaluation"];
            /**
             * @description Where answers are kept for reuse.
             * @default {
             *       "memory": true,
             *       "disk": true,
             *       "remote": false,
             *       "aggressive_mode": true,
             *       "max_size_mb": 500
             *     }
             */
            caching: components["schemas"]["Caching"];
            /**
             * @description Tuning of the configuration itself.
             * @default {
             *       "enabled": false,
             *       "iterations": 30
             *     }
             */
            bayesian_optimization: components["schemas"]["BayesianOptimization"];
            /**
             * @description Learning of the adaptive choice.
             * @default {
             *       "enabled": true,
             *       "epsilon": 0.1,
             *       "learning_rate": 0.001
             *     }
             */
            rl_refinement: components["schemas"]["RlRefinement"];
            /**
             * @description Export of metrics.
             * @default {
             *       "enabled": true,
             *       "export_interval": 15
             *     }
             */
            prometheus_metrics: components["schemas"]["PrometheusMetrics"];
            /**
             * @description Tasks over several repositories.
             * @default {
             *       "enabled": true
             *     }
             */
            multi_repo: components["schemas"]["MultiRepo"];
        };
        /**
         * HrmConfig
         * @description Everything that steers the loop; the defaults are the `balanced` preset.
         */
        HrmConfigInput: {
            /**
             * @description Compression of the context.
             * @default {
             *       "enabled": true,
             *       "dimensionality": 512,
             *       "compression_ratio_target": 3.8,
             *       "auto_adjust": false
             *     }
             */
            latent_reasoning?: components["schemas"]["LatentReasoningInput"];
            /**
             * @description How many iterations are planned.
             * @default {
             *       "mode": "auto",
             *       "max_iterations": 7,
             *       "confidence_threshold": 0.8
             *     }
             */
            ml_iteration_prediction?: components["schemas"]["IterationPredictionInput"];
            /**
             * @description Which agent runs, and when it is replaced.
             * @default {
             *       "strategy": "adaptive",
             *       "quality_drop_threshold": 0.2,
             *       "cost_ceiling": 5,
             *       "max_switches_per_task": 3
             *     }
             */
            agent_switching?: components["schemas"]["AgentSwitchingInput"];
            /**
             * @description Gates within a run.
             * @default {
             *       "enabled": true,
             *       "checkpoints": [
             *         0.33,
             *         0.66,
             *         1
             *       ],
             *       "quality_gate_threshold": 0.75
             *     }
             */
            deep_supervision?: components["schemas"]["DeepSupervisionInput"];
            /**
             * @description How evaluators run.
             * @default {
             *       "enabled": true,
             *       "worker_count": 4,
             *       "timeout_seconds": 60
             *     }
             */
            parallel_evaluation?: components["schemas"]["ParallelEvaluationInput"];
            /**
             * @description Where answers are kept for reuse.
             * @default {
             *       "memory": true,
             *       "disk": true,
             *       "remote": false,
             *       "aggressive_mode": true,
             *       "max_size_mb": 500
             *     }
             */
            caching?: components["schemas"]["CachingInput"];
            /**
             * @description Tuning of the configuration itself.
             * @default {
             *       "enabled": false,
             *       "iterations": 30
             *     }
             */
            bayesian_optimization?: components["schemas"]["BayesianOptimizationInput"];
            /**
             * @description Learning of the adaptive choice.
             * @default {
             *       "enabled": true,
             *       "epsilon": 0.1,
             *       "learning_rate": 0.001
             *     }
             */
            rl_refinement?: components["schemas"]["RlRefinementInput"];
            /**
             * @description Export of metrics.
             * @default {
             *       "enabled": true,
             *       "export_interval": 15
             *     }
             */
            prometheus_metrics?: components["schemas"]["PrometheusMetricsInput"];
            /**
             * @description Tasks over several repositories.
             * @default {
             *       "enabled": true
             *     }
             */
            multi_repo?: components["schemas"]["MultiRepoInput"];
        };
        /**
         * ImpactAnalysis
         * @description Cost in US dollars, speed in seconds, quality in [0, 1], and tokens of a task.
         */
        ImpactAnalysis: {
            /** @description US dollars of a task. */
            cost: components["schemas"]["ChangeView"];
            /** @description Seconds of a task. */
            speed: components["schemas"]["ChangeView"];
            /** @description Final quality, from 0 to 1. */
            quality: components["schemas"]["ChangeView"];
            /** @description Tokens of a task. */
            tokens: components["schemas"]["TokenChangeView"];
        };
        /**
         * ImpactEstimate
         * @description Predicted changes of a task, as fractions; more speed and fewer tokens are above 0.
         */
        ImpactEstimate: {
            /**
             * Cost Change
             * @description Predicted change of cost as a fraction; below 0 is cheaper.
             */
            cost_change: number;
            /**
             * Speed Change
             * @description Predicted change of speed as a fraction; above 0 is faster.
             */
            speed_change: number;
            /**
             * Quality Change
             * @description Predicted change of quality as a fraction; above 0 is better.
             */
            quality_change: number;
            /**
             * Token Reduction
             * @description Predicted saving of tokens as a fraction; above 0 is fewer.
             */
            token_reduction: number;
        };
        /**
         * InvalidRequest
         * @description Why a request cannot be served as it is; `errors` names the fields where there are any.
         */
        InvalidRequest: {
            /**
             * Detail
             * @description What is wrong, in a sentence, with what to do about it where that is known.
             * @example There is no task 4b1b5a63-3d1a-4bb8-8e5c-3a6c8f1b2d10.
             */
            detail: string;
            /**
             * Errors
             * @description The fields that are wrong, where there are any.
             * @default []
             */
            errors?: components["schemas"]["FieldProblem"][];
        };
        /**
         * IterationMode
         * @description Who decides how many iterations a task gets.
         * @enum {string}
         */
        IterationMode: "auto" | "manual" | "fixed";
        /**
         * IterationPrediction
         * @description How many iterations are planned.
         */
        IterationPrediction: {
            /**
             * @description Who or what decides.
             * @default auto
             */
            mode: components["schemas"]["IterationMode"];
            /**
             * Max Iterations
             * @description How many iterations are made at most.
             * @default 7
             */
            max_iterations: number;
            /**
             * Confidence Threshold
             * @description How sure a prediction must be, from 0 to 1.
             * @default 0.8
             */
            confidence_threshold: number;
        };
        /**
         * IterationPrediction
         * @description How many iterations are planned.
         */
        IterationPredictionInput: {
            /**
             * @description Who or what decides.
             * @default auto
             */
            mode?: components["schemas"]["IterationMode"];
            /**
             * Max Iterations
             * @description How many iterations are made at most.
             * @default 7
             */
            max_iterations?: number;
            /**
             * Confidence Threshold
             * @description How sure a prediction must be, from 0 to 1.
             * @default 0.8
             */
            confidence_threshold?: number;
        };
        /**
         * IterationView
         * @description One round of a run: a call, its change, its evaluation and the gate's word.
         */
        IterationView: {
            /**
             * Attempt
             * @description Number of the run, from 1; a retry is another run.
             */
            attempt: number;
            /**
             * Number
             * @description Number of the iteration, from 1.
             */
            number: number;
            /**
             * Agent
             * @description Id of the agent that was called.
             */
            agent: string;
            /**
             * Commit
             * @description Hash of the commit that holds the iteration's change.
             */
            commit: string | null;
            /**
             * Changed Files
             * @description How many files differ from where the iteration began.
             */
            changed_files: number;
            /**
             * Quality
             * @description From 0 to 1; null where nothing could be measured.
             */
            quality: number | null;
            /**
             * Components
             * @description The parts of the quality by name, each from 0 to 1.
             */
            components: {
                [key: string]: number;
            };
            /**
             * Not Measured
             * @description The parts of the quality that could not be measured.
             */
            not_measured: string[];
            /**
             * Tests Passing
             * @description At least one test ran, none failed, none was weakened.
             */
            tests_passing: boolean;
            /**
             * Security Issues
             * @description New security findings.
             */
            security_issues: number;
            /**
             * Suggestions
             * @description What to do better, the most useful first.
             */
            suggestions: string[];
            /**
             * Gate
             * @description What the gate decided after this iteration; null where there was none.
             */
            gate: {
                [key: string]: components["schemas"]["JsonValue"];
            } | null;
            /** @description What followed; null where nothing was left to decide. */
            turn: components["schemas"]["TurnView"] | null;
            /**
             * Switches
             * @description Changes of the agent that it began with or saw.
             */
            switches: components["schemas"]["SwitchView"][];
            /**
             * Tokens
             * @description Tokens of all calls.
             */
            tokens: number;
            /**
             * Cost
             * @description US dollars of the iteration's calls; null where it is not known.
             */
            cost: number | null;
            /**
             * Started At
             * Format: date-time
             * @description When it began, in UTC.
             */
            started_at: string;
            /**
             * Completed At
             * @description When it ended, in UTC.
             */
            completed_at: string | null;
            /**
             * Evaluations
             * @description What each evaluator found.
             */
            evaluations: components["schemas"]["EvaluationView"][];
            /**
             * Cached
             * @description `exact` or `near` where accepted work was given again at no cost, else null.
             */
            cached: string | null;
            /**
             * Candidates
             * @description Those of which the best was kept; empty where one call was made alone.
             */
            candidates: components["schemas"]["CandidateView"][];
        };
        JsonValue: unknown;
        /**
         * KeyView
         * @description A stored key, without its value.
         */
        KeyView: {
            /**
             * Key Id
             * @description Its name.
             */
            key_id: string;
            /**
             * Host
             * @description The only host that the key is sent to.
             */
            host: string;
            /**
             * Created By
             * @description Name of the token that made it; `local` without tokens.
             */
            created_by: string;
            /**
             * Created At
             * Format: date-time
             * @description When it was made, in UTC.
             */
            created_at: string;
        };
        /**
         * LatentReasoning
         * @description Context compression.
         */
        LatentReasoning: {
            /**
             * Enabled
             * @description False turns it off.
             * @default true
             */
            enabled: boolean;
            /**
             * Dimensionality
             * @description Of the space in which context is compared.
             * @default 512
             */
            dimensionality: number;
            /**
             * Compression Ratio Target
             * @description Original over sent.
             * @default 3.8
             */
            compression_ratio_target: number;
            /**
             * Auto Adjust
             * @description The ratio follows from what it loses.
             * @default false
             */
            auto_adjust: boolean;
        };
        /**
         * LatentReasoning
         * @description Context compression.
         */
        LatentReasoningInput: {
            /**
             * Enabled
             * @description False turns it off.
             * @default true
             */
            enabled?: boolean;
            /**
             * Dimensionality
             * @description Of the space in which context is compared.
             * @default 512
             */
            dimensionality?: number;
            /**
             * Compression Ratio Target
             * @description Original over sent.
             * @default 3.8
             */
            compression_ratio_target?: number;
            /**
             * Auto Adjust
             * @description The ratio follows from what it loses.
             * @default false
             */
            auto_adjust?: boolean;
        };
        /**
         * Link
         * @description How a server that Phantom depends on is reached.
         * @enum {string}
         */
        Link: "connected" | "disconnected" | "not_configured";
        /**
         * MlComponents
         * @description Switches of the learned components.
         */
        MlComponents: {
            /**
             * Adaptive Iterations
             * @description The number of iterations is learned.
             * @default true
             */
            adaptive_iterations: boolean;
            /**
             * Quality Weight Learning
             * @description The weights of the quality score are learned.
             * @default true
             */
            quality_weight_learning: boolean;
            /**
             * Latent Reasoning
             * @description The context is compressed.
             * @default true
             */
            latent_reasoning: boolean;
            /**
             * Agent Switching
             * @description Agents may be changed within a task.
             * @default true
             */
            agent_switching: boolean;
            /**
             * Inference Time Scaling
             * @description Harder tasks may take more effort.
             * @default true
             */
            inference_time_scaling: boolean;
        };
        /**
         * MlComponents
         * @description Switches of the learned components.
         */
        MlComponentsInput: {
            /**
             * Adaptive Iterations
             * @description The number of iterations is learned.
             * @default true
             */
            adaptive_iterations?: boolean;
            /**
             * Quality Weight Learning
             * @description The weights of the quality score are learned.
             * @default true
             */
            quality_weight_learning?: boolean;
            /**
             * Latent Reasoning
             * @description The context is compressed.
             * @default true
             */
            latent_reasoning?: boolean;
            /**
             * Agent Switching
             * @description Agents may be changed within a task.
             * @default true
             */
            agent_switching?: boolean;
            /**
             * Inference Time Scaling
             * @description Harder tasks may take more effort.
             * @default true
             */
            inference_time_scaling?: boolean;
        };
        /**
         * MultiRepo
         * @description Tasks over several repositories.
         */
        MultiRepo: {
            /**
             * Enabled
             * @description False turns it off.
             * @default true
             */
            enabled: boolean;
        };
        /**
         * MultiRepo
         * @description Tasks over several repositories.
         */
        MultiRepoInput: {
            /**
             * Enabled
             * @description False turns it off.
             * @default true
             */
            enabled?: boolean;
        };
        /**
         * NativeSockets
         * @description Open connections, counted.
         */
        NativeSockets: {
            /**
             * Total Connections
             * @description Open connections.
             */
            total_connections: number;
            /**
             * Channels
             * @description Channels that somebody listens to.
             */
            channels: string[];
            /**
             * Channel Counts
             * @description Connections by channel.
             */
            channel_counts: {
                [key: string]: number;
            };
        };
        /**
         * NewConfig
         * @description A change of the configuration of a task, else a project, else the whole server.
         * @example {
         *       "config": {
         *         "agent_switching": {
         *           "cost_ceiling": 2.5,
         *           "strategy": "quality_first"
         *         }
         *       }
         *     }
         */
        NewConfig: {
            /**
             * Project Id
             * @description The project that it is for; without it and `task_id` the server.
             */
            project_id?: string | null;
            /**
             * Task Id
             * @description The task that it is for.
             */
            task_id?: string | null;
            /** @description Sections and fields that are left out stay as they apply now. */
            config: components["schemas"]["HrmConfigInput"];
            /**
             * Apply Immediately
             * @description False leaves running tasks under what they began with.
             * @default true
             */
            apply_immediately?: boolean;
            /**
             * Persist
             * @description False lasts until the server restarts.
             * @default true
             */
            persist?: boolean;
        };
        /**
         * NewConfigFile
         * @description A file to be made, with the directories on its way.
         * @example {
         *       "content": "# Code review\n",
         *       "file_path": ".claude/skills/code-review.md"
         *     }
         */
        NewConfigFile: {
            /**
             * Content
             * @description The text itself.
             */
            content: string;
            /**
             * File Path
             * @description Relative to the root.
             * @example .claude/skills/code-review.md
             */
            file_path: string;
            /** @description Follows from the path; given, it must agree. */
            file_type?: components["schemas"]["FileType"] | null;
        };
        /**
         * NewConnection
         * @description An agent to be connected.
         * @example {
         *       "agent_id": "gemini_main",
         *       "agent_name": "Google Gemini",
         *       "api_key_id": "key_123",
         *       "connection_type": "api",
         *       "endpoint": "https://generativelanguage.googleapis.com"
         *     }
         */
        NewConnection: {
            /**
             * Agent Id
             * @description Begins with the agent's type, unless `agent_type` is given.
             * @example gemini_main
             */
            agent_id: string;
            /**
             * Agent Name
             * @description How people call it.
             * @example Google Gemini
             */
            agent_name: string;
            /** @description `api`: the provider's; `local`: a program here; `remote`: an endpoint. */
            connection_type: components["schemas"]["ConnectionType"];
            /**
             * Endpoint
             * @description Base address; null for the provider's own.
             */
            endpoint?: string | null;
            /**
             * Port
             * @description Where the endpoint does not name one.
             */
            port?: number | null;
            /**
             * Api Key Id
             * @description Name of a stored key, or `env:NAME`; null for none.
             */
            api_key_id?: string | null;
            /**
             * Model
             * @description The model to ask, by the provider's name; null for the default of the type.
             */
            model?: string | null;
            /**
             * Enabled
             * @description False turns it off.
             * @default true
             */
            enabled?: boolean;
            /** @description Whose agent it is; by default what the id begins with. */
            agent_type?: components["schemas"]["AgentType"] | null;
        };
        /**
         * NewContent
         * @description What a file is to hold; JSON files are checked before they are written.
         * @example {
         *       "content": "# Code review\n\nRead the diff first.\n"
         *     }
         */
        NewContent: {
            /**
             * Content
             * @description The text itself.
             */
            content: string;
        };
        /**
         * NewFeedback
         * @description What became of the result.
         * @example {
         *       "text": "Merged as it is.",
         *       "verdict": "accepted"
         *     }
         */
        NewFeedback: {
            /** @description Whether it passed, failed, or could not tell. */
            verdict: components["schemas"]["FeedbackVerdict"];
            /**
             * Text
             * @description What you thought of it.
             */
            text?: string | null;
        };
        /**
         * NewKey
         * @description A key to be stored; its value is never told again.
         * @example {
         *       "host": "example.com",
         *       "key_id": "key_123",
         *       "value": "an-example-key"
         *     }
         */
        NewKey: {
            /**
             * Key Id
             * @description Its name; connections give it as `api_key_id`.
             * @example anthropic-main
             */
            key_id: string;
            /**
             * Value
             * Format: password
             * @description The key itself.
             */
            value: string;
            /**
             * Host
             * @description The only host that it is sent to. By default the one that keys of its shape are for, where that is clear.
             * @example api.anthropic.com
             */
            host?: string | null;
        };
        /**
         * NewPreset
         * @description A preset to be made; what its configuration leaves out is as in `balanced`.
         * @example {
         *       "color": "#10b981",
         *       "config": {
         *         "deep_supervision": {
         *           "quality_gate_threshold": 0.9
         *         }
         *       },
         *       "description": "For what must not break.",
         *       "name": "Careful"
         *     }
         */
        NewPreset: {
            /**
             * Name
             * @description How people call it.
             */
            name: string;
            /**
             * Description
             * @description In more words than the name or title.
             * @default
             */
            description?: string;
            /**
             * Icon
             * @description Name of an icon.
             * @default custom
             */
            icon?: string;
            /**
             * Color
             * @description As `#rrggbb`.
             * @default #6b7280
             * @example #10b981
             */
            color?: string;
            /**
             * @description Who else sees it.
             * @default private
             */
            visibility?: components["schemas"]["Visibility"];
            /** @description The whole configuration. */
            config: components["schemas"]["HrmConfigInput"];
        };
        /**
         * NewProject
         * @description A project to be created; what the configuration leaves out has its default.
         * @example {
         *       "config": {
         *         "priority": {
         *           "mode": "quality"
         *         },
         *         "timeframe": {
         *           "max_minutes": 15
         *         }
         *       },
         *       "github_repo": "https://github.com/user/repo",
         *       "name": "New project",
         *       "type": "python"
         *     }
         */
        NewProject: {
            /**
             * Name
             * @description How people call it.
             */
            name: string;
            /**
             * @description What kind it is.
             * @default general
             */
            type?: components["schemas"]["ProjectType"];
            /**
             * Github Repo
             * @description https URL, owner/name, or a local path or file URL.
             */
            github_repo?: string | null;
            /**
             * @description The whole configuration.
             * @default {
             *       "priority": {
             *         "mode": "balanced"
             *       },
             *       "timeframe": {
             *         "max_minutes": 30,
             *         "preset": "standard"
             *       },
             *       "risk_tolerance": {
             *         "allow_experimental": false,
             *         "level": 50,
             *         "ml_features_enabled": true,
             *         "require_measured_gate": false
             *       },
             *       "deployment": {
             *         "docker_enabled": false,
             *         "kubernetes_enabled": false,
             *         "targets": []
             *       },
             *       "ml_components": {
             *         "adaptive_iterations": true,
             *         "agent_switching": true,
             *         "inference_time_scaling": true,
             *         "latent_reasoning": true,
             *         "quality_weight_learning": true
             *       },
             *       "budget": {}
             *     }
             */
            config?: components["schemas"]["ProjectConfigurationInput"];
            /**
             * Trusted
             * @description Whether agents may load and change its repository's configuration that is code.
             * @default false
             */
            trusted?: boolean;
        };
        /**
         * NewTask
         * @description Work to be queued; the agent is told the title and the description.
         * @example {
         *       "description": "It fails for names with a space.",
         *       "labels": [
         *         "bug"
         *       ],
         *       "task_type": "debugging",
         *       "title": "Fix the login",
         *       "workspace": "project"
         *     }
         */
        NewTask: {
            /**
             * Title
             * @description In one line.
             */
            title: string;
            /**
             * Description
             * @description In more words than the name or title.
             */
            description?: string | null;
            /**
             * Labels
             * @description Free words, such as those of an issue.
             * @default []
             */
            labels?: string[];
            /**
             * Project Id
             * @description Id of the project.
             */
            project_id?: string | null;
            /**
             * @description Kind of work; it decides agent, evaluators and permissions.
             * @default code_generation
             */
            task_type?: components["schemas"]["TaskType"];
            /**
             * Files
             * @description Globs, resolved inside the workspace.
             * @default []
             */
            files?: string[];
            /**
             * Workspace
             * @description By default the project's own checkout, where it has one.
             */
            workspace?: string | null;
            /**
             * Agent
             * @description Type or id of the agent.
             */
            agent?: string | null;
        };
        /**
         * OrchestratorHealth
         * @description Whether tasks are taken.
         */
        OrchestratorHealth: {
            /**
             * Status
             * @description Where it stands.
             * @constant
             */
            status: "healthy";
            /**
             * Orchestrator
             * @description Whether tasks are taken.
             * @constant
             */
            orchestrator: "initialized";
            /**
             * Timestamp
             * Format: date-time
             * @description When this was said, in UTC.
             */
            timestamp: string;
        };
        /**
         * ParallelEvaluation
         * @description How evaluators run.
         */
        ParallelEvaluation: {
            /**
             * Enabled
             * @description False turns it off.
             * @default true
             */
            enabled: boolean;
            /**
             * Worker Count
             * @description Evaluators at a time.
             * @default 4
             */
            worker_count: number;
            /**
             * Timeout Seconds
             * @description Limit of each evaluator.
             * @default 60
             */
            timeout_seconds: number;
        };
        /**
         * ParallelEvaluation
         * @description How evaluators run.
         */
        ParallelEvaluationInput: {
            /**
             * Enabled
             * @description False turns it off.
             * @default true
             */
            enabled?: boolean;
            /**
             * Worker Count
             * @description Evaluators at a time.
             * @default 4
             */
            worker_count?: number;
            /**
             * Timeout Seconds
             * @description Limit of each evaluator.
             * @default 60
             */
            timeout_seconds?: number;
        };
        /**
         * Performance
         * @description How tasks went.
         */
        Performance: {
            /**
             * Avg Time Per Task
             * @description Mean seconds of a task that ran.
             */
            avg_time_per_task: number;
            /**
             * Avg Iterations
             * @description Mean iterations of a task that ran.
             */
            avg_iterations: number;
            /**
             * Avg Quality
             * @description Mean final quality, from 0 to 1.
             */
            avg_quality: number;
            /**
             * Success Rate
             * @description Share of the tasks that were completed, without cancelled ones.
             */
            success_rate: number;
            /**
             * Token Reduction Percent
             * @description How much less than the files' text was sent; null without any.
             */
            token_reduction_percent: number | null;
            /**
             * Speed Improvement Factor
             * @description Time of the evaluators one by one, over their real time.
             */
            speed_improvement_factor: number | null;
            /**
             * Cost Savings Percent
             * @description Saved against the same tasks at Claude's price; null if not known.
             */
            cost_savings_percent: number | null;
            /**
             * Tasks Ended
             * @description Tasks that ended, whether or not they reached their goal.
             */
            tasks_ended: number;
        };
        /**
         * PerformanceDay
         * @description How the tasks that ended on a day went.
         */
        PerformanceDay: {
            /**
             * Avg Time Per Task
             * @description Mean seconds of a task that ran.
             */
            avg_time_per_task: number;
            /**
             * Avg Iterations
             * @description Mean iterations of a task that ran.
             */
            avg_iterations: number;
            /**
             * Avg Quality
             * @description Mean final quality, from 0 to 1.
             */
            avg_quality: number;
            /**
             * Success Rate
             * @description Share of the tasks that were completed, without cancelled ones.
             */
            success_rate: number;
            /**
             * Token Reduction Percent
             * @description How much less than the files' text was sent; null without any.
             */
            token_reduction_percent: number | null;
            /**
             * Speed Improvement Factor
             * @description Time of the evaluators one by one, over their real time.
             */
            speed_improvement_factor: number | null;
            /**
             * Cost Savings Percent
             * @description Saved against the same tasks at Claude's price; null if not known.
             */
            cost_savings_percent: number | null;
            /**
             * Tasks Ended
             * @description Tasks that ended, whether or not they reached their goal.
             */
            tasks_ended: number;
            /**
             * Date
             * Format: date-time
             * @description The day, at its first moment in UTC.
             */
            date: string;
        };
        /**
         * PerformanceReport
         * @description How tasks went in a period, and on each day of it on which one ended.
         */
        PerformanceReport: {
            /**
             * Avg Time Per Task
             * @description Mean seconds of a task that ran.
             */
            avg_time_per_task: number;
            /**
             * Avg Iterations
             * @description Mean iterations of a task that ran.
             */
            avg_iterations: number;
            /**
             * Avg Quality
             * @description Mean final quality, from 0 to 1.
             */
            avg_quality: number;
            /**
             * Success Rate
             * @description Share of the tasks that were completed, without cancelled ones.
             */
            success_rate: number;
            /**
             * Token Reduction Percent
             * @description How much less than the files' text was sent; null without any.
             */
            token_reduction_percent: number | null;
            /**
             * Speed Improvement Factor
             * @description Time of the evaluators one by one, over their real time.
             */
            speed_improvement_factor: number | null;
            /**
             * Cost Savings Percent
             * @description Saved against the same tasks at Claude's price; null if not known.
             */
            cost_savings_percent: number | null;
            /**
             * Tasks Ended
             * @description Tasks that ended, whether or not they reached their goal.
             */
            tasks_ended: number;
            /**
             * Period
             * @description The last so many days.
             */
            period: string;
            /**
             * Daily
             * @description The same for each day.
             */
            daily: components["schemas"]["PerformanceDay"][];
        };
        /**
         * Period
         * @description The last so many days, today included.
         * @enum {string}
         */
        Period: "7d" | "30d" | "90d";
        /**
         * PredictionBasis
         * @description What a prediction rests on.
         */
        PredictionBasis: {
            /**
             * Source
             * @description `history` where there is enough of it, else stated `priors`.
             * @enum {string}
             */
            source: "history" | "priors";
            /**
             * Tasks
             * @description Ended tasks that it was learned from.
             */
            tasks: number;
        };
        /**
         * PresetView
         * @description A preset.
         */
        PresetView: {
            /**
             * Id
             * Format: uuid
             * @description Its id.
             */
            id: string;
            /**
             * Name
             * @description How people call it.
             */
            name: string;
            /**
             * Description
             * @description In more words than the name or title.
             */
            description: string;
            /**
             * Icon
             * @description Name of an icon.
             */
            icon: string;
            /**
             * Color
             * @description As `#rrggbb`.
             */
            color: string;
            /**
             * Builtin
             * @description Part of the program; can be neither changed nor deleted.
             */
            builtin: boolean;
            /** @description The whole configuration. */
            config: components["schemas"]["HrmConfig"];
            /** @description How the tasks under it went. */
            usage_stats: components["schemas"]["UsageStats"];
            /** @description Who else sees it. */
            visibility: components["schemas"]["Visibility"];
            /**
             * Created By
             * @description Name of the token that made it; `local` without tokens.
             */
            created_by: string;
        };
        /**
         * Priority
         * @description What matters most; `custom` takes `custom_weights` as weights of the quality score.
         */
        Priority: {
            /**
             * Mode
             * @description The preset that the project starts from; `custom` takes `custom_weights`.
             * @default balanced
             */
            mode: string;
            /**
             * Custom Weights
             * @description Weights of the parts of the quality score by name.
             */
            custom_weights?: {
                [key: string]: number;
            };
        };
        /**
         * Priority
         * @description What matters most; `custom` takes `custom_weights` as weights of the quality score.
         */
        PriorityInput: {
            /**
             * Mode
             * @description The preset that the project starts from; `custom` takes `custom_weights`.
             * @default balanced
             */
            mode?: string;
            /**
             * Custom Weights
             * @description Weights of the parts of the quality score by name.
             */
            custom_weights?: {
                [key: string]: number;
            } | null;
        };
        /**
         * Problem
         * @description Why a request was not served.
         */
        Problem: {
            /**
             * Detail
             * @description What is wrong, in a sentence, with what to do about it where that is known.
             * @example There is no task 4b1b5a63-3d1a-4bb8-8e5c-3a6c8f1b2d10.
             */
            detail: string;
        };
        /**
         * ProjectConfiguration
         * @description Everything that can be set for a project.
         */
        ProjectConfiguration: {
            /**
             * @description What matters most.
             * @default {
             *       "mode": "balanced"
             *     }
             */
            priority: components["schemas"]["Priority"];
            /**
             * @description How long a task may take.
             * @default {
             *       "max_minutes": 30,
             *       "preset": "standard"
             *     }
             */
            timeframe: components["schemas"]["Timeframe"];
            /**
             * @description How much may be tried.
             * @default {
             *       "level": 50,
             *       "allow_experimental": false,
             *       "ml_features_enabled": true,
             *       "require_measured_gate": false
             *     }
             */
            risk_tolerance: components["schemas"]["RiskTolerance"];
            /**
             * @description Where the result is to run.
             * @default {
             *       "targets": [],
             *       "docker_enabled": false,
             *       "kubernetes_enabled": false
             *     }
             */
            deployment: components["schemas"]["Deployment"];
            /**
             * @description Which learned components act for the project.
             * @default {
             *       "adaptive_iterations": true,
             *       "quality_weight_learning": true,
             *       "latent_reasoning": true,
             *       "agent_switching": true,
             *       "inference_time_scaling": true
             *     }
             */
            ml_components: components["schemas"]["MlComponents"];
            /**
             * @description What the project may spend.
             * @default {}
             */
            budget: components["schemas"]["Budget"];
        };
        /**
         * ProjectConfiguration
         * @description Everything that can be set for a project.
         */
        ProjectConfigurationInput: {
            /**
             * @description What matters most.
             * @default {
             *       "mode": "balanced"
             *     }
             */
            priority?: components["schemas"]["PriorityInput"];
            /**
             * @description How long a task may take.
             * @default {
             *       "max_minutes": 30,
             *       "preset": "standard"
             *     }
             */
            timeframe?: components["schemas"]["TimeframeInput"];
            /**
             * @description How much may be tried.
             * @default {
             *       "level": 50,
             *       "allow_experimental": false,
             *       "ml_features_enabled": true,
             *       "require_measured_gate": false
             *     }
             */
            risk_tolerance?: components["schemas"]["RiskToleranceInput"];
            /**
             * @description Where the result is to run.
             * @default {
             *       "targets": [],
             *       "docker_enabled": false,
             *       "kubernetes_enabled": false
             *     }
             */
            deployment?: components["schemas"]["DeploymentInput"];
            /**
             * @description Which learned components act for the project.
             * @default {
             *       "adaptive_iterations": true,
             *       "quality_weight_learning": true,
             *       "latent_reasoning": true,
             *       "agent_switching": true,
             *       "inference_time_scaling": true
             *     }
             */
            ml_components?: components["schemas"]["MlComponentsInput"];
            /**
             * @description What the project may spend.
             * @default {}
             */
            budget?: components["schemas"]["BudgetInput"];
        };
        /**
         * ProjectSlot
         * @description The places for projects; a new one takes the lowest that is free.
         * @enum {string}
         */
        ProjectSlot: "Projekt-A" | "Projekt-B" | "Projekt-C";
        /**
         * ProjectStatus
         * @description Whether a project takes work: only an active one does.
         * @enum {string}
         */
        ProjectStatus: "active" | "paused" | "archived";
        /**
         * ProjectType
         * @description What kind of repository a project is.
         * @enum {string}
         */
        ProjectType: "python" | "typescript" | "react" | "node" | "general";
        /**
         * ProjectView
         * @description A project, with sums that agree with its tasks and the cost ledger (US dollars).
         */
        ProjectView: {
            /**
             * Id
             * Format: uuid
             * @description Its id.
             */
            id: string;
            /**
             * Name
             * @description How people call it.
             */
            name: string;
            /** @description What kind it is. */
            type: components["schemas"]["ProjectType"];
            /** @description Where it stands. */
            status: components["schemas"]["ProjectStatus"];
            /**
             * Github Repo
             * @description https URL, owner/name, or a local path or file URL; null for none.
             */
            github_repo: string | null;
            /** @description Null for the built-in project of tasks without one. */
            slot: components["schemas"]["ProjectSlot"] | null;
            /**
             * Trusted
             * @description Whether agents may load and change its repository's configuration that is code.
             */
            trusted: boolean;
            /** @description The whole configuration. */
            config: components["schemas"]["ProjectConfiguration"];
            /**
             * Total Tasks
             * @description Tasks in all.
             */
            total_tasks: number;
            /**
             * Successful Tasks
             * @description Tasks that were completed.
             */
            successful_tasks: number;
            /**
             * Avg Quality
             * @description Mean final quality, from 0 to 1.
             */
            avg_quality: number;
            /**
             * Total Cost
             * @description US dollars of all calls, as far as it is known.
             */
            total_cost: number;
            /**
             * Created At
             * Format: date-time
             * @description When it was made, in UTC.
             */
            created_at: string;
            /**
             * Updated At
             * Format: date-time
             * @description When it last changed, in UTC.
             */
            updated_at: string;
        };
        /**
         * PrometheusMetrics
         * @description Export of metrics; the interval is in seconds.
         */
        PrometheusMetrics: {
            /**
             * Enabled
             * @description False turns it off.
             * @default true
             */
            enabled: boolean;
            /**
             * Export Interval
             * @description Seconds between two looks into the database.
             * @default 15
             */
            export_interval: number;
        };
        /**
         * PrometheusMetrics
         * @description Export of metrics; the interval is in seconds.
         */
        PrometheusMetricsInput: {
            /**
             * Enabled
             * @description False turns it off.
             * @default true
             */
            enabled?: boolean;
            /**
             * Export Interval
             * @description Seconds between two looks into the database.
             * @default 15
             */
            export_interval?: number;
        };
        /**
         * ProtocolComparison
         * @description How the two protocols compare on this machine.
         */
        ProtocolComparison: {
            /**
             * Protocol
             * @description The one to use.
             */
            protocol: string;
            /**
             * Improvement
             * @description What the project's own benchmark measured; null until it has.
             */
            improvement: string | null;
            /**
             * Measured At
             * @description When that was measured, in UTC; null where it has not been.
             */
            measured_at: string | null;
        };
        /**
         * QualityDay
         * @description The quality of what was delivered on a day.
         */
        QualityDay: {
            /**
             * Date
             * Format: date-time
             * @description The day, at its first moment in UTC.
             */
            date: string;
            /**
             * Overall Quality
             * @description Mean final quality of the day, from 0 to 1; null where none was measured.
             */
            overall_quality: number | null;
            /**
             * Test Coverage
             * @description Mean coverage of changed lines, from 0 to 1; null if not measured.
             */
            test_coverage: number | null;
            /**
             * Security Score
             * @description Mean security score of the day, from 0 to 1; null if not measured.
             */
            security_score: number | null;
        };
        /**
         * RealtimeHealth
         * @description How the live updates are doing.
         */
        RealtimeHealth: {
            /**
             * Status
             * @description Where it stands.
             * @constant
             */
            status: "healthy";
            /** @description The native WebSockets. */
            native_ws: components["schemas"]["NativeSockets"];
            /** @description The legacy protocol. */
            socket_io: components["schemas"]["SocketIo"];
            /** @description How the two protocols compare. */
            performance: components["schemas"]["ProtocolComparison"];
        };
        /**
         * RiskTolerance
         * @description How much may be tried, 0 (nothing) to 100.
         */
        RiskTolerance: {
            /**
             * Level
             * @description From 0, nothing, to 100; moves the quality gate and the exploration.
             * @default 50
             */
            level: number;
            /**
             * Allow Experimental
             * @description Agents with no record yet may be chosen.
             * @default false
             */
            allow_experimental: boolean;
            /**
             * Ml Features Enabled
             * @description False turns every learned component off.
             * @default true
             */
            ml_features_enabled: boolean;
            /**
             * Require Measured Gate
             * @description A result of which nothing could be measured fails.
             * @default false
             */
            require_measured_gate: boolean;
        };
        /**
         * RiskTolerance
         * @description How much may be tried, 0 (nothing) to 100.
         */
        RiskToleranceInput: {
            /**
             * Level
             * @description From 0, nothing, to 100; moves the quality gate and the exploration.
             * @default 50
             */
            level?: number;
            /**
             * Allow Experimental
             * @description Agents with no record yet may be chosen.
             * @default false
             */
            allow_experimental?: boolean;
            /**
             * Ml Features Enabled
             * @description False turns every learned component off.
             * @default true
             */
            ml_features_enabled?: boolean;
            /**
             * Require Measured Gate
             * @description A result of which nothing could be measured fails.
             * @default false
             */
            require_measured_gate?: boolean;
        };
        /**
         * RlRefinement
         * @description Exploration and forgetting of the adaptive choice.
         */
        RlRefinement: {
            /**
             * Enabled
             * @description False turns it off.
             * @default true
             */
            enabled: boolean;
            /**
             * Epsilon
             * @description Share of choices that explore, from 0 to 1.
             * @default 0.1
             */
            epsilon: number;
            /**
             * Learning Rate
             * @description How fast the choice follows new experience.
             * @default 0.001
             */
            learning_rate: number;
        };
        /**
         * RlRefinement
         * @description Exploration and forgetting of the adaptive choice.
         */
        RlRefinementInput: {
            /**
             * Enabled
             * @description False turns it off.
             * @default true
             */
            enabled?: boolean;
            /**
             * Epsilon
             * @description Share of choices that explore, from 0 to 1.
             * @default 0.1
             */
            epsilon?: number;
            /**
             * Learning Rate
             * @description How fast the choice follows new experience.
             * @default 0.001
             */
            learning_rate?: number;
        };
        /**
         * SandboxName
         * @description What agents and tests are caged by.
         * @enum {string}
         */
        SandboxName: "bubblewrap" | "landlock" | "none";
        /**
         * Scope
         * @description What a configuration is for, the narrowest first; the narrowest one that is set applies.
         * @enum {string}
         */
        Scope: "task" | "project" | "server" | "preset";
        /**
         * SimulatedContext
         * @description The tasks to predict for; what is not known may be left out.
         * @example {
         *       "complexity": 10,
         *       "current_quality": 0.87,
         *       "estimated_duration": 450
         *     }
         */
        SimulatedContext: {
            /**
             * Complexity
             * @description 10 is usual.
             */
            complexity?: number | null;
            /**
             * Estimated Duration
             * @description Seconds that such a task takes now.
             */
            estimated_duration?: number | null;
            /**
             * Current Quality
             * @description Final quality that such a task reaches now.
             */
            current_quality?: number | null;
            /** @description Kind of work; it decides agent, evaluators and permissions. */
            task_type?: components["schemas"]["TaskType"] | null;
            /**
             * Project Id
             * @description Id of the project.
             */
            project_id?: string | null;
        };
        /**
         * Simulation
         * @description A question: what would the proposed configuration change?
         * @example {
         *       "current_config": {},
         *       "proposed_config": {
         *         "ml_iteration_prediction": {
         *           "max_iterations": 3
         *         }
         *       },
         *       "task_context": {
         *         "complexity": 10,
         *         "current_quality": 0.87,
         *         "estimated_duration": 450
         *       }
         *     }
         */
        Simulation: {
            /** @description What is compared with; what is left out is as in `balanced`. */
            current_config: components["schemas"]["HrmConfigInput"];
            /** @description What is asked about; what is left out is as in `balanced`. */
            proposed_config: components["schemas"]["HrmConfigInput"];
            /**
             * @description The tasks to predict for.
             * @default {}
             */
            task_context?: components["schemas"]["SimulatedContext"];
        };
        /**
         * SimulationResult
         * @description The prediction, and what follows from its figures.
         */
        SimulationResult: {
            /** @description Each figure under both configurations. */
            impact_analysis: components["schemas"]["ImpactAnalysis"];
            /**
             * Recommendations
             * @description What the figures speak for.
             */
            recommendations: string[];
            /**
             * Warnings
             * @description What the figures speak against.
             */
            warnings: string[];
            /** @description What the prediction rests on. */
            basis: components["schemas"]["PredictionBasis"];
        };
        /**
         * SkippedFile
         * @description A file that is there but cannot be shown.
         */
        SkippedFile: {
            /**
             * File Path
             * @description Relative to the root.
             */
            file_path: string;
            /**
             * Reason
             * @description Why it cannot be shown, in a sentence.
             */
            reason: string;
        };
        /**
         * SocketIo
         * @description The legacy protocol.
         */
        SocketIo: {
            /**
             * Enabled
             * @description False turns it off.
             */
            enabled: boolean;
            /**
             * Status
             * @description Where it stands.
             */
            status: string;
            /**
             * Total Connections
             * @description Open connections.
             */
            total_connections: number;
        };
        /**
         * Strategy
         * @description How the agent of an iteration is chosen.
         * @enum {string}
         */
        Strategy: "cost_optimized" | "quality_first" | "speed_optimized" | "adaptive" | "round_robin" | "manual";
        /**
         * SwitchReason
         * @description Why another agent takes over, or should have; docs/switching.md has the table.
         * @enum {string}
         */
        SwitchReason: "quality_drop" | "gate_failed" | "stalled" | "agent_failed" | "needs_agent" | "breaker_open" | "rate_limited" | "unavailable" | "cost" | "rotation" | "user";
        /**
         * SwitchView
         * @description A change of the agent.
         */
        SwitchView: {
            /**
             * From Agent
             * @description The agent that was at work.
             */
            from_agent: string;
            /**
             * To Agent
             * @description The agent that takes over.
             */
            to_agent: string;
            /** @description Why the agent was changed, in a word. */
            reason: components["schemas"]["SwitchReason"];
        };
        /**
         * TaskDetail
         * @description A task with its order and its result.
         */
        TaskDetail: {
            /**
             * Id
             * Format: uuid
             * @description Its id.
             */
            id: string;
            /**
             * Project Id
             * Format: uuid
             * @description Id of the project.
             */
            project_id: string;
            /**
             * Issue Number
             * @description 0 where there is no issue.
             */
            issue_number: number;
            /**
             * Title
             * @description In one line.
             */
            title: string;
            /**
             * Description
             * @description In more words than the name or title.
             */
            description: string | null;
            /**
             * Labels
             * @description Free words, such as those of an issue.
             */
            labels: string[];
            /** @description Where it stands. */
            status: components["schemas"]["TaskStatus"];
            /** @description The agent that is planned or at work, or was the last. */
            assigned_agent: components["schemas"]["AgentType"];
            /**
             * Agent Switches
             * @description How often another agent took over.
             */
            agent_switches: number;
            /**
             * Current Iteration
             * @description Number of the iteration under way, from 1; 0 before the first.
             */
            current_iteration: number;
            /**
             * Max Iterations
             * @description How many iterations are made at most.
             */
            max_iterations: number;
            /**
             * Current Quality
             * @description Quality of the last evaluated iteration, from 0 to 1.
             */
            current_quality: number;
            /**
             * Final Quality
             * @description Quality of the result, from 0 to 1; null before the end or not measured.
             */
            final_quality: number | null;
            /**
             * Tests Passing
             * @description At least one test ran, none failed, none was weakened.
             */
            tests_passing: boolean;
            /**
             * Security Issues
             * @description New security findings.
             */
            security_issues: number;
            /**
             * Started At
             * @description When it began, in UTC.
             */
            started_at: string | null;
            /**
             * Completed At
             * @description When it ended, in UTC.
             */
            completed_at: string | null;
            /**
             * Duration Seconds
             * @description From the run's start to its end.
             */
            duration_seconds: number | null;
            /**
             * Estimated Cost
             * @description US dollars that the task is expected to cost.
             */
            estimated_cost: number;
            /**
             * Actual Cost
             * @description US dollars spent; null until it is known.
             */
            actual_cost: number | null;
            /**
             * Created At
             * Format: date-time
             * @description When it was made, in UTC.
             */
            created_at: string;
            /**
             * Updated At
             * Format: date-time
             * @description When it last changed, in UTC.
             */
            updated_at: string;
            /** @description Kind of work; it decides agent, evaluators and permissions. */
            task_type: components["schemas"]["TaskType"];
            /**
             * Attempt
             * @description Number of the run, from 1; a retry is another run.
             */
            attempt: number;
            /**
             * Failure Reason
             * @description Why it failed, as one of the words on the page about the API.
             */
            failure_reason: string | null;
            /**
             * Failure Detail
             * @description Why it failed, in a sentence.
             */
            failure_detail: string | null;
            /**
             * Branch
             * @description Where the result is in the user's repository.
             */
            branch: string | null;
            /**
             * Workspace
             * @description The git repository in which the work is done.
             */
            workspace: string | null;
            /**
             * Files
             * @description Globs that were asked for.
             */
            files: string[];
            /**
             * Requires Security
             * @description Prefer the agent for security, and evaluate security.
             */
            requires_security: boolean;
            /**
             * Base Commit
             * @description The commit that the run was cut from.
             */
            base_commit: string | null;
            /**
             * Best Iteration
             * @description Number of the iteration whose result was kept.
             */
            best_iteration: number | null;
            /**
             * Tokens
             * @description Tokens of all calls.
             */
            tokens: number;
            /**
             * Session Id
             * @description The agent's own session.
             */
            session_id: string | null;
            /**
             * Content
             * @description What the agent answered.
             */
            content: string | null;
            /**
             * Metadata
             * @description How the run went: gate, times, notice, files to review.
             */
            metadata: {
                [key: string]: components["schemas"]["JsonValue"];
            };
            /** @description Which agent goes on; null where nothing is asked. */
            question: components["schemas"]["AgentQuestion"] | null;
        };
        /**
         * TaskPage
         * @description A page of tasks, newest first. `cursor` continues after its last one, null at the end.
         */
        TaskPage: {
            /**
             * Items
             * @description In the order that the list has.
             */
            items: components["schemas"]["TaskView"][];
            /**
             * Total
             * @description How many there are on all pages.
             */
            total: number;
            /**
             * Page
             * @description Number of the page, from 1.
             */
            page: number;
            /**
             * Page Size
             * @description How many a page holds at most.
             */
            page_size: number;
            /**
             * Total Pages
             * @description How many pages there are.
             */
            total_pages: number;
            /**
             * Cursor
             * @description Opaque; from here the next page goes on. Null at the end.
             */
            cursor: string | null;
        };
        /**
         * TaskProblem
         * @description Why a task has no result to answer with; the task itself tells more.
         */
        TaskProblem: {
            /**
             * Detail
             * @description What is wrong, in a sentence, with what to do about it where that is known.
             * @example There is no task 4b1b5a63-3d1a-4bb8-8e5c-3a6c8f1b2d10.
             */
            detail: string;
            /**
             * Task Id
             * @description Id of the task.
             */
            task_id: string;
        };
        /**
         * TaskStatus
         * @description A task's life: pending, in progress, then one of the two ends.
         * @enum {string}
         */
        TaskStatus: "pending" | "in_progress" | "completed" | "failed";
        /**
         * TaskType
         * @description What kind of work a prompt asks for; it decides agent, evaluators and permissions.
         * @enum {string}
         */
        TaskType: "security" | "architecture" | "bulk_analysis" | "github_workflow" | "code_generation" | "debugging";
        /**
         * TaskView
         * @description A task, as lists show it. Costs are in US dollars; null is "not known (yet)".
         */
        TaskView: {
            /**
             * Id
             * Format: uuid
             * @description Its id.
             */
            id: string;
            /**
             * Project Id
             * Format: uuid
             * @description Id of the project.
             */
            project_id: string;
            /**
             * Issue Number
             * @description 0 where there is no issue.
             */
            issue_number: number;
            /**
             * Title
             * @description In one line.
             */
            title: string;
            /**
             * Description
             * @description In more words than the name or title.
             */
            description: string | null;
            /**
             * Labels
             * @description Free words, such as those of an issue.
             */
            labels: string[];
            /** @description Where it stands. */
            status: components["schemas"]["TaskStatus"];
            /** @description The agent that is planned or at work, or was the last. */
            assigned_agent: components["schemas"]["AgentType"];
            /**
             * Agent Switches
             * @description How often another agent took over.
             */
            agent_switches: number;
            /**
             * Current Iteration
             * @description Number of the iteration under way, from 1; 0 before the first.
             */
            current_iteration: number;
            /**
             * Max Iterations
             * @description How many iterations are made at most.
             */
            max_iterations: number;
            /**
             * Current Quality
             * @description Quality of the last evaluated iteration, from 0 to 1.
             */
            current_quality: number;
            /**
             * Final Quality
             * @description Quality of the result, from 0 to 1; null before the end or not measured.
             */
            final_quality: number | null;
            /**
             * Tests Passing
             * @description At least one test ran, none failed, none was weakened.
             */
            tests_passing: boolean;
            /**
             * Security Issues
             * @description New security findings.
             */
            security_issues: number;
            /**
             * Started At
             * @description When it began, in UTC.
             */
            started_at: string | null;
            /**
             * Completed At
             * @description When it ended, in UTC.
             */
            completed_at: string | null;
            /**
             * Duration Seconds
             * @description From the run's start to its end.
             */
            duration_seconds: number | null;
            /**
             * Estimated Cost
             * @description US dollars that the task is expected to cost.
             */
            estimated_cost: number;
            /**
             * Actual Cost
             * @description US dollars spent; null until it is known.
             */
            actual_cost: number | null;
            /**
             * Created At
             * Format: date-time
             * @description When it was made, in UTC.
             */
            created_at: string;
            /**
             * Updated At
             * Format: date-time
             * @description When it last changed, in UTC.
             */
            updated_at: string;
            /** @description Kind of work; it decides agent, evaluators and permissions. */
            task_type: components["schemas"]["TaskType"];
            /**
             * Attempt
             * @description Number of the run, from 1; a retry is another run.
             */
            attempt: number;
            /**
             * Failure Reason
             * @description Why it failed, as one of the words on the page about the API.
             */
            failure_reason: string | null;
            /**
             * Failure Detail
             * @description Why it failed, in a sentence.
             */
            failure_detail: string | null;
            /**
             * Branch
             * @description Where the result is in the user's repository.
             */
            branch: string | null;
        };
        /**
         * Ticket
         * @description Opens one WebSocket, once, as `?ticket=`; for browsers, which can send no header there.
         */
        Ticket: {
            /**
             * Ticket
             * @description Opens one WebSocket, once.
             */
            ticket: string;
            /**
             * Expires At
             * Format: date-time
             * @description Until when it opens a WebSocket, in UTC.
             */
            expires_at: string;
        };
        /**
         * Timeframe
         * @description Wall-clock limit of one task, in minutes.
         */
        Timeframe: {
            /**
             * Max Minutes
             * @description Limit of one task, by the clock.
             * @default 30
             */
            max_minutes: number;
            /**
             * Preset
             * @description Name of the limit, for people.
             * @default standard
             */
            preset: string;
        };
        /**
         * Timeframe
         * @description Wall-clock limit of one task, in minutes.
         */
        TimeframeInput: {
            /**
             * Max Minutes
             * @description Limit of one task, by the clock.
             * @default 30
             */
            max_minutes?: number;
            /**
             * Preset
             * @description Name of the limit, for people.
             * @default standard
             */
            preset?: string;
        };
        /**
         * TokenChangeView
         * @description The same for tokens, which are whole.
         */
        TokenChangeView: {
            /**
             * Current
             * @description Under the current configuration.
             */
            current: number;
            /**
             * Predicted
             * @description Under the proposed configuration.
             */
            predicted: number;
            /**
             * Change Percent
             * @description From the current to the predicted, in percent.
             */
            change_percent: number;
            /**
             * Confidence
             * @description How sure the prediction is, from 0 to 1.
             */
            confidence: number;
            /**
             * Interval
             * @description Holds the outcome in 80 % of cases: low, high.
             */
            interval: [
                number,
                number
            ];
        };
        /**
         * Tuning
         * @description What a search for a better configuration came to.
         */
        Tuning: {
            /**
             * Detail
             * @description The same in a sentence.
             */
            detail: string;
            /**
             * Tasks
             * @description Ended tasks of the project that could be compared.
             */
            tasks: number;
            /**
             * Best Params
             * @description The fields to change, by section; empty where nothing is claimed.
             */
            best_params: {
                [key: string]: {
                    [key: string]: number;
                };
            };
            /**
             * Improvement
             * @description Mean over the newest 30 % of the tasks, in shares of the utility; null where there are too few tasks to tell.
             */
            improvement: number | null;
            /**
             * Interval
             * @description 80 %, of the improvement: low and high.
             */
            interval: number[] | null;
            /**
             * Preset Id
             * @description The proposal, to be applied like any preset; null where nothing is claimed.
             */
            preset_id: string | null;
        };
        /**
         * TurnView
         * @description What followed an iteration that was not the last.
         */
        TurnView: {
            /**
             * Turn
             * @description With the same agent, with another one, or not at all.
             * @enum {string}
             */
            turn: "continue" | "switch" | "stop";
            /** @description What speaks against the agent. */
            reason: components["schemas"]["SwitchReason"] | null;
        };
        /**
         * UsageStats
         * @description Of the tasks that ran under a preset, unchanged; null where none of them says.
         */
        UsageStats: {
            /**
             * Usage Count
             * @description Tasks that were started under it.
             */
            usage_count: number;
            /**
             * Avg Quality
             * @description Mean final quality, from 0 to 1.
             */
            avg_quality: number | null;
            /**
             * Avg Cost
             * @description US dollars.
             */
            avg_cost: number | null;
            /**
             * Avg Duration
             * @description Seconds.
             */
            avg_duration: number | null;
        };
        /**
         * Visibility
         * @description Who sees a preset; only who made it may change it.
         * @enum {string}
         */
        Visibility: "private" | "shared" | "public";
        /**
         * WhichIteration
         * @description An iteration of the last run whose change is to be applied.
         * @example {
         *       "allow_protected": false
         *     }
         */
        WhichIteration: {
            /**
             * Iteration
             * @description By default the one that was kept.
             */
            iteration?: number | null;
            /**
             * Allow Protected
             * @description Also apply changes of files that can make programs run, such as `.mcp.json`.
             * @default false
             */
            allow_protected?: boolean;
        };
        /**
         * AgentActivity
         * @description What the agent does right now, in one line; `detail` holds the figures behind it.
         */
        AgentActivity: {
            /**
             * @description What kind it is. (enum property replaced by openapi-typescript)
             * @enum {string}
             */
            type: "agent_activity";
            /**
             * Task Id
             * @description Id of the task.
             */
            task_id: string;
            /**
             * Iteration
             * @description Number of the iteration, from 1.
             */
            iteration: number;
            /**
             * Agent
             * @description Type or id of the agent.
             */
            agent: string;
            /**
             * Message
             * @description What the agent does right now, in one line.
             */
            message: string;
            /**
             * Detail
             * @description Figures behind the line.
             * @default {}
             */
            detail: {
                [key: string]: string | number | boolean | null;
            };
            /**
             * Id
             * @description Its id.
             */
            id: number;
            /**
             * Timestamp
             * @description When this was said, in UTC.
             */
            timestamp: string;
        };
        /**
         * AgentChoiceNeeded
         * @description The task waits until somebody chooses the agent (`POST /api/tasks/{task_id}/choose-agent`).
         *
         *     `reason` is what speaks against the agent at work, null before the first call.
         */
        AgentChoiceNeeded: {
            /**
             * @description What kind it is. (enum property replaced by openapi-typescript)
             * @enum {string}
             */
            type: "agent_choice_needed";
            /**
             * Task Id
             * @description Id of the task.
             */
            task_id: string;
            /**
             * Iteration
             * @description Number of the iteration, from 1.
             */
            iteration: number;
            /** @description What speaks against the agent at work; null before the first. */
            reason: components["schemas"]["SwitchReason"] | null;
            /**
             * Candidates
             * @description Who can be chosen, the preferred one first.
             */
            candidates: components["schemas"]["ChoiceCandidate"][];
            /**
             * Id
             * @description Its id.
             */
            id: number;
            /**
             * Timestamp
             * @description When this was said, in UTC.
             */
            timestamp: string;
        };
        /**
         * AgentSwitch
         * @description Another agent takes over, for one of the named reasons.
         */
        AgentSwitch: {
            /**
             * @description What kind it is. (enum property replaced by openapi-typescript)
             * @enum {string}
             */
            type: "agent_switch";
            /**
             * Task Id
             * @description Id of the task.
             */
            task_id: string;
            /**
             * From Agent
             * @description The agent that was at work.
             */
            from_agent: string;
            /**
             * To Agent
             * @description The agent that takes over.
             */
            to_agent: string;
            /** @description Why the agent was changed, in a word. */
            reason: components["schemas"]["SwitchReason"];
            /**
             * Id
             * @description Its id.
             */
            id: number;
            /**
             * Timestamp
             * @description When this was said, in UTC.
             */
            timestamp: string;
        };
        /**
         * Checkpoint
         * @description What a gate decided at a fraction of the planned iterations.
         */
        Checkpoint: {
            /**
             * Progress
             * @description Fraction of the planned iterations, from 0 to 1.
             */
            progress: number;
            /**
             * Quality
             * @description From 0 to 1; null where nothing could be measured.
             */
            quality: number | null;
            /**
             * Passed
             * @description Whether the quality was enough.
             */
            passed: boolean;
            /**
             * Suggestions
             * @description What to do better, the most useful first.
             */
            suggestions: string[];
        };
        /**
         * CheckpointReached
         * @description A gate was evaluated.
         */
        CheckpointReached: {
            /**
             * @description What kind it is. (enum property replaced by openapi-typescript)
             * @enum {string}
             */
            type: "hrm_checkpoint_reached";
            /**
             * Task Id
             * @description Id of the task.
             */
            task_id: string;
            /** @description What the gate decided. */
            checkpoint: components["schemas"]["Checkpoint"];
            /**
             * Id
             * @description Its id.
             */
            id: number;
            /**
             * Timestamp
             * @description When this was said, in UTC.
             */
            timestamp: string;
        };
        /**
         * FeedbackLoop
         * @description An iteration was evaluated; the suggestions go to the agent.
         */
        FeedbackLoop: {
            /**
             * @description What kind it is. (enum property replaced by openapi-typescript)
             * @enum {string}
             */
            type: "feedback_loop";
            /**
             * Task Id
             * @description Id of the task.
             */
            task_id: string;
            /**
             * Iteration
             * @description Number of the iteration, from 1.
             */
            iteration: number;
            /**
             * Quality Score
             * @description From 0 to 1; null where nothing could be measured.
             */
            quality_score: number | null;
            /**
             * Suggestions
             * @description What to do better, the most useful first.
             */
            suggestions: string[];
            /**
             * Id
             * @description Its id.
             */
            id: number;
            /**
             * Timestamp
             * @description When this was said, in UTC.
             */
            timestamp: string;
        };
        /**
         * HrmConfigUpdate
         * @description A configuration has a new version; a null project means the whole server.
         */
        HrmConfigUpdate: {
            /**
             * @description What kind it is. (enum property replaced by openapi-typescript)
             * @enum {string}
             */
            type: "hrm_config_update";
            /**
             * Project Id
             * @description Id of the project.
             */
            project_id: string | null;
            /**
             * Config Id
             * @description Id of the version.
             */
            config_id: string;
            /** @description The whole configuration. */
            config: components["schemas"]["HrmConfig"];
            /** @description What the change is predicted to do. */
            impact: components["schemas"]["HrmImpact"];
            /**
             * Id
             * @description Its id.
             */
            id: number;
            /**
             * Timestamp
             * @description When this was said, in UTC.
             */
            timestamp: string;
        };
        /**
         * HrmImpact
         * @description What a change is predicted to do, in fractions; fewer tokens and more speed are above 0.
         */
        HrmImpact: {
            /**
             * Cost Change
             * @description Predicted change of cost as a fraction; below 0 is cheaper.
             */
            cost_change: number;
            /**
             * Speed Change
             * @description Predicted change of speed as a fraction; above 0 is faster.
             */
            speed_change: number;
            /**
             * Quality Change
             * @description Predicted change of quality as a fraction; above 0 is better.
             */
            quality_change: number;
            /**
             * Token Reduction
             * @description Predicted saving of tokens as a fraction; above 0 is fewer.
             */
            token_reduction: number;
        };
        /**
         * HrmImpactUpdate
         * @description An iteration was evaluated, and the forecast of its run made anew.
         */
        HrmImpactUpdate: {
            /**
             * @description What kind it is. (enum property replaced by openapi-typescript)
             * @enum {string}
             */
            type: "hrm_impact_update";
            /**
             * Task Id
             * @description Id of the task.
             */
            task_id: string;
            /** @description Where the run stands, and where it will end. */
            metrics: components["schemas"]["ImpactMetrics"];
            /**
             * Id
             * @description Its id.
             */
            id: number;
            /**
             * Timestamp
             * @description When this was said, in UTC.
             */
            timestamp: string;
        };
        /**
         * HrmOptimization
         * @description Fields of the configuration, by section, and how much better they were on newer tasks.
         */
        HrmOptimization: {
            /**
             * Best Params
             * @description The fields to change, by section; empty where nothing is claimed.
             */
            best_params: {
                [key: string]: {
                    [key: string]: number;
                };
            };
            /**
             * Improvement
             * @description In shares of the utility; 0 where nothing is claimed.
             */
            improvement: number;
        };
        /**
         * HrmOptimizationResult
         * @description A search for a better configuration ended; `task_id` is the newest task that it looked at.
         */
        HrmOptimizationResult: {
            /**
             * @description What kind it is. (enum property replaced by openapi-typescript)
             * @enum {string}
             */
            type: "hrm_optimization_result";
            /**
             * Task Id
             * @description Id of the task.
             */
            task_id: string;
            /**
             * Optimization Type
             * @description How it was searched.
             * @constant
             */
            optimization_type: "bayesian";
            /** @description What the search came to. */
            result: components["schemas"]["HrmOptimization"];
            /**
             * Id
             * @description Its id.
             */
            id: number;
            /**
             * Timestamp
             * @description When this was said, in UTC.
             */
            timestamp: string;
        };
        /**
         * HrmPresetApplied
         * @description A preset was made the configuration of a project, or of the whole server.
         */
        HrmPresetApplied: {
            /**
             * @description What kind it is. (enum property replaced by openapi-typescript)
             * @enum {string}
             */
            type: "hrm_preset_applied";
            /**
             * Project Id
             * @description Id of the project.
             */
            project_id: string | null;
            /**
             * Preset Name
             * @description Name of the preset.
             */
            preset_name: string;
            /** @description The whole configuration. */
            config: components["schemas"]["HrmConfig"];
            /**
             * Id
             * @description Its id.
             */
            id: number;
            /**
             * Timestamp
             * @description When this was said, in UTC.
             */
            timestamp: string;
        };
        /**
         * ImpactMetrics
         * @description Where a run stands, and where it is predicted to end; costs in US dollars.
         */
        ImpactMetrics: {
            /**
             * Current Cost
             * @description US dollars spent so far.
             */
            current_cost: number;
            /**
             * Predicted Final Cost
             * @description US dollars that the run is predicted to cost in all.
             */
            predicted_final_cost: number;
            /**
             * Tokens Used
             * @description Tokens so far.
             */
            tokens_used: number;
            /**
             * Quality Trajectory
             * @description Quality that the run is predicted to end with, from 0 to 1.
             */
            quality_trajectory: number | null;
        };
        /**
         * Severity
         * @description How loud a system alert is.
         * @enum {string}
         */
        Severity: "info" | "success" | "warning" | "error";
        /**
         * SystemAlert
         * @description Something an operator should know.
         */
        SystemAlert: {
            /**
             * @description What kind it is. (enum property replaced by openapi-typescript)
             * @enum {string}
             */
            type: "system_alert";
            /**
             * Message
             * @description In a sentence.
             */
            message: string;
            /** @description How loud it is. */
            severity: components["schemas"]["Severity"];
            /**
             * Id
             * @description Its id.
             */
            id: number;
            /**
             * Timestamp
             * @description When this was said, in UTC.
             */
            timestamp: string;
        };
        /**
         * TaskResult
         * @description A run of a task ended: where its result is, and what the task has cost by then.
         *
         *     `gate` is `passed`, `failed`, `not_measured` or `not_reached`.
         */
        TaskResult: {
            /**
             * @description What kind it is. (enum property replaced by openapi-typescript)
             * @enum {string}
             */
            type: "task_result";
            /**
             * Task Id
             * @description Id of the task.
             */
            task_id: string;
            /**
             * Attempt
             * @description Number of the run, from 1; a retry is another run.
             */
            attempt: number;
            /** @description Where it stands. */
            status: components["schemas"]["TaskStatus"];
            /**
             * Failure Reason
             * @description Why it failed, as one of the words on the page about the API.
             */
            failure_reason: string | null;
            /**
             * Branch
             * @description Where the result is in the user's repository.
             */
            branch: string | null;
            /**
             * Gate
             * @description `passed`, `failed`, `not_measured` or `not_reached`.
             */
            gate: string;
            /**
             * Final Quality
             * @description Quality of the result, from 0 to 1; null before the end or not measured.
             */
            final_quality: number | null;
            /**
             * Cost
             * @description US dollars of the run; null where it is not known.
             */
            cost: number | null;
            /**
             * Id
             * @description Its id.
             */
            id: number;
            /**
             * Timestamp
             * @description When this was said, in UTC.
             */
            timestamp: string;
        };
        /**
         * TaskUpdate
         * @description A task's visible state changed.
         */
        TaskUpdate: {
            /**
             * @description What kind it is. (enum property replaced by openapi-typescript)
             * @enum {string}
             */
            type: "task_update";
            /**
             * Task Id
             * @description Id of the task.
             */
            task_id: string;
            /** @description Where it stands. */
            status: components["schemas"]["TaskStatus"];
            /**
             * Current Iteration
             * @description Number of the iteration under way, from 1; 0 before the first.
             */
            current_iteration: number;
            /**
             * Current Quality
             * @description Quality of the last evaluated iteration, from 0 to 1.
             */
            current_quality: number;
            /**
             * Id
             * @description Its id.
             */
            id: number;
            /**
             * Timestamp
             * @description When this was said, in UTC.
             */
            timestamp: string;
        };
        Event: components["schemas"]["TaskUpdate"] | components["schemas"]["AgentSwitch"] | components["schemas"]["AgentChoiceNeeded"] | components["schemas"]["FeedbackLoop"] | components["schemas"]["SystemAlert"] | components["schemas"]["CheckpointReached"] | components["schemas"]["HrmConfigUpdate"] | components["schemas"]["HrmPresetApplied"] | components["schemas"]["HrmImpactUpdate"] | components["schemas"]["HrmOptimizationResult"] | components["schemas"]["AgentActivity"] | components["schemas"]["TaskResult"];
        /**
         * Ping
         * @description Asks for a `pong`.
         */
        Ping: {
            /**
             * Type
             * @description What kind it is.
             * @constant
             */
            type: "ping";
        };
        /**
         * Subscribe
         * @description Adds a channel.
         */
        Subscribe: {
            /**
             * Type
             * @description What kind it is.
             * @constant
             */
            type: "subscribe";
            /**
             * Channel
             * @description `global`, `project_ID` or `task_ID`.
             */
            channel: string;
        };
        /**
         * Unsubscribe
         * @description Takes a channel away.
         */
        Unsubscribe: {
            /**
             * Type
             * @description What kind it is.
             * @constant
             */
            type: "unsubscribe";
            /**
             * Channel
             * @description `global`, `project_ID` or `task_ID`.
             */
            channel: string;
        };
        /**
         * ConnectionStatus
         * @description The first message: what is listened to, and from where on.
         */
        ConnectionStatus: {
            /**
             * Type
             * @description What kind it is.
             * @default connection_status
             * @constant
             */
            type: "connection_status";
            /**
             * Connected
             * @description Always true: the connection is open.
             * @default true
             * @constant
             */
            connected: true;
            /**
             * Channel
             * @description `global`, `project_ID` or `task_ID`.
             */
            channel: string;
            /**
             * Timestamp
             * Format: date-time
             * @description When this was said, in UTC.
             */
            timestamp: string;
            /**
             * Last Event Id
             * @description Come back with this to get what happened after it.
             */
            last_event_id: number;
            /**
             * Complete
             * @description False where events after the last one that the client knows were removed.
             */
            complete: boolean;
        };
        /**
         * Control
         * @description A message of the connection itself: `ping` comes when nothing else was to be told.
         */
        Control: {
            /**
             * Type
             * @description What kind it is.
             * @enum {string}
             */
            type: "ping" | "pong";
            /**
             * Timestamp
             * Format: date-time
             * @description When this was said, in UTC.
             */
            timestamp: string;
        };
        /**
         * Subscription
         * @description The answer to `subscribe` and `unsubscribe`.
         */
        Subscription: {
            /**
             * Type
             * @description What kind it is.
             * @enum {string}
             */
            type: "subscribed" | "unsubscribed";
            /**
             * Channel
             * @description `global`, `project_ID` or `task_ID`.
             */
            channel: string;
            /**
             * Timestamp
             * Format: date-time
             * @description When this was said, in UTC.
             */
            timestamp: string;
        };
        /**
         * MessageError
         * @description A message that was not understood; the connection goes on.
         */
        MessageError: {
            /**
             * Type
             * @description What kind it is.
             * @default error
             * @constant
             */
            type: "error";
            /**
             * Detail
             * @description What is wrong, in a sentence, with what to do about it where that is known.
             */
            detail: string;
            /**
             * Timestamp
             * Format: date-time
             * @description When this was said, in UTC.
             */
            timestamp: string;
        };
    };
    responses: never;
    parameters: never;
    requestBodies: never;
    headers: never;
    pathItems: never;
}
export type $defs = Record<string, never>;
export interface operations {
    execute_task: {
        parameters: {
            query?: never;
            header?: {
                /** @description `respond-async` answers 202 at once. */
                prefer?: string | null;
            };
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["ExecuteRequest"];
            };
        };
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ExecuteResponse"];
                };
            };
            /** @description Queued */
            202: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Accepted"];
                };
            };
            /** @description Bad Request */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["InvalidRequest"] | components["schemas"]["TaskProblem"];
                };
            };
            /** @description No token where one is demanded, or one that does not count */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
            /** @description A host or an origin that is not served, or too low a role */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
            /** @description No such project */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
            /** @description The project takes no work */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
            /** @description The body is too large */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
            /** @description The body is not JSON */
            415: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
            /** @description Too many tasks within a minute; `Retry-After` says when to come back */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
            /** @description A bug in Phantom */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
            /** @description Every agent that could take it failed */
            502: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["TaskProblem"];
                };
            };
            /** @description No agent can take it */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["TaskProblem"];
                };
            };
            /** @description The server's disk is full */
            507: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"] | components["schemas"]["TaskProblem"];
                };
            };
        };
    };
    orchestration_health: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["OrchestratorHealth"];
                };
            };
            /** @description The request is not valid */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["InvalidRequest"];
                };
            };
            /** @description No token where one is demanded, or one that does not count */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
            /** @description A host or an origin that is not served, or too low a role */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
            /** @description A bug in Phantom */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
        };
    };
    circuit_breaker_status: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["CircuitBreakers"];
                };
            };
            /** @description The request is not valid */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["InvalidRequest"];
                };
            };
            /** @description No token where one is demanded, or one that does not count */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
            /** @description A host or an origin that is not served, or too low a role */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
            /** @description A bug in Phantom */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
        };
    };
    list_projects: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ProjectView"][];
                };
            };
            /** @description The request is not valid */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["InvalidRequest"];
                };
            };
            /** @description No token where one is demanded, or one that does not count */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
            /** @description A host or an origin that is not served, or too low a role */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
            /** @description A bug in Phantom */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
        };
    };
    create_project: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["NewProject"];
            };
        };
        responses: {
            /** @description Successful Response */
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ProjectView"];
                };
            };
            /** @description Bad Request */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["InvalidRequest"];
                };
            };
            /** @description No token where one is demanded, or one that does not count */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
            /** @description A host or an origin that is not served, or too low a role */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
            /** @description The body is too large */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
            /** @description The body is not JSON */
            415: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
            /** @description A bug in Phantom */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
        };
    };
    get_project: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description Id of the project. */
                project_id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ProjectView"];
                };
            };
            /** @description The request is not valid */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["InvalidRequest"];
                };
            };
            /** @description No token where one is demanded, or one that does not count */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
            /** @description A host or an origin that is not served, or too low a role */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
            /** @description No such project */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
            /** @description A bug in Phantom */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
        };
    };
    update_project: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description Id of the project. */
                project_id: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["ChangedProject"];
            };
        };
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ProjectView"];
                };
            };
            /** @description The request is not valid */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["InvalidRequest"];
                };
            };
            /** @description No token where one is demanded, or one that does not count */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
            /** @description A host or an origin that is not served, or too low a role */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
            /** @description No such project */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
            /** @description The project's state forbids it */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
            /** @description The body is too large */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
            /** @description The body is not JSON */
            415: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
            /** @description A bug in Phantom */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
        };
    };
    delete_project: {
        parameters: {
            query?: {
                /** @description Cancel its tasks first. */
                force?: boolean;
            };
            header?: never;
            path: {
                /** @description Id of the project. */
                project_id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Successful Response */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description The request is not valid */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["InvalidRequest"];
                };
            };
            /** @description No token where one is demanded, or one that does not count */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
            /** @description A host or an origin that is not served, or too low a role */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
            /** @description No such project */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
            /** @description The project's state forbids it */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
            /** @description The body is too large */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
            /** @description The body is not JSON */
            415: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
            /** @description A bug in Phantom */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
        };
    };
    update_project_config: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description Id of the project. */
                project_id: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["ProjectConfigurationInput"];
            };
        };
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ProjectView"];
                };
            };
            /** @description The request is not valid */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["InvalidRequest"];
                };
            };
            /** @description No token where one is demanded, or one that does not count */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
            /** @description A host or an origin that is not served, or too low a role */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
            /** @description No such project */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
            /** @description The project's state forbids it */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
            /** @description The body is too large */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
            /** @description The body is not JSON */
            415: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
            /** @description A bug in Phantom */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
        };
    };
    list_tasks: {
        parameters: {
            query?: {
                /** @description Id of the project. */
                project_id?: string | null;
                /** @description Where it stands. */
                status?: components["schemas"]["TaskStatus"] | null;
                /** @description Number of the page, from 1. */
                page?: number;
                /** @description How many a page holds at most. */
                page_size?: number;
                /** @description From the page before; stable while tasks are added. */
                cursor?: string | null;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["TaskPage"];
                };
            };
            /** @description Bad Request */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["InvalidRequest"];
                };
            };
            /** @description No token where one is demanded, or one that does not count */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
            /** @description A host or an origin that is not served, or too low a role */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
            /** @description No such project */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
            /** @description A bug in Phantom */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
        };
    };
    create_task: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["NewTask"];
            };
        };
        responses: {
            /** @description Successful Response */
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["TaskDetail"];
                };
            };
            /** @description The request is not valid */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["InvalidRequest"];
                };
            };
            /** @description No token where one is demanded, or one that does not count */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
            /** @description A host or an origin that is not served, or too low a role */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
            /** @description No such project */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
            /** @description The project takes no work */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
            /** @description The body is too large */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
            /** @description The body is not JSON */
            415: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
            /** @description Too many tasks within a minute; `Retry-After` says when to come back */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
            /** @description A bug in Phantom */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
            /** @description The server's disk is full */
            507: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
        };
    };
    get_task: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description Id of the task. */
                task_id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["TaskDetail"];
                };
            };
            /** @description The request is not valid */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["InvalidRequest"];
                };
            };
            /** @description No token where one is demanded, or one that does not count */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
            /** @description A host or an origin that is not served, or too low a role */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
            /** @description No such task */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
            /** @description A bug in Phantom */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
        };
    };
    list_iterations: {
        parameters: {
            query?: {
                /** @description Which run; by default the last. */
                attempt?: number | null;
            };
            header?: never;
            path: {
                /** @description Id of the task. */
                task_id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["IterationView"][];
                };
            };
            /** @description The request is not valid */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["InvalidRequest"];
                };
            };
            /** @description No token where one is demanded, or one that does not count */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
            /** @description A host or an origin that is not served, or too low a role */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
            /** @description No such task */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
            /** @description A bug in Phantom */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
        };
    };
    list_task_events: {
        parameters: {
            query?: {
                /** @description Id of the last one seen. */
                after?: number;
                /** @description At most so many. */
                limit?: number;
            };
            header?: never;
            path: {
                /** @description Id of the task. */
                task_id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["EventPage"];
                };
            };
            /** @description The request is not valid */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["InvalidRequest"];
                };
            };
            /** @description No token where one is demanded, or one that does not count */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
            /** @description A host or an origin that is not served, or too low a role */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
            /** @description No such task */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
            /** @description A bug in Phantom */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
        };
    };
    cancel_task: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description Id of the task. */
                task_id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["TaskDetail"];
                };
            };
            /** @description The request is not valid */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["InvalidRequest"];
                };
            };
            /** @description No token where one is demanded, or one that does not count */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
            /** @description A host or an origin that is not served, or too low a role */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
            /** @description No such task */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
            /** @description The task's state forbids it */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
            /** @description The body is too large */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
            /** @description The body is not JSON */
            415: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
            /** @description A bug in Phantom */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
        };
    };
    retry_task: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description Id of the task. */
                task_id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["TaskDetail"];
                };
            };
            /** @description The request is not valid */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["InvalidRequest"];
                };
            };
            /** @description No token where one is demanded, or one that does not count */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
            /** @description A host or an origin that is not served, or too low a role */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
            /** @description No such task */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
            /** @description The task's state forbids it */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
            /** @description The body is too large */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
            /** @description The body is not JSON */
            415: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
            /** @description A bug in Phantom */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
        };
    };
    choose_agent: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description Id of the task. */
                task_id: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["ChosenAgent"];
            };
        };
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["TaskDetail"];
                };
            };
            /** @description The request is not valid */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["InvalidRequest"];
                };
            };
            /** @description No token where one is demanded, or one that does not count */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
            /** @description A host or an origin that is not served, or too low a role */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
            /** @description No such task */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
            /** @description The task's state forbids it */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
            /** @description The body is too large */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
            /** @description The body is not JSON */
            415: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
            /** @description A bug in Phantom */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
        };
    };
    get_transcript: {
        parameters: {
            query?: {
                /** @description Which run; by default the last. */
                attempt?: number | null;
            };
            header?: never;
            path: {
                /** @description Id of the task. */
                task_id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description One JSON object a line: a head of `type` `call` for each call, then what its agent printed, with secrets redacted. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/x-ndjson": string;
                };
            };
            /** @description The request is not valid */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["InvalidRequest"];
                };
            };
            /** @description No token where one is demanded, or one that does not count */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
            /** @description A host or an origin that is not served, or too low a role */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
            /** @description No such task, or no transcript of that run */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
            /** @description A bug in Phantom */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
        };
    };
    get_diff: {
        parameters: {
            query?: {
                /** @description By default the one that was kept, else the last. */
                iteration?: number | null;
                /** @description Which run; by default the last. */
                attempt?: number | null;
                /** @description Letter of one of several that were made at the same time. */
                candidate?: string | null;
            };
            header?: never;
            path: {
                /** @description Id of the task. */
                task_id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description A patch as git makes it, binary files included; empty for no change. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "text/x-diff": string;
                };
            };
            /** @description The request is not valid */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["InvalidRequest"];
                };
            };
            /** @description No token where one is demanded, or one that does not count */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
            /** @description A host or an origin that is not served, or too low a role */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
            /** @description No such task, or no such work */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
            /** @description A bug in Phantom */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
        };
    };
    apply_task: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description Id of the task. */
                task_id: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["WhichIteration"];
            };
        };
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["AppliedView"];
                };
            };
            /** @description The request is not valid */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["InvalidRequest"];
                };
            };
            /** @description No token where one is demanded, or one that does not count */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
            /** @description A host or an origin that is not served, or too low a role */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
            /** @description No such task, or no such work */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
            /** @description It does not fit; nothing was changed */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
            /** @description The body is too large */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
            /** @description The body is not JSON */
            415: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
            /** @description A bug in Phantom */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
        };
    };
    select_iteration: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description Id of the task. */
                task_id: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["ChosenIteration"];
            };
        };
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["TaskDetail"];
                };
            };
            /** @description The request is not valid */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["InvalidRequest"];
                };
            };
            /** @description No token where one is demanded, or one that does not count */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
            /** @description A host or an origin that is not served, or too low a role */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
            /** @description No such task, or no such work */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
            /** @description It does not fit; nothing was changed */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
            /** @description The body is too large */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
            /** @description The body is not JSON */
            415: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
            /** @description A bug in Phantom */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
        };
    };
    list_feedback: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description Id of the task. */
                task_id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["FeedbackView"][];
                };
            };
            /** @description The request is not valid */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["InvalidRequest"];
                };
            };
            /** @description No token where one is demanded, or one that does not count */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
            /** @description A host or an origin that is not served, or too low a role */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
            /** @description No such task, or no such work */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
            /** @description A bug in Phantom */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
        };
    };
    give_feedback: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description Id of the task. */
                task_id: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["NewFeedback"];
            };
        };
        responses: {
            /** @description Successful Response */
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["FeedbackView"];
                };
            };
            /** @description The request is not valid */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["InvalidRequest"];
                };
            };
            /** @description No token where one is demanded, or one that does not count */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
            /** @description A host or an origin that is not served, or too low a role */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
            /** @description No such task, or no such work */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
            /** @description The task has not ended */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
            /** @description The body is too large */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
            /** @description The body is not JSON */
            415: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
            /** @description A bug in Phantom */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
        };
    };
    dashboard: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Dashboard"];
                };
            };
            /** @description The request is not valid */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["InvalidRequest"];
                };
            };
            /** @description No token where one is demanded, or one that does not count */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
            /** @description A host or an origin that is not served, or too low a role */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
            /** @description A bug in Phantom */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
        };
    };
    quality_metrics: {
        parameters: {
            query?: {
                /** @description Of one project; by default of all. */
                project_id?: string | null;
                /** @description First day, in UTC; by default 30 days back. */
                start_date?: string | null;
                /** @description Last day, in UTC; by default today. */
                end_date?: string | null;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["QualityDay"][];
                };
            };
            /** @description Bad Request */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["InvalidRequest"];
                };
            };
            /** @description No token where one is demanded, or one that does not count */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
            /** @description A host or an origin that is not served, or too low a role */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
            /** @description No such project */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
            /** @description A bug in Phantom */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
        };
    };
    cost_metrics: {
        parameters: {
            query?: {
                /** @description Of one project; by default of all. */
                project_id?: string | null;
                /** @description The last so many days, today included. */
                period?: components["schemas"]["Period"];
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["CostReport"];
                };
            };
            /** @description Bad Request */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["InvalidRequest"];
                };
            };
            /** @description No token where one is demanded, or one that does not count */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
            /** @description A host or an origin that is not served, or too low a role */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
            /** @description No such project */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
            /** @description A bug in Phantom */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
        };
    };
    agent_metrics: {
        parameters: {
            query?: {
                /** @description Of one project; by default of all. */
                project_id?: string | null;
                /** @description The last so many days, today included. */
                period?: components["schemas"]["Period"];
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["AgentPerformance"][];
                };
            };
            /** @description Bad Request */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["InvalidRequest"];
                };
            };
            /** @description No token where one is demanded, or one that does not count */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
            /** @description A host or an origin that is not served, or too low a role */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
            /** @description No such project */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
            /** @description A bug in Phantom */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
        };
    };
    performance_metrics: {
        parameters: {
            query?: {
                /** @description Of one project; by default of all. */
                project_id?: string | null;
                /** @description The last so many days, today included. */
                period?: components["schemas"]["Period"];
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["PerformanceReport"];
                };
            };
            /** @description Bad Request */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["InvalidRequest"];
                };
            };
            /** @description No token where one is demanded, or one that does not count */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
            /** @description A host or an origin that is not served, or too low a role */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
            /** @description No such project */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
            /** @description A bug in Phantom */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
        };
    };
    list_connections: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ConnectionList"];
                };
            };
            /** @description The request is not valid */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["InvalidRequest"];
                };
            };
            /** @description No token where one is demanded, or one that does not count */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
            /** @description A host or an origin that is not served, or too low a role */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
            /** @description A bug in Phantom */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
        };
    };
    create_connection: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["NewConnection"];
            };
        };
        responses: {
            /** @description Successful Response */
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ConnectionView"];
                };
            };
            /** @description The request is not valid */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["InvalidRequest"];
                };
            };
            /** @description No token where one is demanded, or one that does not count */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
            /** @description A host or an origin that is not served, or too low a role */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
            /** @description The id is taken */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
            /** @description The body is too large */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
            /** @description The body is not JSON */
            415: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
            /** @description A bug in Phantom */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
        };
    };
    get_connection: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description Id of the connection. */
                agent_id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ConnectionView"];
                };
            };
            /** @description The request is not valid */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["InvalidRequest"];
                };
            };
            /** @description No token where one is demanded, or one that does not count */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
            /** @description A host or an origin that is not served, or too low a role */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
            /** @description No such connection */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
            /** @description A bug in Phantom */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
        };
    };
    update_connection: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description Id of the connection. */
                agent_id: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["ConnectionChange"];
            };
        };
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ConnectionView"];
                };
            };
            /** @description The request is not valid */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["InvalidRequest"];
                };
            };
            /** @description No token where one is demanded, or one that does not count */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
            /** @description A host or an origin that is not served, or too low a role */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
            /** @description No such connection */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
            /** @description The embedded agent forbids it */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
            /** @description The body is too large */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
            /** @description The body is not JSON */
            415: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
            /** @description A bug in Phantom */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
        };
    };
    delete_connection: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description Id of the connection. */
                agent_id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Successful Response */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description The request is not valid */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["InvalidRequest"];
                };
            };
            /** @description No token where one is demanded, or one that does not count */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
            /** @description A host or an origin that is not served, or too low a role */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
            /** @description No such connection */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
            /** @description The embedded agent forbids it */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
            /** @description The body is too large */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
            /** @description The body is not JSON */
            415: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
            /** @description A bug in Phantom */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
        };
    };
    list_config_files: {
        parameters: {
            query?: {
                /** @description What the file is for. */
                file_type?: components["schemas"]["FileType"] | null;
                /** @description One of the server's roots, or a directory below one; the first by default. */
                root?: string | null;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ConfigFileList"];
                };
            };
            /** @description The request is not valid */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["InvalidRequest"];
                };
            };
            /** @description No token where one is demanded, or one that does not count */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
            /** @description A host or an origin that is not served, or too low a role */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
            /** @description No such file */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
            /** @description A bug in Phantom */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
        };
    };
    create_config_file: {
        parameters: {
            query?: {
                /** @description One of the server's roots, or a directory below one; the first by default. */
                root?: string | null;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["NewConfigFile"];
            };
        };
        responses: {
            /** @description Successful Response */
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ConfigFileView"];
                };
            };
            /** @description The request is not valid */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["InvalidRequest"];
                };
            };
            /** @description No token where one is demanded, or one that does not count */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
            /** @description A host or an origin that is not served, or too low a role */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
            /** @description No such root */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
            /** @description It is there already */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
            /** @description The body is too large */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
            /** @description The body is not JSON */
            415: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
            /** @description A bug in Phantom */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
            /** @description The disk is full */
            507: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
        };
    };
    restore_config_file: {
        parameters: {
            query?: {
                /** @description One of the server's roots, or a directory below one; the first by default. */
                root?: string | null;
            };
            header?: {
                /** @description ETag of the content that the change was made from. */
                "if-match"?: string | null;
            };
            path: {
                /** @description Relative to the root; docs/files.md lists what there may be. */
                file_path: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    /** @description Names the content. */
                    ETag?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ConfigFileView"];
                };
            };
            /** @description The request is not valid */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["InvalidRequest"];
                };
            };
            /** @description No token where one is demanded, or one that does not count */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
            /** @description A host or an origin that is not served, or too low a role */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
            /** @description No such file */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
            /** @description There is no earlier version */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
            /** @description Changed since it was read */
            412: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
            /** @description The body is too large */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
            /** @description The body is not JSON */
            415: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
            /** @description A bug in Phantom */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
            /** @description The disk is full */
            507: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
        };
    };
    get_config_file: {
        parameters: {
            query?: {
                /** @description One of the server's roots, or a directory below one; the first by default. */
                root?: string | null;
            };
            header?: never;
            path: {
                /** @description Relative to the root; docs/files.md lists what there may be. */
                file_path: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    /** @description Names the content. */
                    ETag?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ConfigFileView"];
                };
            };
            /** @description The request is not valid */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["InvalidRequest"];
                };
            };
            /** @description No token where one is demanded, or one that does not count */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
            /** @description A host or an origin that is not served, or too low a role */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
            /** @description No such file */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
            /** @description A bug in Phantom */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
        };
    };
    update_config_file: {
        parameters: {
            query?: {
                /** @description One of the server's roots, or a directory below one; the first by default. */
                root?: string | null;
            };
            header?: {
                /** @description ETag of the content that the change was made from. */
                "if-match"?: string | null;
            };
            path: {
                /** @description Relative to the root; docs/files.md lists what there may be. */
                file_path: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["NewContent"];
            };
        };
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    /** @description Names the content. */
                    ETag?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ConfigFileView"];
                };
            };
            /** @description The request is not valid */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["InvalidRequest"];
                };
            };
            /** @description No token where one is demanded, or one that does not count */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
            /** @description A host or an origin that is not served, or too low a role */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
            /** @description No such file */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
            /** @description Changed since it was read */
            412: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
            /** @description The body is too large */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
            /** @description The body is not JSON */
            415: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
            /** @description A bug in Phantom */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
            /** @description The disk is full */
            507: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
        };
    };
    delete_config_file: {
        parameters: {
            query?: {
                /** @description One of the server's roots, or a directory below one; the first by default. */
                root?: string | null;
            };
            header?: {
                /** @description ETag of the content that the change was made from. */
                "if-match"?: string | null;
            };
            path: {
                /** @description Relative to the root; docs/files.md lists what there may be. */
                file_path: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Successful Response */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description The request is not valid */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["InvalidRequest"];
                };
            };
            /** @description No token where one is demanded, or one that does not count */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
            /** @description A host or an origin that is not served, or too low a role */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
            /** @description No such file */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
            /** @description Changed since it was read */
            412: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
            /** @description The body is too large */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
            /** @description The body is not JSON */
            415: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
            /** @description A bug in Phantom */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
            /** @description The disk is full */
            507: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
        };
    };
    get_hrm_config: {
        parameters: {
            query?: {
                /** @description The project that it is for. */
                project_id?: string | null;
                /** @description The task that it is for. */
                task_id?: string | null;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ConfigView"];
                };
            };
            /** @description The request is not valid */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["InvalidRequest"];
                };
            };
            /** @description No token where one is demanded, or one that does not count */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
            /** @description A host or an origin that is not served, or too low a role */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
            /** @description No such thing */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
            /** @description A bug in Phantom */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
        };
    };
    update_hrm_config: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["NewConfig"];
            };
        };
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ConfigApplied"];
                };
            };
            /** @description The request is not valid */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["InvalidRequest"];
                };
            };
            /** @description No token where one is demanded, or one that does not count */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
            /** @description A host or an origin that is not served, or too low a role */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
            /** @description No such thing */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
            /** @description Its state forbids it */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
            /** @description The body is too large */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
            /** @description The body is not JSON */
            415: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
            /** @description A bug in Phantom */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
        };
    };
    diff_hrm_configs: {
        parameters: {
            query: {
                /** @description Id of a version. */
                from: string;
                /** @description Id of a version. */
                to: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["FieldDifference"][];
                };
            };
            /** @description The request is not valid */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["InvalidRequest"];
                };
            };
            /** @description No token where one is demanded, or one that does not count */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
            /** @description A host or an origin that is not served, or too low a role */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
            /** @description No such thing */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
            /** @description A bug in Phantom */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
        };
    };
    get_hrm_config_history: {
        parameters: {
            query?: {
                /** @description At most so many. */
                limit?: number;
            };
            header?: never;
            path: {
                /** @description Id of a version. */
                config_id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ConfigVersion"][];
                };
            };
            /** @description The request is not valid */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["InvalidRequest"];
                };
            };
            /** @description No token where one is demanded, or one that does not count */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
            /** @description A host or an origin that is not served, or too low a role */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
            /** @description No such thing */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
            /** @description A bug in Phantom */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
        };
    };
    restore_hrm_config: {
        parameters: {
            query?: {
                /** @description False leaves running tasks under what they began with. */
                apply_immediately?: boolean;
            };
            header?: never;
            path: {
                /** @description Id of a version. */
                config_id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ConfigApplied"];
                };
            };
            /** @description The request is not valid */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["InvalidRequest"];
                };
            };
            /** @description No token where one is demanded, or one that does not count */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
            /** @description A host or an origin that is not served, or too low a role */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
            /** @description No such thing */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
            /** @description Its state forbids it */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
            /** @description The body is too large */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
            /** @description The body is not JSON */
            415: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
            /** @description A bug in Phantom */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
        };
    };
    simulate_hrm_impact: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["Simulation"];
            };
        };
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["SimulationResult"];
                };
            };
            /** @description The request is not valid */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["InvalidRequest"];
                };
            };
            /** @description No token where one is demanded, or one that does not count */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
            /** @description A host or an origin that is not served, or too low a role */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
            /** @description No such thing */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
            /** @description The body is too large */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
            /** @description The body is not JSON */
            415: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
            /** @description A bug in Phantom */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
        };
    };
    list_hrm_presets: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["PresetView"][];
                };
            };
            /** @description The request is not valid */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["InvalidRequest"];
                };
            };
            /** @description No token where one is demanded, or one that does not count */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
            /** @description A host or an origin that is not served, or too low a role */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
            /** @description A bug in Phantom */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
        };
    };
    create_hrm_preset: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["NewPreset"];
            };
        };
        responses: {
            /** @description Successful Response */
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["PresetView"];
                };
            };
            /** @description The request is not valid */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["InvalidRequest"];
                };
            };
            /** @description No token where one is demanded, or one that does not count */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
            /** @description A host or an origin that is not served, or too low a role */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
            /** @description Its state forbids it */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
            /** @description The body is too large */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
            /** @description The body is not JSON */
            415: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
            /** @description A bug in Phantom */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
        };
    };
    update_hrm_preset: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description Id of the preset. */
                preset_id: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["ChangedPreset"];
            };
        };
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["PresetView"];
                };
            };
            /** @description The request is not valid */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["InvalidRequest"];
                };
            };
            /** @description No token where one is demanded, or one that does not count */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
            /** @description A host or an origin that is not served, or too low a role */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
            /** @description No such thing */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
            /** @description Its state forbids it */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
            /** @description The body is too large */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
            /** @description The body is not JSON */
            415: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
            /** @description A bug in Phantom */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
        };
    };
    delete_hrm_preset: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description Id of the preset. */
                preset_id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Successful Response */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description The request is not valid */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["InvalidRequest"];
                };
            };
            /** @description No token where one is demanded, or one that does not count */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
            /** @description A host or an origin that is not served, or too low a role */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
            /** @description No such thing */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
            /** @description Its state forbids it */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
            /** @description The body is too large */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
            /** @description The body is not JSON */
            415: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
            /** @description A bug in Phantom */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
        };
    };
    apply_hrm_preset: {
        parameters: {
            query?: {
                /** @description The project that it is for. */
                project_id?: string | null;
                /** @description False leaves running tasks under what they began with. */
                apply_immediately?: boolean;
            };
            header?: never;
            path: {
                /** @description Id of the preset. */
                preset_id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ConfigApplied"];
                };
            };
            /** @description The request is not valid */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["InvalidRequest"];
                };
            };
            /** @description No token where one is demanded, or one that does not count */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
            /** @description A host or an origin that is not served, or too low a role */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
            /** @description No such thing */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
            /** @description Its state forbids it */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
            /** @description The body is too large */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
            /** @description The body is not JSON */
            415: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
            /** @description A bug in Phantom */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
        };
    };
    optimize_hrm_config: {
        parameters: {
            query: {
                /** @description The project whose log is searched in. */
                project_id: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Tuning"];
                };
            };
            /** @description The request is not valid */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["InvalidRequest"];
                };
            };
            /** @description No token where one is demanded, or one that does not count */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
            /** @description A host or an origin that is not served, or too low a role */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
            /** @description No such thing */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
            /** @description Its state forbids it */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
            /** @description The body is too large */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
            /** @description The body is not JSON */
            415: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
            /** @description A bug in Phantom */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
            /** @description The extra `tune` is missing */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
        };
    };
    create_ticket: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Successful Response */
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Ticket"];
                };
            };
            /** @description The request is not valid */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["InvalidRequest"];
                };
            };
            /** @description No token where one is demanded, or one that does not count */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
            /** @description A host or an origin that is not served, or too low a role */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
            /** @description The body is too large */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
            /** @description The body is not JSON */
            415: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
            /** @description A bug in Phantom */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
        };
    };
    websocket_health: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["RealtimeHealth"];
                };
            };
            /** @description The request is not valid */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["InvalidRequest"];
                };
            };
            /** @description No token where one is demanded, or one that does not count */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
            /** @description A host or an origin that is not served, or too low a role */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
            /** @description A bug in Phantom */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
        };
    };
    list_keys: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["KeyView"][];
                };
            };
            /** @description The request is not valid */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["InvalidRequest"];
                };
            };
            /** @description No token where one is demanded, or one that does not count */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
            /** @description A host or an origin that is not served, or too low a role */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
            /** @description A bug in Phantom */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
        };
    };
    create_key: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["NewKey"];
            };
        };
        responses: {
            /** @description Successful Response */
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["KeyView"];
                };
            };
            /** @description Bad Request */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["InvalidRequest"];
                };
            };
            /** @description No token where one is demanded, or one that does not count */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
            /** @description A host or an origin that is not served, or too low a role */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
            /** @description The name is taken, or the master key unusable */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
            /** @description The body is too large */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
            /** @description The body is not JSON */
            415: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
            /** @description A bug in Phantom */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
        };
    };
    delete_key: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description Name of the key. */
                key_id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Successful Response */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description The request is not valid */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["InvalidRequest"];
                };
            };
            /** @description No token where one is demanded, or one that does not count */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
            /** @description A host or an origin that is not served, or too low a role */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
            /** @description No such key */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
            /** @description The body is too large */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
            /** @description The body is not JSON */
            415: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
            /** @description A bug in Phantom */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
        };
    };
    system_health: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Health"];
                };
            };
            /** @description The request is not valid */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["InvalidRequest"];
                };
            };
            /** @description No token where one is demanded, or one that does not count */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
            /** @description A host or an origin that is not served, or too low a role */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
            /** @description A bug in Phantom */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
            /** @description The database does not answer */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Health"];
                };
            };
        };
    };
    prometheus_metrics: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "text/plain": string;
                };
            };
            /** @description The request is not valid */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["InvalidRequest"];
                };
            };
            /** @description No token where one is demanded, or one that does not count */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
            /** @description A host or an origin that is not served, or too low a role */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
            /** @description Switched off */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
            /** @description A bug in Phantom */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
        };
    };
}
