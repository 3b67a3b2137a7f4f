"""The programs that run inside the tested project's own interpreter.

They use the standard library and pytest alone, are started by file path, and never import
`phantom`: the project under repair may need other versions of what Phantom depends on, or may be
Phantom itself.
"""
