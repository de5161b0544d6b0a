"""A tag for every word of sentences that differ in length: masked steps, weights of steps, classes as numbers."""

import numpy as np
from keras import Sequential, layers
from keras.losses import SparseCategoricalCrossentropy
from keras.metrics import SparseCategoricalAccuracy
from keras.optimizers import Adam
from keras.utils import pad_sequences, to_categorical

n_tags, max_len = 3, 6
rng = np.random.default_rng(11)
sentences = [rng.normal(size=(rng.integers(2, max_len + 1), 2)) for _ in range(20)]
# the tag of a word: was it larger than the one before it, smaller, or the first one?
tags = [[0, *(1 + (np.diff(sentence[:, 0]) > 0)).tolist()] for sentence in sentences]

X = pad_sequences(sentences, maxlen=max_len, dtype="float64", padding="post", value=-1.0)
y = pad_sequences(tags, maxlen=max_len, padding="post", truncating="post")
sample_weight = np.where(y == 0, 0.5, 1.0)
print(X.shape, y.shape, to_categorical(y, n_tags).sum(axis=(0, 1)))

model = Sequential(
    [
        layers.Input((max_len, 2)),
        layers.Masking(mask_value=-1.0),
        layers.Bidirectional(layers.GRU(4, return_sequences=True), merge_mode="sum"),
        layers.TimeDistributed(layers.Dense(4, activation="relu")),
        layers.Dense(n_tags),
        layers.Activation("softmax"),
    ]
)
model.compile(
    optimizer=Adam(0.02),
    loss=SparseCategoricalCrossentropy(),
    weighted_metrics=[SparseCategoricalAccuracy(name="acc")],
)
history = model.fit(X[:16], y[:16], batch_size=4, epochs=3, sample_weight=sample_weight[:16], verbose=0)
print([f"{value:.4f}" for value in history.history["acc"]])

scores = model.evaluate(X[16:], y[16:], sample_weight=sample_weight[16:], verbose=0, return_dict=True)
print({name: round(float(value), 4) for name, value in sorted(scores.items())})
for sentence, found in zip(sentences[16:], model.predict(X[16:], verbose=0), strict=True):
    print(np.argmax(found[: len(sentence)], axis=-1))
