"""Backup: the catalogue with the artifacts in one file, written while the gateway runs, checked when read."""
