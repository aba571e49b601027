import { Client } from 'pg'
import { vi } from 'vitest'

/** Looks at all statements that this process sends, on whatever connection. */
export function watchStatements() {
  const spy = vi.spyOn(Client.prototype, 'query')
  return {
    /** Since the start, or since `forget`; `START TRANSACTION` is sent with the first of a transaction. */
    texts: (): string[] => spy.mock.calls.map(([statement]: unknown[]) => textOf(statement)),
    forget: () => void spy.mockClear(),
    stop: () => spy.mockRestore(),
  }
}

function textOf(statement: unknown): string {
  if (typeof statement === 'string') return statement
  const { text } = statement as { text: string }
  return text
}
