"""The training job of the caption view: prepare, features, distil, train, evaluate, publish."""
