"""A wave that is cut into windows: a stateful LSTM remembers from batch to batch."""

import numpy as np
from keras import Input, Sequential
from keras.layers import LSTM, Dense

batch_size, steps = 1, 5
wave = np.cos(np.arange(46) / 3) + 0.1 * np.cos(np.arange(46))

x = np.array([wave[i : i + steps] for i in range(0, 40, steps)])[..., np.newaxis]
y = np.array([wave[i + steps] for i in range(0, 40, steps)])[..., np.newaxis]
trainX, trainY, testX, testY = x[:6], y[:6], x[6:], y[6:]

model = Sequential(
    [
        Input(batch_shape=(batch_size, steps, 1)),
        LSTM(4, stateful=True, return_sequences=True),
        LSTM(3, stateful=True),
        Dense(1),
    ]
)
model.compile(loss="mse", optimizer="rmsprop")

for _ in range(3):
    model.fit(trainX, trainY, epochs=1, batch_size=batch_size, verbose=0, shuffle=False)
    for layer in model.layers[:2]:
        layer.reset_states()

# the test goes on from the end of the training series
model.predict(trainX, batch_size=batch_size, verbose=0)
predicted = model.predict(testX, batch_size=batch_size, verbose=0)
for expected, found in zip(testY[:, 0], predicted[:, 0], strict=True):
    print(f"Expected {expected:.3f}, predicted {found:.3f}")

# the same test by a model that forgot, and by one whose second layer did
for layer in model.layers[:2]:
    layer.reset_states()
model.predict(testX, batch_size=batch_size, verbose=0)
model.layers[1].reset_states()
model.predict(testX, batch_size=batch_size, verbose=0)
