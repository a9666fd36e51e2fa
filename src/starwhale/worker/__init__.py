"""The one program that runs a task: it loads user code, this process alone does."""
