"""Passengers of an airline by month: an LSTM says the next month from the last three."""

import math

import numpy as np
from keras.layers import LSTM, Dense
from keras.models import Sequential


def create_dataset(dataset, look_back=1):
    dataX, dataY = [], []
    for i in range(len(dataset) - look_back - 1):
        dataX.append(dataset[i : (i + look_back), 0])
        dataY.append(dataset[i + look_back, 0])
    return np.array(dataX), np.array(dataY)


# a series that grows, with a summer in every year
months = np.arange(60)
passengers = (110 + 2.5 * months) * (1 + 0.2 * np.sin(2 * np.pi * months / 12))
dataset = passengers.reshape(-1, 1)

# normalize the dataset
low, high = dataset.min(), dataset.max()
dataset = (dataset - low) / (high - low)

# split into train and test sets
train_size = int(len(dataset) * 0.67)
train, test = dataset[0:train_size, :], dataset[train_size : len(dataset), :]
look_back = 3
trainX, trainY = create_dataset(train, look_back)
testX, testY = create_dataset(test, look_back)

# reshape input to be [samples, time steps, features]
trainX = np.reshape(trainX, (trainX.shape[0], trainX.shape[1], 1))
testX = np.reshape(testX, (testX.shape[0], testX.shape[1], 1))

# create and fit the LSTM network
model = Sequential()
model.add(LSTM(4, input_shape=(look_back, 1)))
model.add(Dense(1))
model.compile(loss="mean_squared_error", optimizer="adam")
model.fit(trainX, trainY, epochs=3, batch_size=4, verbose=0)

# make predictions, and invert them
trainPredict = model.predict(trainX, verbose=0) * (high - low) + low
testPredict = model.predict(testX, verbose=0) * (high - low) + low
trainScore = math.sqrt(np.mean((trainY * (high - low) + low - trainPredict[:, 0]) ** 2))
testScore = math.sqrt(np.mean((testY * (high - low) + low - testPredict[:, 0]) ** 2))
print(f"Train Score: {trainScore:.2f} RMSE")
print(f"Test Score: {testScore:.2f} RMSE")
