"""`make demo`: a catalogue of real pictures behind real processes, one answer printed, until Ctrl-C."""
