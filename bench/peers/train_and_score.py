"""Training and scoring end to end, the same for every framework: from a log to a saved model, from a log and a model to a
file of flagged connections. `run(framework)` reads the command line:

    train LOG MODEL_DIR EPOCHS
    score LOG MODEL_DIR OUT.csv
    network MATRIX.npy REPEATS

and prints one JSON object. A framework has `build(width)`, `fit(model, train, validation, epochs)`, which
gives the seconds of each epoch, `reconstruct(model, rows, batch)`, `save(model, path)` and `load(path, width)`.
"""

import os
import sys
import time

import joblib
import numpy as np

import seed_stack
from seed_stack import Stopwatch, report

HIDDEN = [32, 16, 32]
BATCH = 512
SCORING_BATCH = 4096
FLAGGED_SHARE = 0.001


def run(framework):
    mode, *words = sys.argv[1:]
    if mode == "train":
        train(framework, words[0], words[1], int(words[2]))
    elif mode == "score":
        score(framework, *words)
    elif mode == "network":
        network(framework, words[0], int(words[1]))
    else:
        sys.exit(f"expected train, score or network, found {mode}")


def train(framework, log, directory, epochs):
    seconds = {}
    watch = Stopwatch()
    frame = seed_stack.read(log)
    seconds["read"] = watch.lap()
    matrix = seed_stack.preprocess(frame)
    del frame
    columns = list(matrix.columns)
    scaler, (train_part, validation, test) = seed_stack.split(matrix)
    del matrix
    seconds["features"] = watch.lap()
    model = framework.build(len(columns))
    framework.fit(model, train_part, validation, epochs)
    seconds["fit"] = watch.lap()
    losses = [float(errors(framework, model, part).mean()) for part in (train_part, validation)]
    test_errors = errors(framework, model, test)
    threshold = float(np.quantile(test_errors, 1 - FLAGGED_SHARE))
    framework.save(model, os.path.join(directory, "network"))
    joblib.dump((scaler, columns, threshold), os.path.join(directory, "scaler"))
    seconds["calibrate"] = watch.lap()
    report({"seconds": seconds, "features": len(columns), "losses": [*losses, float(test_errors.mean())]})


def score(framework, log, directory, out):
    scaler, columns, threshold = joblib.load(os.path.join(directory, "scaler"))
    model = framework.load(os.path.join(directory, "network"), len(columns))
    frame = seed_stack.read(log)
    matrix = seed_stack.preprocess(frame).reindex(columns=columns, fill_value=0)
    rows = scaler.transform(matrix).astype(np.float32)
    del matrix
    found = errors(framework, model, rows)
    flagged = found > threshold
    frame[flagged].assign(score=found[flagged]).to_csv(out, index=False)
    report({"rows": len(rows), "flagged": int(flagged.sum())})


def network(framework, path, repeats):
    rows = np.load(path)
    rows = (rows - rows.mean(axis=0)) / rows.std(axis=0)
    model = framework.build(rows.shape[1])
    # The first epoch and the first scoring warm up.
    epochs = framework.fit(model, rows, None, repeats + 1)[1:]
    scoring = []
    for _ in range(repeats + 1):
        started = time.perf_counter()
        errors(framework, model, rows)
        scoring.append(time.perf_counter() - started)
    report({"epoch": epochs, "score": scoring[1:], "rows": rows.shape[0], "width": rows.shape[1]})


def errors(framework, model, rows):
    """Mean squared error of each row."""
    return np.mean((framework.reconstruct(model, rows, SCORING_BATCH) - rows) ** 2, axis=1)
