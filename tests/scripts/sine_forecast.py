"""A noisy sine, ten steps ahead: simple cells and GRUs, a learning rate that falls, predictions fed back."""

import keras
import numpy as np
from keras import layers

rng = np.random.default_rng(42)
time = np.linspace(0, 12, 70)
series = np.sin(time) + 0.05 * rng.normal(size=70)
n_steps = 10

X = np.stack([series[i : i + n_steps] for i in range(60)])[:, :, np.newaxis]
y = series[n_steps:].reshape(-1, 1)
X_train, y_train, X_valid, y_valid = X[:40], y[:40], X[40:], y[40:]

model = keras.models.Sequential(
    [
        layers.SimpleRNN(5, return_sequences=True, input_shape=[None, 1]),
        layers.GRU(4),
        layers.Dense(1),
    ],
    name="forecast",
)
optimizer = keras.optimizers.SGD(learning_rate=0.05, momentum=0.9, nesterov=True)
model.compile(loss=keras.losses.MeanSquaredError(), optimizer=optimizer, metrics=["mae"])
model.summary()


def schedule(epoch, lr):
    return lr if epoch < 2 else lr * 0.5


history = model.fit(
    X_train,
    y_train,
    epochs=4,
    validation_data=(X_valid, y_valid),
    callbacks=[
        keras.callbacks.LearningRateScheduler(schedule),
        keras.callbacks.ReduceLROnPlateau(monitor="val_mae", factor=0.2, patience=1, min_lr=1e-4),
    ],
    verbose=0,
)
print(sorted(history.history))
print(f"learning rate at the end: {float(model.optimizer.learning_rate):.6f}")
print("naive forecast:", round(float(np.mean((X_valid[:, -1] - y_valid) ** 2)), 4))
print("evaluation:", np.round(model.evaluate(X_valid, y_valid, verbose=0), 4))

# feed each prediction back in
window = X_valid[:1]
for _ in range(5):
    next_value = model.predict(window[:, -n_steps:], verbose=0)
    window = np.concatenate([window, next_value[:, np.newaxis, :]], axis=1)
print(np.round(window[0, -5:, 0], 3))
