"""Code that runs inside the evaluated project's interpreter, apart from Phantom."""
