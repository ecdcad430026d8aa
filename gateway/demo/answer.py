"""One answer of the gateway as a table for the terminal."""

from typing import Any

Answer = dict[str, Any]  # a reply's JSON, shaped as the gateway's OpenAPI says
ID_WIDTH = 36
CAPTION_WIDTH = 34


def render(divergent: Answer, similar: Answer, query: str, caption: str | None) -> str:
    """The replies of `/divergent` and `/similar` to the picture `query`, as aligned text.

    Columns: rank, id, divergence or similarity (0..1), distance between the embeddings, similarity of the
    sentences (0..1), caption. Below the query stands the sentence that the caption view wrote for it.
    """
    lines = [f"query  {_fit(query, ID_WIDTH)}  {caption or ''}".rstrip()]
    if (sentence := divergent["query"]["caption"]) is not None:
        lines.append(f"seen   {_printable(sentence)}")
    lines.append("")
    lines += _table("most divergent", divergent, "divergence")
    lines += ["", *_table("most similar", similar, "similarity")]
    artifacts = ", ".join(view["artifact"] or "-" for view in divergent["views"].values())
    size, took_ms = divergent["catalogue_size"], divergent["took_ms"]
    lines += ["", f"out of {size} pictures, by {artifacts}, in {took_ms:.0f} ms"]
    if divergent["degraded"]:
        lines.append(f"without {', '.join(divergent['degraded'])}, which did not answer")
    return "\n".join(lines)


def _table(title: str, answer: Answer, number: str) -> list[str]:
    lines = [f"{title:<{ID_WIDTH + 5}}  {number:>10}  {'distance':>9}  {'wording':>8}  caption"]
    for result in answer["results"]:
        distance = _number(result["views"].get("drml"), "distance")
        wording = _number(result["views"].get("caption"), "similarity")
        caption = _printable(result.get("caption") or "")
        if len(caption) > CAPTION_WIDTH:
            caption = caption[: CAPTION_WIDTH - 1] + "…"
        line = f"{result['rank']:>3}  {_fit(result['image_id'], ID_WIDTH)}"
        lines.append(f"{line}  {result[number]:>10.3f}  {distance:>9}  {wording:>8}  {caption}".rstrip())
    return lines


def _number(view: dict[str, Any] | None, name: str) -> str:
    """A view's number; it is null where the view does not have the picture yet, or did not answer."""
    return "-" if view is None else f"{view[name]:.3f}"


def _fit(image_id: str, width: int) -> str:
    """`image_id` in `width` characters; of a long path the end tells more than the start."""
    text = _printable(image_id)
    return f"{text:<{width}}" if len(text) <= width else "…" + text[1 - width :]


def _printable(text: str) -> str:
    """`text` without what a terminal would obey."""
    return "".join(character if character.isprintable() else "?" for character in text)
