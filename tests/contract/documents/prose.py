"""Where the figures that documents print in sentences were measured, and which of them nobody compares.

A sentence is written here as it stands in its document, on one line, with `#` for each figure, and after it
what its figures are, in their order. A sentence that is not there, or there twice, is an error; so is a
figure below a heading in `GUARDED` that no sentence here holds. So neither side grows old alone.
"""

import re
from collections.abc import Iterator

from markdown_it import MarkdownIt
from markdown_it.token import Token

from tests.contract.documents.markdown import Document
from tests.contract.documents.numerals import wrong

LOOKS, BOTH = ("quality-flickr8k/drml", "quality-flickr8k/merge")
# By a document's name, its sentences; the sources of a sentence's figures are parted by "; ".
PROSE: dict[str, dict[str, str]] = {
    "README.md": {
        "the first 21 epochs #, the second #, mirror images #": "once/starter/first_run; "
        "once/starter/second_run; drml/triplet_accuracy",
        "of looks alone a little (#, raw #)": f"{LOOKS}/corrected/third_encoder_percentile; "
        f"{LOOKS}/raw farthest/third_encoder_percentile",
        "both views some (#, raw #)": f"{BOTH}/corrected/third_encoder_percentile; "
        f"{BOTH}/raw farthest/third_encoder_percentile",
        "Two human captions of one picture are # similar": "caption/test_human_human",
        "a generated sentence, # share a content word": "caption/test_sharing_at_10",
        "human captions (random pictures: #)": "caption/test_random_sharing_at_10",
    },
    "caption-service/README.md": {
        "| bfloat16 | # | # |": "drift/caption/bfloat16; caption/bfloat16_token_agreement",
        "| **blend 32** | pictures | # | # (#) | # (#) | **#** / # / # | # / # |": "; ".join(
            f"thresholds/{name}"
            for name in (
                "tied", "order", "order_of_another", "far", "far_of_another",
                "recall_at_1", "recall_at_5", "recall_at_10", "own", "other",
            )
        ),
        "At least 0.90 is reached by # of the pairs": "thresholds/at_least_090",
        "0.50–0.60 is reached by # of them, when the mean is #": "thresholds/in_050_060; thresholds/other",
    },
    "trainer-jobs/drml_job/README.md": {
        "Triplet accuracy: # after the first run, # after the second": "once/starter/first_run; "
        "once/starter/second_run",
        "# with `--mirror`": "drml/triplet_accuracy",
        "pretraining alone # and #": "once/levers/pretraining; once/levers/pretraining_recall",
        "divided by their length # and #": "once/levers/unit_length; once/levers/unit_length_recall",
        "and # distinct pictures among the farthest where there were #": "once/levers/distinct_after; "
        "once/levers/distinct_before",
        "classification beside them # and #": "once/levers/triplets; once/levers/triplets_recall",
        "lose: # at 80 px, # at 96 px": "once/levers/at_80_px; once/levers/at_96_px",
        "another sample from # to #": "once/levers/frozen_before; once/levers/frozen_after",
    },
    "tests/README.md": {
        "# kills at chosen steps of an ingest without HTTP": "faults/ingest_without_http/kills",
        "without HTTP, # through HTTP, # of publishers": "faults/ingest_over_http/kills; "
        "faults/publishers/kills",
        "- # artifacts of the DRML view under load: # of # requests failed": "; ".join(
            f"faults/live_artifacts/{name}" for name in ("artifacts", "requests_failed", "requests")
        ),
        "# artifacts of both views in turn: # of # requests failed": "faults/live_views/artifacts; "
        "faults/live_views/requests_failed; faults/live_views/requests",
        "test pictures, # files": "faults/hostile_folder/files",
        "- # generated calls of each of # operations": "faults/generated_calls/calls_of_each; "
        "faults/generated_calls/operations",
        "the view's memory grew #": "faults/live_artifacts/memory_growth_of_the_view",
        "goodput # of the peak, refusals in # ms": "faults/overload/goodput_over_peak; "
        "faults/overload/refused_median_ms",
        "hundredth # ms), # of the peak afterwards": "faults/overload/refused_p99_ms; "
        "faults/overload/recovered_over_peak",
        "# of # requests broken": "faults/overload/requests_lost; faults/overload/requests",
        "killed under load: # of # requests failed": "faults/redis_lost/requests_lost; "
        "faults/redis_lost/requests",
        "answers took # and # ms": "faults/redis_lost/hung_p50_ms; faults/redis_lost/killed_p50_ms",
        "takes alone, # ms": "faults/redis_lost/view_alone_p50_ms",
        "An hour of mixed load, # requests: # lost": "faults/soak/requests; faults/soak/requests_lost",
        "the gateway's memory grew #, that of the DRML view #": "faults/soak/memory_growth_of_the_gateway; "
        "faults/soak/memory_growth_of_the_drml_view",
        "of the caption view #, with no file": "faults/soak/memory_growth_of_the_caption_view",
    },
    "gateway/README.md": {
        "at least twice that at λ = 0 in # of the lists": "quality/drml/diversity 1/doubled",
    },
    "gateway/docs/decisions.md": {
        "Triplet accuracy # without, # with it": "once/starter/second_run; drml/triplet_accuracy",
    },
    "drml-service/docs/search.md": {
        "both ends are # times faster than FAISS's nearest, each of 32 at once # times": "; ".join(
            f"once/trained_vectors/{name}" for name in ("both_ends_speedup", "batch32_speedup")
        ),
        "both take # of the time of one": "once/trained_vectors/both_over_one",
    },
    "drml-service/docs/correction.md": {
        "two views' distances correlate by #": "quality/merge/views/view_correlation",
    },
}  # fmt: skip
# Headings below which each figure of a sentence has to be compared.
GUARDED = {"README.md": ("Figures",), "tests/README.md": ("Last counted",)}
# A figure, unlike a count or a condition, has decimals or a unit that something is measured in.
FIGURE = re.compile(r"\d[\d,]*\.\d+(?: ?%)?|\d[\d,]* ?(?:%|(?:ms|s|GB|MB|times)\b)")
PLACE = r"(\d[\d,]*(?:\.\d+)?(?: ?%)?)"


