"""What the training jobs share beside their networks; it imports no machine-learning framework."""
