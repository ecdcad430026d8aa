"""What the student report's thresholds of similarity mean in the captioner's text space.

    python -m tests.bench.thresholds --data flickr8k.zip [--out build] [--most 500]

Human captions of the test split's first pictures, as queries and as gallery, by the definitions of
`caption_job.text_space_figures`. Writes thresholds.json into --out.
"""

import argparse
import json
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path

from caption_job.compare_text_spaces import CAPTIONS
from caption_job.text_space_figures import figures
from caption_service import text_space_files
from caption_service.cleaning import clean
from caption_service.loading import STARTER
from diversity_contracts.manifest import verify
from tests.bench.quality_gallery import open_gallery


def main(arguments: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--data", type=Path, required=True, help="Flickr8k, or what is laid out as it is")
    parser.add_argument("--out", type=Path, default=Path("build"))
    parser.add_argument("--caption", type=Path, default=STARTER, help="the artifact's folder")
    parser.add_argument("--most", type=int, default=500, help="pictures that are compared")
    values = parser.parse_args(arguments)
    gallery = open_gallery(values.data)
    spoken = [captions[:CAPTIONS] for captions in gallery.captions if len(captions) >= CAPTIONS]
    spoken = spoken[: values.most]
    if len(spoken) < 2:
        raise SystemExit(f"{values.data} has no two pictures with {CAPTIONS} captions each")
    space = text_space_files.load(values.caption)
    vectors = space.vectors([clean(caption) for captions in spoken for caption in captions])
    document = {
        "gallery": gallery.title,
        "pictures": len(spoken),
        "captions": CAPTIONS,
        "artifacts": [verify(values.caption, "caption").version],
        "figures": asdict(figures(vectors.reshape(len(spoken), CAPTIONS, -1))),
    }
    values.out.mkdir(parents=True, exist_ok=True)
    (values.out / "thresholds.json").write_text(json.dumps(document, indent=1) + "\n")
    print(json.dumps(document["figures"], indent=1))


if __name__ == "__main__":
    main()
