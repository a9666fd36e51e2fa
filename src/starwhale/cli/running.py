"""Running a model as a job, and waiting for its end."""
