"""HRM: the configuration of the loop, and the policies that read it."""
