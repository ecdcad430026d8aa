"""The reference sentences: training captions only, one a picture, the same for the same seed."""

from caption_job import sampling
from caption_job.collection import Split
from caption_job.prepared import Picture, Prepared


def picture(number: int, split: Split, *cleaned: str) -> Picture:
    return Picture(f"{number}.jpg", split, list(cleaned), list(cleaned))


def test_one_caption_of_each_training_picture() -> None:
    pictures = [picture(number, "train", f"a {number}", f"b {number}", "") for number in range(50)]
    pictures += [picture(50, "train", ""), picture(51, "val", "other"), picture(52, "test", "other")]
    data = Prepared(pictures, "fingerprint", "report", None)
    everything = sampling.sentences(data)
    assert sorted(int(sentence.split()[1]) for sentence in everything) == list(range(50))
    assert {sentence[0] for sentence in everything} == {"a", "b"}
    assert sampling.sentences(data, 10) == everything[:10]
    assert sampling.sentences(data, 10, seed=1) != everything[:10]
