"""The model card: Markdown from the manifest and the run's own records, nothing typed."""

from collections.abc import Mapping, Sequence
from typing import Any

from caption_job.figure_table import table
from diversity_contracts.manifest import Manifest

_TEMPLATE = """# {version}

A captioner: {encoder} features of {size} px pictures, a {decoder} decoder that writes an English sentence,
and the text space ({text_space}) in which sentences are compared.

- **Trained on**: {train:,} pictures with {captions:,} captions (fingerprint `{fingerprint}`); best of its
  epochs by {val:,} validation pictures, figures on {test:,} test pictures, by which neither weights nor epoch
  were chosen. (The job's default text space was first chosen on human captions of 500 of Flickr8k's test
  pictures; 500 validation pictures choose the same.)
  {words:,} words, cleaning `{cleaning}`. The pictures were stored as squares of {stored_size} px.
- **Encoder's weights**: {story}
- **Use**: describing ordinary photographs for research and demonstration. It knows the scenes of its training
  pictures, mostly people and dogs outdoors; it names what is not there, counts badly, and repeats the guesses
  of its annotators about people's sex and age. The terms of the training pictures apply (Flickr8k: research,
  not commercial). It is no basis for decisions about people.
- **Input**: {size} px squares (`{resize}`), mean {mean}, deviation {std}.
- **Network**: {model}. The encoder's weights in float16; worst cosine distance to float32: {drift:.2g}.
- **Code**: `{revision}`, {created}.

## Figures

Raw references in lower case with everything but letters and spaces deleted, all of a picture's captions;
beams compare sums divided by steps^{length_penalty}. Baseline: every picture with the greedy sentence of
another one. Losses are means over the words that the vocabulary knows, accuracies count the others as wrong.
The report states 33 % token accuracy and a loss of 3.64; its loss counts other words than this one, which
leaves out {unknown_share:.1%} of the test split's, so the two are not one measure. Published on the same
split: merge model (Tanti et al. 2018) BLEU-4 0.178 and CIDEr 0.47, hard attention (Xu et al. 2015) BLEU-4
0.213.

{figures}

The served decoder, its state carried from word to word, and the trained Keras network over the whole prefix:
{prefix_disagreements:.0f} of {prefix_pictures:.0f} greedy sentences differ in any word.

## Training

{knobs}

Best epoch: {best_epoch}.

![loss and token accuracy by epoch](curves.png)

Figures of every epoch are in `metrics.json`.

## {count} test pictures

Drawn by the seed, good and bad alike.

![the pictures](samples.jpg)

| picture | generated | one human caption |
|---|---|---|
{samples}

## Most and least similar by sentence

![queries with their sentence, what is most and least similar](panels.jpg)
"""


def render(
    manifest: Manifest,
    data: Mapping[str, Any],
    state: Mapping[str, Any],
    samples: Sequence[Mapping[str, Any]],
) -> str:
    """`data` is `publish.facts`, `state` is the run's, `samples` are pictures with sentences.

    KeyError where a figure is missing: a card with holes is not published.
    """
    rule, figures = manifest.preprocessing, manifest.metrics
    return _TEMPLATE.format(
        **data,
        version=manifest.version,
        encoder=manifest.model["encoder"],
        decoder=manifest.model["decoder"],
        text_space=manifest.model["text_space"],
        fingerprint=manifest.data_fingerprint[:16],
        story=describe_encoder(state["encoder"]),
        size=rule.size,
        resize=rule.resize,
        mean=[round(value, 4) for value in rule.mean],
        std=[round(value, 4) for value in rule.std],
        model=", ".join(f"{name} {value}" for name, value in manifest.model.items()),
        drift=manifest.drift["float16"],
        revision=manifest.code_revision,
        created=f"{manifest.created:%Y-%m-%d %H:%M} UTC",
        length_penalty=figures["length_penalty"],
        figures=table(figures),
        prefix_disagreements=figures["prefix_disagreements"],
        prefix_pictures=figures["prefix_pictures"],
        knobs="\n".join(
            ["| knob | value |", "|---|---|", *[f"| {k} | {_shown(v)} |" for k, v in state["knobs"].items()]]
        ),
        best_epoch=state["best_epoch"] + 1,
        count=len(samples),
        samples="\n".join(
            f"| {_cell(entry['picture'])} | {_cell(entry['generated'])} | {_cell(entry['human'])} |"
            for entry in samples
        ),
    )


def describe_encoder(history: Mapping[str, Any]) -> str:
    """One sentence or two on how the encoder's weights were made, and whether they have seen ImageNet."""
    kind = history["kind"]
    seen = " **They have seen ImageNet.**" if history.get("seen_imagenet") else ""
    if kind == "random":
        return "none (random)."
    if kind == "imagenet":
        return f"ImageNet classification ({history['source']}).{seen}"
    if kind == "distilled":
        teacher = describe_encoder(history["teacher"])
        taught = (
            f"distilled from the features of {history['teacher_encoder']} on {history['pictures']:,} pictures"
        )
        also = " **Its teacher has seen ImageNet.**" if history["teacher"].get("seen_imagenet") else ""
        return f"{taught}; the teacher's: {teacher}{also}"
    return f"{kind} {history.get('version', history.get('source', ''))}.{seen}"


def _cell(text: str) -> str:
    return text.replace("|", "\\|")


def _shown(value: Any) -> Any:
    """A path of the machine that trained says nothing to others: its last part does."""
    return value.rsplit("/", 1)[-1] if isinstance(value, str) else value
