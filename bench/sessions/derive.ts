import { randomBytes } from 'node:crypto'
import argon2 from 'argon2'
import { owaspParameters } from '../../src/passwords/password-hasher.js'

/** As `src/passwords/password-hasher.ts` derives: what a sign-in cannot do without. */
export const derive = (password: string) =>
  argon2.hash(password, {
    raw: true,
    type: argon2.argon2id,
    version: 0x13,
    memoryCost: owaspParameters.memoryKib,
    timeCost: owaspParameters.passes,
    parallelism: owaspParameters.lanes,
    salt: randomBytes(16),
    hashLength: 32,
  })
