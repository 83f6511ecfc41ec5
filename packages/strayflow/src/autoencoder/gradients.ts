import { assert } from "../base/errors.ts";
import type { Tensor } from "./graph.ts";
import { add } from "./operators.ts";
import { floating } from "./shape-operators.ts";

/**
 * Gradients of a scalar with respect to each of `targets`, as further nodes of the same graph: reverse accumulation over
 * everything built so far. Nodes that no target leads to are not differentiated. A result need not have the shape of its
 * target, but broadcasts to it.
 */
export function gradients(loss: Tensor, targets: readonly Tensor[]): readonly Tensor[] {
  const { graph } = loss;
  assert(loss.shape.length === 0, `a gradient is taken of a scalar, not of shape [${loss.shape.join(", ")}]`);
  const tape = graph.tape.slice();
  const reached = new Set(targets.map((tensor) => tensor.name));
  for (const entry of tape) {
    const leads = entry.inputs.some((input, i) => entry.gradients[i] && reached.has(input.name));
    if (leads) for (const output of entry.outputs) reached.add(output.name);
  }

  const found = new Map<string, Tensor>([[loss.name, graph.scalar(1, floating(loss))]]);
  for (const entry of tape.reverse()) {
    const incoming = entry.outputs.map((output) => found.get(output.name));
    if (incoming.every((gradient) => gradient === undefined)) continue;
    entry.inputs.forEach((input, i) => {
      const gradient = entry.gradients[i];
      if (!gradient || !reached.has(input.name)) return;
      const part = gradient(incoming);
      const sum = found.get(input.name);
      found.set(input.name, sum ? add(sum, part) : part);
    });
  }
  return targets.map((target) => {
    const gradient = found.get(target.name);
    assert(gradient !== undefined, `the loss does not depend on ${target.name}`);
    return gradient;
  });
}
