"""Sums as text, "3+25 " to "28": an encoder repeats what it read, a decoder writes it digit by digit."""

import numpy as np
from keras import layers, models


class CharacterTable:
    """Encodes characters to one-hot rows, and decodes rows to characters."""

    def __init__(self, chars):
        self.chars = sorted(set(chars))
        self.char_indices = {c: i for i, c in enumerate(self.chars)}
        self.indices_char = dict(enumerate(self.chars))

    def encode(self, C, num_rows):
        x = np.zeros((num_rows, len(self.chars)))
        for i, c in enumerate(C):
            x[i, self.char_indices[c]] = 1
        return x

    def decode(self, x, calc_argmax=True):
        if calc_argmax:
            x = x.argmax(axis=-1)
        return "".join(self.indices_char[i] for i in x)


DIGITS, MAXLEN = 2, 5
ctable = CharacterTable("0123456789+ ")
rng = np.random.default_rng(0)
questions, expected = [], []
for a, b in rng.integers(0, 10**DIGITS, (30, 2)):
    questions.append(f"{a}+{b}".ljust(MAXLEN)[::-1])
    expected.append(str(a + b).ljust(DIGITS + 1))
x = np.stack([ctable.encode(question, MAXLEN) for question in questions])
y = np.stack([ctable.encode(answer, DIGITS + 1) for answer in expected])
x_train, x_val, y_train, y_val = x[:24], x[24:], y[:24], y[24:]

model = models.Sequential()
model.add(layers.LSTM(6, input_shape=(MAXLEN, len(ctable.chars))))
model.add(layers.RepeatVector(DIGITS + 1))
for _ in range(1):
    model.add(layers.LSTM(5, return_sequences=True))
model.add(layers.TimeDistributed(layers.Dense(len(ctable.chars), activation="softmax")))
model.compile(loss="categorical_crossentropy", optimizer="adam", metrics=["accuracy"])

for iteration in range(1, 3):
    model.fit(x_train, y_train, 8, 1, validation_data=(x_val, y_val), verbose=0)
    for i in range(2):
        preds = np.argmax(model.predict(x_val[np.array([i])], verbose=0), axis=-1)
        question = ctable.decode(x_val[i])[::-1]
        print(iteration, "Q", question, "T", ctable.decode(y_val[i]), repr(ctable.decode(preds[0], calc_argmax=False)))
