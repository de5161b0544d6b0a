"""Temperature a while ahead, out of several series: a generator of batches, the best model kept in a file."""

import keras
import numpy as np
from keras import layers

rng = np.random.default_rng(5)
hours = np.arange(150)
temperature = np.sin(hours / 6) + 0.3 * np.sin(hours / 40)
raw_data = np.stack([temperature, np.cos(hours / 6) + 0.1 * rng.normal(size=150), rng.normal(size=150)], axis=-1)
mean, std = raw_data[:90].mean(axis=0), raw_data[:90].std(axis=0)
raw_data, temperature = (raw_data - mean) / std, (temperature - mean[0]) / std[0]
sequence_length, delay, batch_size = 6, 3, 10


class Windows(keras.utils.PyDataset):
    def __init__(self, start, stop, **kwargs):
        super().__init__(**kwargs)
        self.rows = np.arange(start, stop - sequence_length - delay)

    def __len__(self):
        return len(self.rows) // batch_size

    def __getitem__(self, idx):
        rows = self.rows[idx * batch_size : (idx + 1) * batch_size]
        samples = np.stack([raw_data[row : row + sequence_length] for row in rows])
        return samples, temperature[rows + sequence_length + delay - 1]


def generator(start, stop):
    batches = Windows(start, stop)
    while True:
        for number in range(len(batches)):
            yield batches[number]


inputs = keras.Input(shape=(sequence_length, raw_data.shape[-1]))
x = layers.GRU(5, reset_after=False, return_sequences=True)(inputs)
x = layers.GRU(4, go_backwards=True)(x)
outputs = layers.Dense(1)(x)
model = keras.Model(inputs, outputs)
model.compile(optimizer=keras.optimizers.Adam(learning_rate=0.01, clipnorm=1.0), loss="mse", metrics=["mae"])
callbacks = [keras.callbacks.ModelCheckpoint("weather.keras", save_best_only=True)]
model.fit(
    generator(0, 90),
    steps_per_epoch=4,
    epochs=3,
    validation_data=Windows(90, 120),
    callbacks=callbacks,
    verbose=0,
)

model = keras.models.load_model("weather.keras")
print(f"Test MAE: {model.evaluate(Windows(120, 150), verbose=0)[1]:.4f}")

# dropout in training does not touch what a trained model says
inputs = keras.Input(shape=(sequence_length, raw_data.shape[-1]))
x = layers.GRU(5, reset_after=False, dropout=0.1, recurrent_dropout=0.25, return_sequences=True)(inputs)
x = layers.GRU(4, go_backwards=True, recurrent_dropout=0.25)(x)
x = layers.Dropout(0.5)(x)
regularized = keras.Model(inputs, layers.Dense(1)(x))
regularized.set_weights(model.get_weights())
regularized.compile(optimizer="rmsprop", loss="mse", metrics=["mae"])
print(f"Test MAE: {regularized.evaluate(Windows(120, 150), verbose=0)[1]:.4f}")
