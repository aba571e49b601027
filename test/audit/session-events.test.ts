import { expect, test } from 'vitest'
import { loginFailureEvent, sessionAuditEvent } from '../../src/audit/session-events.js'
import { alice, bob } from './audit-world.js'

const about = { userId: alice, sessionId: 'a session', address: '192.0.2.7', requestId: 'request-1' }

test('a sign-in that was refused has no actor, since nobody was proven', () => {
  const event = { action: 'login.refused', userId: alice, address: null, requestId: null } as const
  expect(loginFailureEvent(event)).toEqual({
    action: 'login.refused',
    actorId: null,
    credentialId: null,
    subjectId: alice,
    result: 'refused',
    address: null,
    requestId: null,
    details: {},
  })
})

test('a session that starts says for which client', () => {
  const event = { ...about, action: 'session.started', clientId: 'web' } as const
  expect(sessionAuditEvent(event)).toEqual({
    action: 'session.started',
    actorId: alice,
    credentialId: null,
    subjectId: alice,
    result: 'success',
    address: '192.0.2.7',
    requestId: 'request-1',
    details: { sessionId: 'a session', clientId: 'web' },
  })
})

test('a session that is refused was asked for by its user, who has proven to be that one', () => {
  const event = { action: 'session.refused', userId: alice, address: null, requestId: 'request-1' } as const
  expect(sessionAuditEvent(event)).toEqual({
    action: 'session.refused',
    actorId: alice,
    credentialId: null,
    subjectId: alice,
    result: 'refused',
    address: null,
    requestId: 'request-1',
    details: {},
  })
})

test.each(['revoked', 'user_disabled'] as const)(
  'a session that ends by %s at the hands of an administrator says whose hands those were',
  (reason) => {
    const by = { actorId: bob, credentialId: 'a session of his' }
    const event = { ...about, ...by, action: 'session.ended', reason } as const
    expect(sessionAuditEvent(event)).toMatchObject({ ...by, subjectId: alice })
  },
)

test.each([
  ['logout', alice, 'a session'],
  ['revoked', alice, 'another session'],
  ['password_changed', alice, 'another session'],
  ['replayed', null, null],
  ['user_disabled', null, null],
] as const)('a session that ends by %s was ended by %s with %s', (reason, actorId, credentialId) => {
  const event = { ...about, action: 'session.ended', reason, credentialId } as const
  expect(sessionAuditEvent(event)).toMatchObject({
    action: 'session.ended',
    actorId,
    credentialId,
    subjectId: alice,
    details: { sessionId: 'a session', reason },
  })
})
