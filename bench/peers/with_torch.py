"""The stack with PyTorch: a plain training loop over shuffled slices of one tensor, its fastest ordinary form."""

import os
import sys
import time

import torch

import train_and_score

if "PEER_THREADS" in os.environ:
    torch.set_num_threads(int(os.environ["PEER_THREADS"]))


def build(width):
    torch.manual_seed(1)
    sizes = [width, *train_and_score.HIDDEN]
    layers = []
    for inputs, outputs in zip(sizes, sizes[1:]):
        layers += [torch.nn.Linear(inputs, outputs), torch.nn.ReLU()]
    return torch.nn.Sequential(*layers, torch.nn.Linear(sizes[-1], width))


def fit(model, train, validation, epochs):
    rows = torch.from_numpy(train)
    held = None if validation is None else torch.from_numpy(validation)
    optimizer = torch.optim.Adam(model.parameters(), lr=0.001)
    loss_of = torch.nn.MSELoss()
    seconds = []
    for _ in range(epochs):
        started = time.perf_counter()
        order = torch.randperm(len(rows))
        for start in range(0, len(rows), train_and_score.BATCH):
            batch = rows[order[start : start + train_and_score.BATCH]]
            optimizer.zero_grad(set_to_none=True)
            loss_of(model(batch), batch).backward()
            optimizer.step()
        if held is not None:
            with torch.no_grad():
                for part in held.split(train_and_score.SCORING_BATCH):
                    loss_of(model(part), part).item()
        seconds.append(time.perf_counter() - started)
    return seconds


def reconstruct(model, rows, batch):
    with torch.no_grad():
        return torch.cat([model(part) for part in torch.from_numpy(rows).split(batch)]).numpy()


def save(model, path):
    torch.save(model.state_dict(), path)


def load(path, width):
    model = build(width)
    model.load_state_dict(torch.load(path))
    return model


if __name__ == "__main__":
    train_and_score.run(sys.modules[__name__])
