import type { Authenticator } from './authenticator.js'
import type { BadCredential, Caller } from './caller.js'

type Answer = Caller | BadCredential | null

const twoCredentials: BadCredential = Object.freeze({
  error: 'invalid_request',
  description: 'More than one credential was sent.',
})

/**
 * Asks each authenticator and takes the one answer there is. Two credentials in one request are refused, whether
 * good or bad (RFC 6750 2: clients MUST NOT use more than one method), since another reader of the same request
 * could take the other one. Synchronous when all answers are; the answer is frozen.
 */
export function firstOf(...authenticators: readonly Authenticator[]): Authenticator {
  return (source) => {
    const answers = authenticators.map((authenticate) => authenticate(source))
    return answers.every(isKnown) ? onlyOne(answers) : settle(answers)
  }
}

async function settle(answers: readonly (Answer | Promise<Answer>)[]): Promise<Answer> {
  return onlyOne(await Promise.all(answers.map(async (answer) => answer)))
}

function onlyOne(answers: readonly Answer[]): Answer {
  const given = answers.filter((answer) => answer !== null)
  if (given.length > 1) return twoCredentials
  const [answer] = given
  return answer === undefined ? null : frozen(answer)
}

function frozen(answer: Caller | BadCredential): Caller | BadCredential {
  if ('scopes' in answer) Object.freeze(answer.scopes)
  return Object.freeze(answer)
}

const isKnown = (answer: Answer | Promise<Answer>): answer is Answer => !(answer instanceof Promise)
