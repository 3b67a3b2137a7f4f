"""Reports made from what tools find in the workspace, and from nothing else."""
