"""The next character of a text, and new text with a temperature after every epoch."""

import numpy as np
from keras.callbacks import LambdaCallback
from keras.layers import LSTM, Dense
from keras.models import Sequential
from keras.optimizers import RMSprop

text = "the cat sat on the mat and the rat sat on the cat "
chars = sorted(set(text))
char_indices = {c: i for i, c in enumerate(chars)}
indices_char = dict(enumerate(chars))
print("total chars:", len(chars))

# cut the text in semi-redundant sequences of maxlen characters
maxlen, step = 8, 2
sentences, next_chars = [], []
for i in range(0, len(text) - maxlen, step):
    sentences.append(text[i : i + maxlen])
    next_chars.append(text[i + maxlen])

x = np.zeros((len(sentences), maxlen, len(chars)), dtype=bool)
y = np.zeros((len(sentences), len(chars)), dtype=bool)
for i, sentence in enumerate(sentences):
    for t, char in enumerate(sentence):
        x[i, t, char_indices[char]] = 1
    y[i, char_indices[next_chars[i]]] = 1

model = Sequential()
model.add(LSTM(8, input_shape=(maxlen, len(chars))))
model.add(Dense(len(chars), activation="softmax"))
model.compile(loss="categorical_crossentropy", optimizer=RMSprop(learning_rate=0.01))
draws = np.random.default_rng(0)


def sample(preds, temperature=1.0):
    preds = np.log(np.asarray(preds).astype("float64")) / temperature
    preds = np.exp(preds) / np.sum(np.exp(preds))
    return int(np.searchsorted(np.cumsum(preds), draws.random() * 0.999999))


def on_epoch_end(epoch, logs):
    for diversity in [0.5, 1.0]:
        sentence = generated = text[5 : 5 + maxlen]
        for _ in range(6):
            x_pred = np.zeros((1, maxlen, len(chars)))
            for t, char in enumerate(sentence):
                x_pred[0, t, char_indices[char]] = 1.0
            next_char = indices_char[sample(model.predict(x_pred, verbose=0)[0], diversity)]
            sentence = sentence[1:] + next_char
            generated += next_char
        print(f"epoch {epoch}, loss {logs['loss']:.3f}, diversity {diversity}: {generated!r}")


model.fit(x, y, batch_size=8, epochs=2, callbacks=[LambdaCallback(on_epoch_end=on_epoch_end)], verbose=0)
