"""Where the pictures of an ingest come from: a folder, an archive, a table."""
