"""Reading and preparing a conn.log with pandas and scikit-learn, as the project that strayflow carries on did.

Written fresh, and kindly: what a practised pandas user would vectorise is vectorised, so that what is measured is the
libraries and not a slow loop. The same 11 numbers and one-hot columns as strayflow's preset `seed`, whose documentation
says what is wrong with them; uid and history are hashed value by value.

As a program, measures each step: `seed_stack.py LOG REPEATS` prints one JSON object.
"""

import gzip
import ipaddress
import json
import resource
import sys
import time

import numpy as np
import pandas as pd
from sklearn.model_selection import train_test_split
from sklearn.preprocessing import StandardScaler

COUNTS = ["orig_bytes", "resp_bytes", "missed_bytes", "orig_pkts", "orig_ip_bytes", "resp_pkts", "resp_ip_bytes"]
ONE_HOT = ["proto", "service", "conn_state", "local_orig", "local_resp"]
TEST_SHARE = 0.2
VALIDATION_SHARE = 0.125
HASH_RANGE = 100_000


def read(path):
    """The log as a data frame, columns named by its own header."""
    with gzip.open(path, "rt") as file:
        for line in file:
            if line.startswith("#fields"):
                names = line.rstrip("\n").split("\t")[1:]
                break
    # Only columns that must be text are told: pandas finds out the others faster than it converts them later.
    text = {name: str for name in ["uid", "history", *ONE_HOT] if name in names}
    return pd.read_csv(
        path, sep="\t", comment="#", header=None, names=names, na_values=["-", "(empty)"], dtype=text, compression="gzip"
    )


def preprocess(log):
    """The feature matrix as a data frame: 11 numbers, then one-hot columns without the first category of each."""
    counts = log[COUNTS].apply(pd.to_numeric, errors="coerce")
    received = counts["resp_bytes"].replace(0, 1)
    with np.errstate(divide="ignore", invalid="ignore"):
        per_sent = received / counts["orig_pkts"]
        per_received = received / counts["resp_pkts"]
    numbers = pd.DataFrame(
        {
            "uid": hashed(log["uid"]),
            "src_ip": address_numbers(log["id.orig_h"]),
            "src_p": log["id.orig_p"],
            "dst_ip": address_numbers(log["id.resp_h"]),
            "dst_p": log["id.resp_p"],
            "duration": pd.to_numeric(log["duration"], errors="coerce"),
            "src_bytes": counts["orig_bytes"],
            "history": hashed(log["history"]),
            "ip_proto": log["ip_proto"] if "ip_proto" in log else 0,
            "dst_bytes_per_orig_pkt": per_sent,
            "dst_bytes_per_resp_pkt": per_received,
        }
    )
    numbers = numbers.replace([np.inf, -np.inf], 0).fillna(0)
    categories = pd.get_dummies(log[ONE_HOT].fillna("-"), drop_first=True)
    return pd.concat([numbers, categories], axis=1)


def hashed(texts):
    codes, values = pd.factorize(texts)
    hashes = pd.util.hash_array(np.asarray(values, dtype=object)) % HASH_RANGE
    # A value that is not there has the code -1.
    return np.append(hashes, 0)[codes]


def address_numbers(addresses):
    codes, values = pd.factorize(addresses)
    return np.array([address_number(value) for value in values], dtype=np.float64)[codes]


def address_number(text):
    address = ipaddress.ip_address(text)
    return int(address) % (65535 if address.version == 4 else 4294967295)


def split(matrix):
    """Train, validation and test parts at random, scaled by the training part."""
    train, test = train_test_split(matrix, test_size=TEST_SHARE, random_state=1)
    train, validation = train_test_split(train, test_size=VALIDATION_SHARE / (1 - TEST_SHARE), random_state=1)
    scaler = StandardScaler().fit(train)
    return scaler, [scaler.transform(part).astype(np.float32) for part in (train, validation, test)]


class Stopwatch:
    """Seconds since the start or the last lap."""

    def __init__(self):
        self.last = time.perf_counter()

    def lap(self):
        now = time.perf_counter()
        seconds, self.last = now - self.last, now
        return seconds


def report(result):
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
    print(json.dumps({**result, "peak_rss_bytes": peak}))


def main(path, repeats):
    result = {"read": [], "preprocess": [], "scale": []}
    # The first pass warms up.
    for index in range(-1, repeats):
        watch = Stopwatch()
        log = read(path)
        reading = watch.lap()
        matrix = preprocess(log)
        preparing = watch.lap()
        StandardScaler().fit_transform(matrix)
        scaling = watch.lap()
        if index >= 0:
            result["read"].append(reading)
            result["preprocess"].append(preparing)
            result["scale"].append(scaling)
    report({**result, "rows": len(matrix), "width": matrix.shape[1]})


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]))
