"""Functions of users behind HTTP: what `@api` registers, and the program that serves it."""
