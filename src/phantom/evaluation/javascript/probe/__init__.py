"""What runs inside the evaluated project's own node."""
