import { parse } from 'graphql'
import { expect, test } from 'vitest'
import { createDocumentStore } from '../../src/graphql/document-store.js'

const document = (length: number) => parse('{ a }'.padEnd(length))

test('a document is found by its key until it is deleted', async () => {
  const store = createDocumentStore(100)
  const kept = document(10)
  await store.set('k', kept)
  expect(await store.get('k')).toBe(kept)
  expect(await store.delete('k')).toBe(true)
  expect(await store.get('k')).toBeUndefined()
  expect(await store.delete('k')).toBe(false)
})

test('past the bound the one not used for longest goes first', async () => {
  const store = createDocumentStore(30)
  for (const key of ['a', 'b', 'c']) await store.set(key, document(10))
  await store.get('a')
  await store.set('d', document(10))
  expect(await Promise.all(['a', 'b', 'c', 'd'].map((key) => store.get(key)))).toEqual([
    expect.anything(),
    undefined,
    expect.anything(),
    expect.anything(),
  ])
})

test('a document set again counts once', async () => {
  const store = createDocumentStore(30)
  await store.set('other', document(10))
  for (let time = 0; time < 10; time++) await store.set('k', document(10))
  expect(await store.get('other')).toBeDefined()
})

test('a document longer than the bound is not kept, and displaces no other', async () => {
  const store = createDocumentStore(30)
  await store.set('k', document(10))
  await store.set('huge', document(31))
  expect(await store.get('huge')).toBeUndefined()
  expect(await store.get('k')).toBeDefined()
})
