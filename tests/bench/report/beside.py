"""What the student report and others state, beside ours. Pure."""

from typing import Any

from tests.bench.report.cells import Table, percent, shown
from tests.bench.report.inputs import Artifact, Inputs
from tests.bench.report.lists import VIEWS, lists_of

NEAR = {
    "triplet_accuracy": "triplet accuracy",
    "recall_at_1": "recall@1",
    "recall_at_5": "recall@5",
    "recall_at_10": "recall@10",
    "map_at_10": "mAP@10",
    "score_at_top_30": "score-at-top-30",
    "score_at_top_30_triplets": "of triplets",
}
SENTENCES = {
    "bleu_1": "BLEU-1",
    "bleu_2": "BLEU-2",
    "bleu_3": "BLEU-3",
    "bleu_4": "BLEU-4",
    "rouge_l": "ROUGE-L",
    "cider_d": "CIDEr-D",
}


def ranking(inputs: Inputs) -> Table:
    """Triplet accuracy, of validation and of training."""
    drml, told = inputs.artifacts["drml"], inputs.published["report"]
    untrained = drml.figure("untrained_triplet_accuracy")
    count = drml.figure("triplets")
    last = drml.epochs[-1] if drml.epochs else {}
    watched = f"the watched triplets of the last of {len(drml.epochs)} epochs" if last else ""
    return Table(
        ["figure", "the report", "ours", "untrained", "how ours is meant"],
        [
            ["triplet accuracy, validation", f"just under {told['triplet_accuracy_validation']}",
             shown(drml.figure("triplet_accuracy")), shown(untrained),
             f"{shown(count)} random triplets of validation pictures, out of class"],
            ["triplet accuracy, training", f"over {told['triplet_accuracy_training']}",
             shown(last.get("train_triplet_accuracy")), "–", watched],
            ["the same, of validation", "–", shown(last.get("val_triplet_accuracy")), "–", watched],
        ],
        words=frozenset({4}),
    )  # fmt: skip


def captioning(inputs: Inputs) -> Table:
    """Token accuracy, loss, time, likeness to human captions: the artifact's, and of the report's encoder."""
    caption, told = inputs.artifacts["caption"], inputs.published["report"]
    other = distilled(inputs)
    speed = next((entry for entry in inputs.bench if entry["name"] == "caption.ms"), None)
    seconds = "–".join(f"{value:g}" for value in told["caption_seconds"])

    def row(title: str, stated: str, name: str, meant: str) -> list[str]:
        return [title, stated, shown(caption.figure(name)), shown(other.get(name)), meant]

    test, held = "Flickr8k's test split", "its validation split"
    return Table(
        ["figure", "the report", _encoder(caption), "distilled Xception", "how ours is meant"],
        [
            row("token accuracy", shown(told["token_accuracy"]), "test_token_accuracy", test),
            row("token accuracy, validation", "–", "val_token_accuracy", held),
            row("loss", shown(told["loss"]), "test_loss", test),
            row("loss, validation", "–", "val_loss", held),
            row("generated against human captions", f"above {told['generated_human']:.2f}",
                "test_generated_human", "mean over a picture's captions, in the text space here"),
            row("the most alike of the human captions", "–", "test_generated_human_best", test),
            row("against another picture's captions", "–", "test_generated_other", test),
            row("two human captions of one picture", "–", "test_human_human", "what a person reaches"),
            row("relevant of the ten most similar", shown(told["relevant_of_ten"]), "test_sharing_at_10",
                "share a word of content with the query's human captions"),
            row("the same of ten random pictures", "–", "test_random_sharing_at_10", test),
            ["one caption", f"{seconds} s", "–" if speed is None else f"{shown(speed['value'])} ms", "–",
             "picture in, sentence out"],
        ],
        words=frozenset({4}),
    )  # fmt: skip


def thresholds(inputs: Inputs) -> Table | None:
    """What the report takes for similar and for divergent, how much that is here; None unless measured."""
    if inputs.thresholds is None:
        return None
    told, found = inputs.published["report"], inputs.thresholds["figures"]
    return Table(
        ["the report takes for", "similarity", "pairs of different pictures here"],
        [
            ["similar", f"at least {told['similar_from']:.2f}", percent(found["at_least_090"])],
            ["divergent", f"{told['divergent_from']:.2f}–{told['divergent_to']:.2f}",
             percent(found["in_050_060"])],
        ],
    )  # fmt: skip


def thresholds_read(inputs: Inputs) -> str:
    """What the figures say of the thresholds; empty where they say nothing, or were not measured."""
    if inputs.thresholds is None:
        return ""
    told, found = inputs.published["report"], inputs.thresholds["figures"]
    said = (
        f"Here captions of two different pictures are {shown(found['other'])} alike in the mean, "
        f"a caption and the most alike of its own picture's others {shown(found['own'])}."
    )
    if found["own"] < told["similar_from"]:
        said += " So the report's threshold of the similar asks for more than a picture's own captions reach."
    if found["other"] < told["divergent_from"]:
        said += (
            " Its band of the divergent lies above the mean: such pictures are alike rather than divergent."
        )
    return f"{said} Without thresholds the service lists the least similar."


def sentences(inputs: Inputs) -> Table:
    """What the sentences are worth, beside published ones."""
    caption, other = inputs.artifacts["caption"], distilled(inputs)
    merge, attention = inputs.published["tanti_merge"], inputs.published["hard_attention"]
    rows = []
    for name, title in SENTENCES.items():
        ours = [shown(caption.figure(f"{arm}_{name}")) for arm in ("greedy", "beam3", "beam5", "other")]
        told = [shown(merge.get(name)), shown(attention.get(name))]
        rows.append([title, *ours, shown(other.get(f"beam3_{name}")), *told])
    heads = ["greedy", "beam 3", "beam 5", "another picture's", "distilled Xception, beam 3"]
    return Table(["figure", *heads, "Tanti's merge", "hard attention"], rows)


def retrieval(inputs: Inputs) -> Table:
    """The DRML artifact's figures beside an untrained network's, and each view's over the gallery."""
    metrics = inputs.artifacts["drml"].manifest.metrics
    prefix = "untrained_"
    untrained = {
        name.removeprefix(prefix): value for name, value in metrics.items() if name.startswith(prefix)
    }
    seen = {
        f"{VIEWS[view]}, queries of make quality": found
        for (view, method), found in lists_of(inputs).items()
        if method == "retrieval"
    }
    columns = {"artifact, every picture": metrics, "untrained": untrained} | seen
    rows = [[title, *(shown(found.get(name)) for found in columns.values())] for name, title in NEAR.items()]
    return Table(["figure", *columns], rows)


def distilled(inputs: Inputs) -> dict[str, Any]:
    """Figures of the kept run over the report's encoder, as far as it could be had; empty without it."""
    kept = inputs.others.get("distilled-xception")
    return dict(kept["measured"]["figures"]) if kept else {}


def _encoder(artifact: Artifact) -> str:
    return str(artifact.manifest.model.get("encoder", "artifact"))
