"""Layouts of captioned pictures: what is found where, and in which split."""

import json
import zipfile
from pathlib import Path

import pytest

from caption_job import collection
from caption_job.caption_files import looks_like_tokens, parse_coco, parse_tokens
from job_kit.sources import JoinedSource, Source, open_source, open_sources

FLICKR = {
    "text/Flickr8k.token.txt": "a.jpg#0\tA dog .\na.jpg#1\tDogs .\nb.jpg#0\tA cat .\nc.jpg#0\tA car .\n"
    "d.jpg#0\tNobody lists it .\ngone.jpg.1#0\tNo such picture .\n",
    "text/Flickr8k.lemma.token.txt": "a.jpg#0\tdog\n",
    "text/Flickr_8k.trainImages.txt": "a.jpg\n",
    "text/Flickr_8k.devImages.txt": "b.jpg\n",
    "text/Flickr_8k.testImages.txt": "c.jpg\nnever.jpg\n",
    "__MACOSX/text/._Flickr8k.token.txt": "\0\0",
    "__MACOSX/Dataset/._a.jpg": "\0",
    **{f"Dataset/{name}.jpg": "" for name in "abcd"},
}


def write(root: Path, files: dict[str, str]) -> Path:
    for name, content in files.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(content)
    return root


@pytest.fixture(params=["folder", "zip", "two"])
def source(request: pytest.FixtureRequest, tmp_path: Path) -> Source:
    folder = write(tmp_path / "files", FLICKR)
    if request.param == "folder":
        return open_source(folder)
    if request.param == "two":
        text = write(tmp_path / "text", {n: c for n, c in FLICKR.items() if n.startswith("text")})
        rest = write(tmp_path / "rest", {n: c for n, c in FLICKR.items() if not n.startswith("text")})
        return open_sources([text, rest])
    with zipfile.ZipFile(tmp_path / "all.zip", "w") as file:
        for name, content in FLICKR.items():
            file.writestr(name, content)
    return open_source(tmp_path / "all.zip")


def test_flickr8k_with_its_official_splits(source: Source) -> None:
    found = collection.scan(source)
    assert [(e.path, e.split, e.captions) for e in found.entries] == [
        ("Dataset/a.jpg", "train", ("A dog .", "Dogs .")),
        ("Dataset/b.jpg", "val", ("A cat .",)),
        ("Dataset/c.jpg", "test", ("A car .",)),
        ("Dataset/d.jpg", "unused", ("Nobody lists it .",)),
    ]
    assert found.missing == ("gone.jpg.1", "never.jpg")
    assert [found.count(split) for split in collection.SPLITS] == [1, 1, 1]


def test_of_two_sources_the_first_counts(tmp_path: Path) -> None:
    first, second = (write(tmp_path / name, {"x.txt": name}) for name in ("one", "two"))
    assert JoinedSource([open_source(first), open_source(second)]).read("x.txt") == b"one"


def test_a_picture_in_two_splits_is_refused(tmp_path: Path) -> None:
    files = FLICKR | {"text/Flickr_8k.devImages.txt": "b.jpg\na.jpg\n"}
    with pytest.raises(ValueError, match="two splits"):
        collection.scan(open_source(write(tmp_path, files)))


def test_without_lists_the_names_decide(tmp_path: Path) -> None:
    names = [f"{number:04d}.png" for number in range(400)]
    write(tmp_path, dict.fromkeys(names, "") | {"captions.txt": "".join(f"{n}#0\tA dog\n" for n in names)})
    found = collection.scan(open_source(tmp_path))
    assert [found.count(split) for split in collection.SPLITS] == pytest.approx([320, 40, 40], abs=20)
    splits = {entry.path: entry.split for entry in found.entries}
    (tmp_path / names[7]).unlink()
    after = {entry.path: entry.split for entry in collection.scan(open_source(tmp_path)).entries}
    assert after == {path: split for path, split in splits.items() if path != names[7]}


def test_coco(tmp_path: Path) -> None:
    def document(*names: str) -> str:
        images = [{"id": number, "file_name": name} for number, name in enumerate(names)]
        annotations = [{"image_id": n, "caption": f" One of {name} "} for n, name in enumerate(names)]
        return json.dumps({"images": images, "annotations": annotations})

    val = [f"v{number}.jpg" for number in range(60)]
    files = {
        "annotations/captions_train2017.json": document("t.jpg"),
        "annotations/captions_val2017.json": document(*val),
        "train2017/t.jpg": "",
        **{f"val2017/{name}": "" for name in val},
    }
    found = collection.scan(open_source(write(tmp_path, files)))
    assert found.entries[0] == collection.Entry("train2017/t.jpg", "train", ("One of t.jpg",))
    assert found.count("val") + found.count("test") == 60
    assert min(found.count("val"), found.count("test")) > 15


@pytest.mark.parametrize("files", [{"a.jpg": ""}, {"captions.txt": "a.jpg#0\tA dog\n"}])
def test_nothing_to_learn_from_is_refused(tmp_path: Path, files: dict[str, str]) -> None:
    with pytest.raises(ValueError, match=r"captions|captioned"):
        collection.scan(open_source(write(tmp_path, files)))


def test_uncaptioned_pictures_leave_others_validation_alone(tmp_path: Path) -> None:
    write(tmp_path, {"tiny/train/n1/x.JPEG": "", "tiny/val/images/y.JPEG": "", "readme.txt": ""})
    found = collection.scan_uncaptioned(open_source(tmp_path))
    assert [(entry.path, entry.split) for entry in found.entries] == [
        ("tiny/train/n1/x.JPEG", "train"),
        ("tiny/val/images/y.JPEG", "unused"),
    ]


def test_lines_of_tokens() -> None:
    assert parse_tokens("a#b.jpg#12\tA dog\tand a tab\n\n") == {"a#b.jpg": ["A dog\tand a tab"]}
    for broken in ("a.jpg A dog", "a.jpg\tA dog", "#0\tA dog", "a.jpg#x\tA dog"):
        with pytest.raises(ValueError, match="line 1"):
            parse_tokens(broken)
    assert looks_like_tokens("\na.jpg#0\tA dog")
    assert not looks_like_tokens("image,caption\na.jpg,A dog")


def test_another_json_is_no_coco() -> None:
    with pytest.raises(ValueError, match="COCO"):
        parse_coco({"images": []})


def test_thinning_takes_some_of_each_split(source: Source) -> None:
    assert [e.split for e in collection.thin(collection.scan(source), 1).entries] == ["train", "val", "test"]
