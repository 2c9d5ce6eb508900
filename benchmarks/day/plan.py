"""What the callers are told: where the doors are, who they are, and how busy the day is."""

import json
import os
from dataclasses import asdict, dataclass
from pathlib import Path

VARIABLE = "DAY_PLAN"


@dataclass(frozen=True)
class Plan:
    """`haste` divides every pause between two acts. `names` sign in with `password`, `tokens` are of other accounts;
    `office` may send lists, and sees everybody's invitations. `told` is the file for what came of it.
    """

    web: str
    ingest: str
    sandbox: str
    app_secret: str
    password: str
    office: str
    office_token: str
    names: list[str]
    tokens: list[str]
    seconds: float
    haste: float
    list_rows: int
    told: str

    def save(self, path: Path) -> None:
        path.write_text(json.dumps(asdict(self)))

    @classmethod
    def of_this_process(cls) -> "Plan":
        return cls(**json.loads(Path(os.environ[VARIABLE]).read_text()))
