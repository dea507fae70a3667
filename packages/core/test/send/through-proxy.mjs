// Run in a process of its own by proxy.test.ts, with proxies and an authority in its environment.
import { ChatlayerError, connectionFromEnvironment, createClient } from '@chatlayer-tables/core'

const options = JSON.parse(process.argv[2] ?? '{}')
const client = createClient({ ...connectionFromEnvironment(process.env), ...options })
try {
  const leads = client.table('leads')
  const { id } = await leads.insert({ name: 'Ann' })
  const names = []
  for await (const { values } of leads.records()) names.push(values.name)
  console.log(JSON.stringify({ names, inserted: typeof id }))
} catch (error) {
  if (!(error instanceof ChatlayerError)) throw error
  const { code, message, hint, executed } = error
  console.log(JSON.stringify({ code, message, hint, executed }))
} finally {
  await client.close()
}
