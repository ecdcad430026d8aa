"""The picture encoders as Keras models, rebuilt from code with weights that are not trained."""

import keras

from caption_service.encoder_arguments import EncoderArguments
from caption_service.lite_network import lite_map


def build_encoder(arguments: EncoderArguments) -> keras.Model:
    """Pictures (N, size, size, 3) float32, normalised as the arguments say, to features (N, feature_dim).

    The features are the mean over the map of `build_map_encoder`, whose weights it can take as they are.
    """
    inputs, mapped = _mapped(arguments)
    pooled = keras.layers.GlobalAveragePooling2D(name="pool")(mapped)
    return keras.Model(inputs, pooled, name=arguments.name)


def build_map_encoder(arguments: EncoderArguments) -> keras.Model:
    """(N, size, size, 3) to the map that `build_encoder` pools: (N, positions, feature_dim), row by row."""
    inputs, mapped = _mapped(arguments)
    places = keras.layers.Reshape((-1, arguments.feature_dim), name="places")(mapped)
    return keras.Model(inputs, places, name=arguments.name)


def _mapped(arguments: EncoderArguments) -> tuple[keras.KerasTensor, keras.KerasTensor]:
    """The input, and the map (N, height, width, feature_dim) before pooling."""
    inputs = keras.Input((arguments.size, arguments.size, 3), name="picture")
    if not arguments.keras_name:
        return inputs, lite_map(inputs, arguments.name)
    build = getattr(keras.applications, arguments.keras_name)
    published = keras.ops.flip(inputs, axis=-1) if arguments.reversed_channels else inputs
    trunk = build(include_top=False, weights=None, input_tensor=published)
    return inputs, trunk.output
