"""What importing Milvus' client does to the rest of the process."""

import subprocess
import sys

SCRIPT = """
import logging

class Told(logging.StreamHandler):
    def close(self):
        print("closed")

handler = Told()
logging.getLogger().addHandler(handler)
import drml_service.milvus.client
import logging.config
assert logging.config.dictConfig.__module__ == "logging.config"
assert handler in logging.getLogger().handlers
print("imported", flush=True)
logging.getLogger().removeHandler(handler)
import os
os._exit(0)
"""


def test_handlers_of_the_process_stay_open() -> None:
    told = subprocess.run([sys.executable, "-c", SCRIPT], capture_output=True, text=True, check=True)
    assert told.stdout.split() == ["imported"], told.stderr
