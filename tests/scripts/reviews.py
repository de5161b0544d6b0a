"""Reviews, good or bad: words as numbers, padded, masked, read in both directions."""

import numpy as np
from keras import layers
from keras.callbacks import EarlyStopping
from keras.models import Sequential
from keras.utils import pad_sequences

max_features, maxlen = 40, 8
rng = np.random.default_rng(1)

# words below 20 are good ones; a review is good if it has more of them than of the others
reviews = [rng.integers(1, max_features, rng.integers(3, 12)).tolist() for _ in range(48)]
labels = np.array([int(np.mean(np.array(review[-maxlen:]) < 20) > 0.5) for review in reviews])

x_train = pad_sequences(reviews[:40], maxlen=maxlen)
x_test = pad_sequences(reviews[40:], maxlen=maxlen)
y_train, y_test = labels[:40], labels[40:]
print("x_train shape:", x_train.shape)

model = Sequential()
model.add(layers.Embedding(max_features, 6, mask_zero=True))
model.add(layers.Bidirectional(layers.LSTM(4)))
model.add(layers.Dense(1, activation="sigmoid"))
model.compile("adam", "binary_crossentropy", metrics=["accuracy"])

history = model.fit(
    x_train,
    y_train,
    batch_size=16,
    epochs=6,
    validation_split=0.2,
    class_weight={0: 1.0, 1: len(labels) / labels.sum() - 1},
    callbacks=[EarlyStopping(monitor="val_loss", patience=1, min_delta=0.01, restore_best_weights=True)],
    verbose=0,
)
print("epochs:", len(history.history["loss"]), history.epoch)

loss, acc = model.evaluate(x_test, y_test, batch_size=4, verbose=0)
print(f"Test loss: {loss:.4f}, accuracy: {acc:.4f}")
print((model.predict(x_test, verbose=0) > 0.5).astype("int32").ravel())
