import { Session } from 'node:inspector/promises'
import { isContender, loadContender, type Served } from './contender.js'
import { createPeopleStore } from './people-store.js'
import { callers } from './population.js'
import type { Answer, Question } from './server-process.js'

const [name = '', databaseUrl = ''] = process.argv.slice(2)
if (!isContender(name)) throw new Error(`There is no contender "${name}".`)

const tell = (answer: Answer) => process.send?.(answer)
const serve = await loadContender(name)
const store = createPeopleStore(databaseUrl)
const served = await serve({ databaseUrl, store, callers, secret: 'a secret of thirty-two characters' })
const profiler = new Session()

async function answerTo(question: Question, { stop, url, tokens }: Served): Promise<Answer> {
  switch (question) {
    case 'where':
      return { url, tokens }
    case 'cpu':
      return process.cpuUsage()
    case 'profile':
      profiler.connect()
      await profiler.post('Profiler.enable')
      await profiler.post('Profiler.setSamplingInterval', { interval: 200 })
      await profiler.post('Profiler.start')
      return null
    case 'profiled':
      return (await profiler.post('Profiler.stop')).profile
    case 'stop':
      await stop()
      await store.close()
      return null
  }
}

process.on('message', async (question: Question) => {
  tell(await answerTo(question, served))
  if (question === 'stop') process.disconnect()
})
// Nothing outlives the bench.
process.on('disconnect', () => process.exit())
tell(null)
