"""The edge: HTTP and WebSocket, thin; rules live in the domains."""
