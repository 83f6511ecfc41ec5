import { ln } from "../../features/behavior/logarithm.ts";

/**
 * How surprising an amount is above its mean, in nats: by Cantelli's inequality, amounts of this mean and variance are as
 * high with a chance of at most e^-surprise, whatever their distribution. 0 where it is not above the mean.
 */
export function surprise(amount: number, mean: number, variance: number): number {
  const above = amount - mean;
  return above > 0 ? ln(1 + (above * above) / variance) : 0;
}

/**
 * Share with which a surprise counts when a stream has been watched for so many seconds: half after an hour. Who has seen
 * nothing cannot say what is unusual.
 */
export function experience(seconds: number): number {
  return seconds / (seconds + 3600);
}
