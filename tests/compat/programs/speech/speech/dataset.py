# pyright: basic, reportMissingImports=false, reportAttributeAccessIssue=false
import os
import typing as t
from pathlib import Path

from starwhale import Audio, MIMEType

DATA = Path(os.environ["SPEECH_DATA"])


class Recordings:
    """A class of which each object yields rows."""

    def __iter__(self) -> t.Iterator[t.Tuple[str, t.Dict[str, t.Any]]]:
        for path in sorted(DATA.glob("*.wav")):
            digit, speaker, take = path.stem.split("_")
            yield (
                path.name,
                {
                    "speech": Audio(
                        path,
                        display_name=path.name,
                        shape=(1,),
                        mime_type=MIMEType.create_by_file_suffix(path.name),
                    ),
                    "digit": int(digit),
                    "speaker": speaker,
                    "take": int(take),
                },
            )
