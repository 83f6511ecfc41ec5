export { isActive, type Suppression, type SuppressionConditions } from "./suppression.ts";
export { suppressionConditionsSchema } from "./suppression-schema.ts";
export { matcherOf, Suppressor, type SuppressibleAlert } from "./suppressor.ts";
