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

# the same layers for inference: one model gives the states, the other goes on from states, character by character
encoder_model = Model(encoder_inputs, encoder_states)

decoder_state_input_h = Input(shape=(latent_dim,))
decoder_state_input_c = Input(shape=(latent_dim,))
decoder_states_inputs = [decoder_state_input_h, decoder_state_input_c]
decoder_outputs, state_h, state_c = decoder_lstm(decoder_inputs, initial_state=decoder_states_inputs)
decoder_states = [state_h, state_c]
decoder_outputs = decoder_dense(decoder_outputs)
decoder_model = Model([decoder_inputs] + decoder_states_inputs, [decoder_outputs] + decoder_states)


def decode_sequence(input_seq):
    states_value = encoder_model.predict(input_seq, verbose=0)
    target_seq = np.zeros((1, 1, num_tokens))
    target_seq[0, 0, index["\t"]] = 1.0
    decoded_sentence = ""
    while True:
        output_tokens, h, c = decoder_model.predict([target_seq] + states_value, verbose=0)
        sampled_token_index = np.argmax(output_tokens[0, -1, :])
        sampled_char = characters[sampled_token_index]
        decoded_sentence += sampled_char
        if sampled_char == "\n" or len(decoded_sentence) >= decoder_length:
            return decoded_sentence
        target_seq = np.zeros((1, 1, num_tokens))
        target_seq[0, 0, sampled_token_index] = 1.0
        states_value = [h, c]


for seq_index in range(2):
    answer = decode_sequence(encoder_input_data[seq_index : seq_index + 1])
    print(input_texts[seq_index], repr(answer))

# training goes on, and the models for inference go along
model.fit([encoder_input_data, decoder_input_data], decoder_target_data, batch_size=8, epochs=1, verbose=0)
print(repr(decode_sequence(encoder_input_data[:1])))
