"""The command line. Modules with a command import what is heavy only when it runs."""
