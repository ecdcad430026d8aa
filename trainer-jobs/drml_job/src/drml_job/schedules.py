"""The sizes of pictures over the epochs of pretraining."""


def parse_sizes(text: str) -> list[int]:
    """`48:9,64:5` to the picture size of each epoch: nine times 48, five times 64. ValueError on anything
    else."""
    sizes: list[int] = []
    for part in text.split(","):
        size, separator, epochs = part.partition(":")
        if not separator or int(size) < 1 or int(epochs) < 1:
            raise ValueError(f"expected SIZE:EPOCHS[,SIZE:EPOCHS...], not {text!r}")
        sizes += [int(size)] * int(epochs)
    return sizes
