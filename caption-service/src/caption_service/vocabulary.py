"""The words a decoder knows, in the order of its indices."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Self

from diversity_contracts.manifest import BadArtifact

SPECIAL = ("<pad>", "<start>", "<end>", "<unk>")
PAD, START, END, UNKNOWN = range(4)


@dataclass(frozen=True)
class Vocabulary:
    """Words by index; the first four are `SPECIAL`.

    Raises BadArtifact when they are not, or when a word stands twice.
    """

    words: tuple[str, ...]
    _index: dict[str, int] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "words", tuple(self.words))
        if self.words[: len(SPECIAL)] != SPECIAL:
            raise BadArtifact(f"A vocabulary starts with {', '.join(SPECIAL)}.")
        object.__setattr__(self, "_index", {word: index for index, word in enumerate(self.words)})
        if len(self._index) != len(self.words):
            raise BadArtifact("A word stands twice in the vocabulary.")

    @classmethod
    def counted(cls, captions: Iterable[str], floor: int = 1) -> Self:
        """Of cleaned captions: words seen `floor` times at least, by falling count, then by name."""
        counts = Counter(word for caption in captions for word in caption.split())
        kept = [word for word, count in counts.items() if count >= floor]
        return cls((*SPECIAL, *sorted(kept, key=lambda word: (-counts[word], word))))

    @property
    def size(self) -> int:
        """Number of words, the special ones counted."""
        return len(self.words)

    def encode(self, cleaned: str) -> list[int]:
        """The indices of a cleaned caption's words, `UNKNOWN` for others; no start, no end."""
        return [self._index.get(word, UNKNOWN) for word in cleaned.split()]

    def decode(self, tokens: Sequence[int]) -> str:
        """The words up to the end token, one space between them; `PAD` and `START` say nothing.

        Raises IndexError for a token that is not in the vocabulary.
        """
        words = []
        for token in tokens:
            if token == END:
                break
            if not 0 <= token < self.size:
                raise IndexError(f"token {token} of a vocabulary of {self.size}")
            if token not in (PAD, START):
                words.append(self.words[token])
        return " ".join(words)

    def to_json(self) -> dict[str, list[str]]:
        """What `vocabulary.json` holds."""
        return {"words": list(self.words)}

    @classmethod
    def from_json(cls, value: Mapping[str, object]) -> Self:
        """The inverse of `to_json`. Raises BadArtifact for anything else."""
        words = value.get("words") if isinstance(value, Mapping) else None
        if not isinstance(words, list) or not all(isinstance(word, str) for word in words):
            raise BadArtifact("The vocabulary is no list of words.")
        return cls(tuple(words))
