import { people as peopleInMemory, type Person } from '../people.js'

/** The people of the other benches, with ids of Postgres; all answers about one of them are equally long. */
export const people: readonly Person[] = peopleInMemory.map((person, at) => {
  const digits = String(at).padStart(4, '0')
  return {
    ...person,
    id: `00000000-0000-4000-8000-00000000${digits}`,
    name: `Person ${digits}`,
    city: `City ${digits.slice(2)}`,
    phone: `+49 30 ${digits}`,
    email: `person${digits}@example.com`,
  }
})

/** Who sends the requests: each connection is somebody else's. */
export const callers: readonly Person[] = people.slice(0, 50)

/** Says who it is to those who ask for no proof. */
export const callerHeader = 'x-caller-id'
