"""The loop: a task's story from workspace to branch, each step durable."""
