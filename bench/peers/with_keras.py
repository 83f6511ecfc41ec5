"""The stack with Keras, as its documentation says: a Sequential model, `fit`, `predict`."""

import os
import sys
import time

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

import keras

import train_and_score


def build(width):
    keras.utils.set_random_seed(1)
    layers = [keras.layers.Dense(size, activation="relu") for size in train_and_score.HIDDEN]
    model = keras.Sequential([keras.Input((width,)), *layers, keras.layers.Dense(width)])
    model.compile(optimizer="adam", loss="mse")
    return model


def fit(model, train, validation, epochs):
    clock = Clock()
    held = None if validation is None else (validation, validation)
    model.fit(
        train,
        train,
        epochs=epochs,
        batch_size=train_and_score.BATCH,
        shuffle=True,
        validation_data=held,
        callbacks=[clock],
        verbose=0,
    )
    return clock.seconds


class Clock(keras.callbacks.Callback):
    """Seconds of each epoch."""

    def __init__(self):
        super().__init__()
        self.seconds = []

    def on_epoch_begin(self, epoch, logs=None):
        self.started = time.perf_counter()

    def on_epoch_end(self, epoch, logs=None):
        self.seconds.append(time.perf_counter() - self.started)


def reconstruct(model, rows, batch):
    return model.predict(rows, batch_size=batch, verbose=0)


def save(model, path):
    model.save(path + ".keras")


def load(path, width):
    return keras.models.load_model(path + ".keras")


if __name__ == "__main__":
    train_and_score.run(sys.modules[__name__])
