"""Which number of a sequence comes again? Training until it is good enough, batches by hand, a second model."""

import numpy as np
from keras.callbacks import Callback
from keras.layers import LSTM, Dense, SimpleRNN
from keras.models import Sequential
from keras.optimizers import Adam
from keras.utils import to_categorical

length, n_features, n_batch = 4, 5, 6
sequences = np.random.default_rng(2).integers(0, n_features, (24, length))
X, y = to_categorical(sequences, num_classes=n_features), to_categorical(sequences[:, 1], num_classes=n_features)


class StopAtLoss(Callback):
    def __init__(self, limit):
        super().__init__()
        self.limit, self.losses = limit, []

    def on_train_batch_end(self, batch, logs=None):
        self.losses.append(logs["loss"])

    def on_epoch_end(self, epoch, logs=None):
        if logs.get("loss") < self.limit:
            print("epoch", epoch, "is good enough")
            self.model.stop_training = True


def build(frozen):
    model = Sequential()
    model.add(SimpleRNN(6, "relu", return_sequences=True, input_shape=(length, n_features), trainable=not frozen))
    model.add(LSTM(6, recurrent_activation="hard_sigmoid", unit_forget_bias=False))
    model.add(Dense(n_features, activation="softmax", name="answer"))
    model.compile(Adam(0.02), "categorical_crossentropy", metrics=["accuracy"])
    return model


model, stop = build(frozen=False), StopAtLoss(1.55)
model.fit(X, y, batch_size=n_batch, epochs=8, callbacks=[stop], verbose=0)
print([round(float(loss), 4) for loss in stop.losses])
print(model.count_params(), [weights.shape for weights in model.get_layer("answer").get_weights()])

# the same weights in a new model, whose first layer stays as it is
new_model = build(frozen=True)
new_model.set_weights(model.get_weights())
for i in range(0, len(X), n_batch):
    loss, accuracy = new_model.train_on_batch(X[i : i + n_batch], y[i : i + n_batch])
    print(f"{loss:.4f} {accuracy:.4f}")
print(all(np.array_equal(a, b) for a, b in zip(model.get_weights()[:3], new_model.get_weights()[:3], strict=True)))
for i in range(2):
    yhat = new_model.predict(X[i : i + 1], batch_size=1, verbose=0)
    print(">Expected", sequences[i, 1], "got", int(np.argmax(yhat)))
