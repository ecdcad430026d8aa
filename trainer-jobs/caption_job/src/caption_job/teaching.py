"""One network being taught: its loss, its optimiser, its figures on whole sets of captions."""

from collections.abc import Iterable
from typing import Any

import keras
import numpy as np
from keras import ops
from numpy.typing import NDArray

from caption_job.sentences import Batch, Sentences
from caption_service.vocabulary import START

MEASURED_BATCH = 256


class CrossEntropy(keras.losses.Loss):  # type: ignore[misc]  # Keras's classes are Any to mypy
    """−Σ over the words of log p(target), label smoothing as in Szegedy et al. 2016, section 7.

    The sum, for weights that add up to what one wants the mean over; padding and unknown words weigh 0.
    """

    def __init__(self, label_smoothing: float) -> None:
        super().__init__(reduction="sum", name="cross_entropy")
        self._label_smoothing = label_smoothing

    def call(self, y_true: Any, y_pred: Any) -> Any:
        sharp = ops.sparse_categorical_crossentropy(y_true, y_pred, from_logits=True)
        if not self._label_smoothing:
            return sharp
        even = -ops.mean(ops.log_softmax(y_pred, axis=-1), axis=-1)
        return (1 - self._label_smoothing) * sharp + self._label_smoothing * even


class Teaching:
    """A network with an optimiser (Adam, gradients cut to a norm) and three compiled forms of itself."""

    def __init__(self, network: keras.Model, label_smoothing: float, gradient_norm: float) -> None:
        self.network = network
        # Without XLA: it would compile anew for every length of caption.
        network.compile(
            keras.optimizers.Adam(global_clipnorm=gradient_norm),
            CrossEntropy(label_smoothing),
            jit_compile=False,
        )
        # Without smoothing: where a weight is below 0, as a poor sentence's is, smoothing would turn round
        # and push every distribution to a single word.
        self._rewarded = keras.Model(network.inputs, network.outputs)
        self._rewarded.compile(network.optimizer, CrossEntropy(0.0), jit_compile=False)
        # The same layers, measured without dropout; a step of training then computes no figures.
        self._measured = keras.Model(network.inputs, network.outputs)
        self._measured.compile(
            loss=CrossEntropy(0.0),
            weighted_metrics=[
                keras.metrics.SparseCategoricalCrossentropy(from_logits=True, name="loss_by_word"),
                keras.metrics.SparseCategoricalAccuracy(name="accuracy"),
            ],
            jit_compile=False,
        )

    def step(
        self,
        features: NDArray[np.floating[Any]],
        batch: Batch,
        rate: float,
        weights: NDArray[np.float32] | None = None,
    ) -> None:
        """One step on features (B, ...) of the batch's pictures. With `weights` (B, T), of either sign, on
        the sum of the words' losses without smoothing; else on the mean over the known words."""
        taught = self.network if weights is None else self._rewarded
        if weights is None:
            weights = batch.counts / np.float32(max(1.0, float(batch.counts.sum())))
        self.network.optimizer.learning_rate = rate
        taught.train_on_batch([features, batch.inputs], batch.targets, sample_weight=weights)

    def drop_nothing(self) -> None:
        """From now on steps with weights of their own see the whole network."""
        for layer in self.network.layers:
            if isinstance(layer, keras.layers.Dropout):
                layer.rate = 0.0
        self._rewarded.make_train_function(force=True)

    def guesses(self, features: NDArray[np.floating[Any]], batch: Batch) -> NDArray[np.int32]:
        """The likeliest word (B, T) at each place, given the true words before it."""
        logits = self._measured.predict_on_batch([features, batch.inputs])
        likeliest: NDArray[np.int32] = np.asarray(logits).argmax(axis=-1).astype(np.int32)
        return likeliest

    def figures(self, features: NDArray[np.floating[Any]], sentences: Sentences) -> tuple[float, float]:
        """(loss, token accuracy) over all captions, without dropout.

        The loss is the mean over the words that the vocabulary knows; the accuracy counts every word, the
        unknown ones as wrong.
        """
        loss = right = known = 0.0
        for batch in sentences.in_order(MEASURED_BATCH):
            # Keras may or may not begin its metrics anew with every call: each batch is summed up here.
            self._measured.reset_metrics()
            found = self._measured.test_on_batch(
                [features_of(features, batch), batch.inputs],
                batch.targets,
                sample_weight=batch.counts,
                return_dict=True,
            )
            words = float(batch.counts.sum())
            loss += float(found["loss_by_word"]) * words
            right += float(found["accuracy"]) * words
            known += words
        return loss / known, right / known * sentences.known_share


def features_of(features: NDArray[np.floating[Any]], batch: Batch) -> NDArray[np.float32]:
    """The rows of a (mapped) array that a batch's pictures need, as float32."""
    return np.asarray(features[batch.pictures], np.float32)


def with_guesses(batch: Batch, guesses: NDArray[np.int32], share: float, seed: Iterable[int]) -> Batch:
    """The batch with that share of its input words replaced by what the network said in their place.

    Scheduled sampling (Bengio et al. 2015) in two passes, as Mihaylova & Martins 2019 do it for parallel
    decoders: all guesses come from the true prefix. The start token stays.
    """
    random = np.random.default_rng(tuple(seed))
    said = np.concatenate([np.full((len(guesses), 1), START, np.int32), guesses[:, :-1]], axis=1)
    replaced = random.random(said.shape) < share
    replaced[:, 0] = False
    return Batch(batch.pictures, np.where(replaced, said, batch.inputs), batch.targets, batch.counts)
