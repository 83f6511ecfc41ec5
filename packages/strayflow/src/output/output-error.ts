export { outputError, systemCode } from "../base/output-error.ts";
