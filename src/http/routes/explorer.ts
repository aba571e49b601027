import { createHash } from 'node:crypto'
import { promisify } from 'node:util'
import { gzip } from 'node:zlib'
import type { RouteOptions } from 'fastify'
import { matchesEtag } from '../etag.js'

/** A text that never changes while the server runs; loaded when first asked for. */
export type ExplorerFile = {
  path: string
  contentType: string
  /** Replaces the policy that every answer carries. */
  contentSecurityPolicy?: string
  load: () => string | Promise<string>
}

type Loaded = { plain: string; zipped: Buffer; etag: string }

const zip = promisify(gzip)

/** Serves the files of the explorer: compressed once, revalidated by ETag. */
export function explorerRoutes(files: readonly ExplorerFile[]): RouteOptions[] {
  return files.map(fileRoute)
}

function fileRoute({ path, contentType, contentSecurityPolicy, load }: ExplorerFile): RouteOptions {
  let loaded: Promise<Loaded> | undefined
  return {
    method: 'GET',
    url: path,
    handler: async (request, reply) => {
      loaded ??= prepare(load)
      const { plain, zipped, etag } = await loaded
      reply.header('etag', etag).header('cache-control', 'no-cache').header('vary', 'Accept-Encoding')
      if (contentSecurityPolicy !== undefined) reply.header('content-security-policy', contentSecurityPolicy)
      if (matchesEtag(request.headers['if-none-match'], etag)) return reply.code(304).send()
      reply.type(contentType)
      if (!acceptsGzip(request.headers['accept-encoding'])) return reply.send(plain)
      return reply.header('content-encoding', 'gzip').send(zipped)
    },
  }
}

async function prepare(load: ExplorerFile['load']): Promise<Loaded> {
  const plain = await load()
  const digest = createHash('sha256').update(plain).digest('base64url').slice(0, 22)
  // Weak, because the compressed and the plain form share it (RFC 9110 8.8.1).
  return { plain, zipped: await zip(plain), etag: `W/"${digest}"` }
}

const acceptsGzip = (accepted: string | string[] | undefined) =>
  /\bgzip\b(?!\s*;\s*q=0(?:\.0*)?\s*(?:,|$))/.test(String(accepted ?? ''))
