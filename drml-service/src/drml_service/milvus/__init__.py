"""Vectors in Milvus: the same answers as in process, from a catalogue larger than one machine holds."""