def different(document: Document) -> Iterator[str]:
    """Every figure of a sentence that is not the measured one, or that nobody compares."""
    sentences = {pattern(text): (text, sources) for text, sources in PROSE.get(document.name, {}).items()}
    whole = flat(document.text)
    for form, (sentence, sources) in sentences.items():
        found = list(form.finditer(whole))
        if len(found) != 1:
            yield f"{document.name}: stands {len(found)} times there: {sentence!r}"
        else:
            why = wrong(" and ".join(found[0].groups()), sources.split("; "))
            yield from (f"{document.name}: {sentence!r}: {one}" for one in why)
    for paragraph in guarded(document):
        held = [match.span() for form in sentences for match in form.finditer(paragraph)]
        for place in FIGURE.finditer(paragraph):
            if not any(start <= place.start() < end for start, end in held):
                around = paragraph[max(0, place.start() - 50) : place.end() + 20]
                yield f"{document.name}: nobody compares {place[0]!r} in {around!r}"


def pattern(sentence: str) -> re.Pattern[str]:
    """The sentence with a number in the place of every `#`."""
    return re.compile(PLACE.join(map(re.escape, sentence.split("#"))))


def guarded(document: Document) -> Iterator[str]:
    """Paragraphs below the document's headings in `GUARDED`, each on one line."""
    asked = set(GUARDED.get(document.name, ()))
    headings, before = dict[int, str](), Token("", "", 0)
    for token in MarkdownIt("commonmark").enable("table").parse(document.text):
        if before.type == "heading_open":
            level = int(before.tag[1:])
            headings = {above: text for above, text in headings.items() if above < level}
            headings[level] = token.content
        elif before.type == "paragraph_open" and asked & set(headings.values()):
            yield flat(token.content)
        before = token


def flat(text: str) -> str:
    """On one line."""
    return " ".join(text.split())
