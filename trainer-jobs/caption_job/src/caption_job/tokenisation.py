"""The words that sentences are compared by when they are evaluated."""

Words = tuple[str, ...]


def words_of(sentence: str) -> Words:
    """Lower case, everything but letters and spaces deleted, split at the spaces: of raw references and of
    generated sentences alike. Words of one letter stay, contractions lose their apostrophe."""
    return tuple("".join(c for c in sentence.lower() if c.isalpha() or c.isspace()).split())
