import type { ApolloServerOptions } from '@apollo/server'
import type { DocumentNode } from 'graphql'
import type { Context } from './context.js'

type DocumentStore = NonNullable<ApolloServerOptions<Context>['documentStore']>

/**
 * Keeps parsed and validated documents, those used last. Bounded by the length of their sources: a document in memory
 * is a hundred times its text, and the count says little of a flood of large ones.
 */
export function createDocumentStore(maxCharacters: number): DocumentStore {
  const documents = new Map<string, DocumentNode>()
  let characters = 0

  const remove = (key: string) => {
    const document = documents.get(key)
    if (document === undefined) return false
    characters -= sizeOf(document)
    return documents.delete(key)
  }

  return {
    async get(key) {
      const document = documents.get(key)
      if (document === undefined) return undefined
      // A Map keeps the order of insertion: the first is the one not used for longest.
      documents.delete(key)
      documents.set(key, document)
      return document
    },
    async set(key, document) {
      remove(key)
      if (sizeOf(document) > maxCharacters) return
      documents.set(key, document)
      characters += sizeOf(document)
      for (const oldest of documents.keys()) {
        if (characters <= maxCharacters) break
        remove(oldest)
      }
    },
    async delete(key) {
      return remove(key)
    },
  }
}

const sizeOf = (document: DocumentNode) => document.loc?.source.body.length ?? 0
