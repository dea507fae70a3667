import { type Generation, openClient, openHttp } from '../clients.ts'
import type { Library } from './library.ts'

const official = (generation: Generation): Library => ({
  name: `official ${generation}`,
  async connect(target) {
    const client =
      target.wire === 'http'
        ? await openHttp(generation, target.url)
        : await openClient(generation, target.env, target.flags)
    const tools = await client.listTools()
    return {
      tools: tools.map(({ name }) => name),
      call: async (name, args) => JSON.stringify(await client.call(name, args)),
      close: () => client.close(),
    }
  },
})

export const officialV1 = official('v1')
export const officialV2 = official('v2')
