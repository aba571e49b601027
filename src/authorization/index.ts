export {
  type Authorization,
  type AuthorizationOptions,
  createAuthorization,
} from './authorization.js'
export type { BadCredential, Caller, Credential } from './caller.js'
export { type AccessRow, printAccessTable } from './reports/access-table.js'
export { collapseRefusals, hideSuggestion } from './run/collapse.js'
export type { DecisionEvent } from './engine.js'
export { createExecutors, type ExecutorOptions } from './run/execute.js'
export { type ExplainedField, type Explanation, printExplanation } from './reports/explain.js'
export { AuthorizationFaults, type Fault } from './faults.js'
export { compareLocks, type Lock, type LockChange, type LockComparison, printLock } from './reports/lock.js'
export type { Gate, Gates, Passes } from './guard/gates.js'
export { type MatrixCase, type MatrixOptions, type MatrixOutcome, outcomeOf } from './reports/matrix.js'
export type { Decision, Introspection, Mode, Plan, Refusal } from './plan/plan.js'
export type {
  Policy,
  PolicyAnswer,
  PolicyBatchInput,
  PolicyDependence,
  PolicyInput,
  PolicyParent,
} from './policies.js'
export type { Refusing } from './plan/planning.js'
export type { Failure } from './run/policy-call.js'
export { createScopeRegistry, type ScopeDefinition, type ScopeRegistry } from './scopes.js'
export type { Verdict } from './verdict.js'
export type { Warning } from './compile/warnings.js'
