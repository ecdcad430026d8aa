"""The file names inside an artifact of kind `caption`."""

# The encoder's weights under the names of `keras_weights`, matrices in float16.
ENCODER = "encoder.safetensors"
# The decoder's arrays in float32, under the names of its `decoder_*` module's docstring.
DECODER = "decoder.safetensors"
# {"words": [...]}: `vocabulary.Vocabulary`.
VOCABULARY = "vocabulary.json"
# What `text_space.TextSpace` needs: its numbers, and its terms with its settings.
TEXT_SPACE_ARRAYS = "text_space.safetensors"
TEXT_SPACE_TERMS = "text_space.json"
# Optional. {"sentences": [...]}: cleaned training captions, the sample of `correction`.
REFERENCE = "reference.json"
# The name of the input of an encoder's graph.
GRAPH_INPUT = "pictures"
