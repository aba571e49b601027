/** What a subscription yields, one at a time. */
export type EventStream<Event> = AsyncIterableIterator<Event, void, void> & {
  return(): Promise<IteratorResult<Event, void>>
  throw(error: unknown): Promise<IteratorResult<Event, void>>
}

type Source<Event> = {
  next(): Promise<IteratorResult<Event, void>>
  return(): Promise<unknown>
}

/**
 * The events of a source, each made into something else; a failure of the source becomes the last event. No generator:
 * one that waits for an event hears of `return` only with the next, so that an idle source would never be let go.
 */
export function mapEvents<From, To>(
  source: Source<From>,
  { present, presentFailure }: { present: (event: From) => To; presentFailure: (error: unknown) => To },
): EventStream<To> {
  const done: IteratorResult<To, void> = { done: true, value: undefined }
  let phase: 'open' | 'ended' = 'open'

  async function next(): Promise<IteratorResult<To, void>> {
    if (phase === 'ended') return done
    try {
      const event = await source.next()
      if (!event.done) return { done: false, value: present(event.value) }
      phase = 'ended'
      return done
    } catch (error) {
      phase = 'ended'
      return { done: false, value: presentFailure(error) }
    }
  }

  async function end(): Promise<IteratorResult<To, void>> {
    phase = 'ended'
    await source.return()
    return done
  }

  const stream: EventStream<To> = {
    next,
    return: end,
    async throw(error) {
      await end()
      throw error
    },
    [Symbol.asyncIterator]: () => stream,
  }
  return stream
}
