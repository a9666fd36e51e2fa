"""What jobs use, as it goes over the wire."""

from __future__ import annotations

from datetime import datetime

from pydantic import BaseModel, ConfigDict, Field


class TaskUse(BaseModel):
    """What one attempt at a task has used, its child processes included."""

    model_config = ConfigDict(frozen=True, from_attributes=True)

    seconds: float = Field(description="How long it has run.")
    cpu_seconds: float
    memory: int = Field(description="Bytes, when it was looked at last.")
    memory_peak: int = Field(description="Bytes, the most there were.")
    bytes_read: int = Field(description="From storage; what lay in memory already is not among them.")
    bytes_written: int


class UseTotals(BaseModel):
    """What several attempts have used together."""

    model_config = ConfigDict(frozen=True, from_attributes=True)

    attempts: int = Field(description="Of which it was recorded.")
    cpu_seconds: float
    memory_peak: int = Field(description="Bytes, the most that one of them had.")
    bytes_read: int
    bytes_written: int


class UsePoint(BaseModel):
    """What was used over a stretch of time."""

    model_config = ConfigDict(frozen=True, from_attributes=True)

    at: datetime = Field(description="Its end.")
    seconds: float = Field(description="How long it is.")
    attempt: int = Field(description="Of a task; otherwise it counts the schedulers that have had the job.")
    cores: float = Field(description="That were busy, on average.")
    memory: int = Field(description="Bytes, the most that was seen.")
    read_rate: float = Field(description="Bytes a second, from storage.")
    write_rate: float = Field(description="Bytes a second.")


class AttemptUse(BaseModel):
    """What one of the attempts at a task has used."""

    model_config = ConfigDict(frozen=True, from_attributes=True)

    attempt: int
    usage: TaskUse


class UseOverTime(BaseModel):
    """What a job, a step or a task uses over time."""

    model_config = ConfigDict(frozen=True, from_attributes=True)

    points: list[UsePoint] = Field(description="A few hundred at most; none where it was over at once.")
    attempts: list[AttemptUse] = Field(description="Of a task; otherwise empty.")
