export {
  type Authorization,
  type AuthorizationOptions,
  createAuthorization,
} from './authorization.js'
export type { BadCredential, Caller, Credential } from './caller.js'
export { type AccessRow, printAccessTable } from './access-table.js'
export { collapseRefusals, hideSuggestion } from './collapse.js'
export type { DecisionEvent } from './engine.js'
export { createExecutors, type ExecutorOptions } from './execute.js'
export { type ExplainedField, type Explanation, printExplanation } from './explain.js'
export { AuthorizationFaults, type Fault } from './faults.js'
export { compareLocks, type Lock, type LockChange, type LockComparison, printLock } from './lock.js'
export type { Gate, Gates, Passes } from './gates.js'
export { type MatrixCase, type MatrixOptions, type MatrixOutcome, outcomeOf } from './matrix.js'
export type { Decision, Introspection, Mode, Plan, Refusal } from './plan.js'
export type {
  Policy,
  PolicyAnswer,
  PolicyBatchInput,
  PolicyDependence,
  PolicyInput,
  PolicyParent,
} from './policies.js'
export type { Refusing } from './planning.js'
export type { Failure } from './policy-call.js'
export { createScopeRegistry, type ScopeDefinition, type ScopeRegistry } from './scopes.js'
export type { Verdict } from './verdict.js'
export type { Warning } from './warnings.js'
