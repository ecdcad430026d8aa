"""Bringing many pictures into the catalogue, so that a broken-off ingest can be gone on with."""
