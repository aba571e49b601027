/** What one reader has not read yet. */
export type EventQueue<Event> = AsyncIterableIterator<Event, undefined> & {
  push(event: Event): void
  /** The reader gets what is waiting, then the end. */
  end(): void
}

export type EventQueueOptions = {
  /** How many events may wait. One more ends the queue: the reader gets those that wait, then `overflow()` as an error. */
  capacity: number
  overflow: () => Error
  /** Called once, when nothing more is to be pushed. */
  onClosed: () => void
}

/** A bounded queue between a source that never waits and a reader that takes its time. */
export function createEventQueue<Event>({
  capacity,
  overflow,
  onClosed,
}: EventQueueOptions): EventQueue<Event> {
  const done: IteratorReturnResult<undefined> = { done: true, value: undefined }
  const waiting: Event[] = []
  const readers: Reader<Event>[] = []
  let phase: 'open' | 'closed' = 'open'
  let failure: Error | null = null

  function close(): void {
    if (phase === 'closed') return
    phase = 'closed'
    for (const reader of readers.splice(0)) reader.resolve(done)
    onClosed()
  }

  function lastAnswer(): Promise<IteratorResult<Event, undefined>> {
    const error = failure
    failure = null
    return error === null ? Promise.resolve(done) : Promise.reject(error)
  }

  function cancel(): void {
    waiting.length = 0
    failure = null
    close()
  }

  return {
    push(event) {
      if (phase === 'closed') return
      const reader = readers.shift()
      if (reader !== undefined) return reader.resolve({ done: false, value: event })
      if (waiting.length < capacity) return void waiting.push(event)
      failure = overflow()
      close()
    },

    end: close,

    next() {
      const event = waiting.shift()
      if (event !== undefined) return Promise.resolve({ done: false, value: event })
      if (phase === 'closed') return lastAnswer()
      return new Promise((resolve) => readers.push({ resolve }))
    },

    return() {
      cancel()
      return Promise.resolve(done)
    },

    throw(error) {
      cancel()
      return Promise.reject(error)
    },

    [Symbol.asyncIterator]() {
      return this
    },
  }
}

type Reader<Event> = { resolve: (result: IteratorResult<Event, undefined>) => void }
