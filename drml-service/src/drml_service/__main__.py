"""Starts the service."""

from drml_service.main import run

if __name__ == "__main__":
    run()
