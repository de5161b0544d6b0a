"""Sums as text again: the decoder starts from the states of the encoder, and reads the answer so far."""

import numpy as np
from keras.layers import LSTM, Dense, Input
from keras.models import Model

characters = "\t\n+0123456789"
index = {c: i for i, c in enumerate(characters)}
rng = np.random.default_rng(3)
pairs = rng.integers(0, 60, (24, 2))
input_texts = [f"{a:02d}+{b:02d}" for a, b in pairs]
target_texts = [f"\t{a + b:03d}\n" for a, b in pairs]

num_tokens, encoder_length, decoder_length = len(characters), 5, 4
encoder_input_data = np.zeros((24, encoder_length, num_tokens), dtype="float32")
decoder_input_data = np.zeros((24, decoder_length, num_tokens), dtype="float32")
decoder_target_data = np.zeros((24, decoder_length, num_tokens), dtype="float32")
for i, (input_text, target_text) in enumerate(zip(input_texts, target_texts, strict=True)):
    for t, char in enumerate(input_text):
        encoder_input_data[i, t, index[char]] = 1.0
    for t, char in enumerate(target_text):
        if t < decoder_length:
            decoder_input_data[i, t, index[char]] = 1.0
        if t > 0:  # the target is one step ahead
            decoder_target_data[i, t - 1, index[char]] = 1.0

latent_dim = 6
encoder_inputs = Input(shape=(None, num_tokens))
encoder = LSTM(latent_dim, return_state=True)
encoder_outputs, state_h, state_c = encoder(encoder_inputs)
encoder_states = [state_h, state_c]  # we discard the outputs of the encoder and only keep its states

decoder_inputs = Input(shape=(None, num_tokens))
decoder_lstm = LSTM(latent_dim, return_sequences=True, return_state=True)
decoder_outputs, _, _ = decoder_lstm(decoder_inputs, initial_state=encoder_states)
decoder_dense = Dense(num_tokens, activation="softmax")
decoder_outputs = decoder_dense(decoder_outputs)

model = Model([encoder_inputs, decoder_inputs], decoder_outputs)
model.compile(optimizer="rmsprop", loss="categorical_crossentropy", metrics=["accuracy"])
model.fit(
    [encoder_input_data, decoder_input_data],
    decoder_target_data,
    batch_size=8,
    epochs=2,
    validation_split=0.25,
    verbose=0,
)

# the answer of the net, character by character
for seq_index in range(2):
    question = encoder_input_data[seq_index : seq_index + 1]
    answer = np.zeros((1, decoder_length, num_tokens))
    decoded_sentence = "\t"
    for t in range(decoder_length):
        answer[0, t, index[decoded_sentence[-1]]] = 1.0
        output_tokens = model.predict([question, answer], verbose=0)
        decoded_sentence += characters[int(np.argmax(output_tokens[0, t, :]))]
    print(input_texts[seq_index], repr(decoded_sentence))
