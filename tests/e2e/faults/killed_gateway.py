"""The gateway, killed when it comes to a step of an ingest: `python -m tests.e2e.faults.killed_gateway`.

The file KILL_AT holds the step, counted from the first new content; 0: never.
"""

import os
from pathlib import Path

from diversity_gateway.main import main
from tests.e2e.faults.steps import Steps

if __name__ == "__main__":
    Steps(os.environ["STATE"], int(Path(os.environ["KILL_AT"]).read_text())).install()
    main()
