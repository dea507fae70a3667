/** Builds the site into `docs/.vitepress/dist`; with `--serve` it is served afterwards, with `--dev` live. */
import { build, createServer, serve } from 'vitepress'
import { generate } from './generate.ts'
import { DOCS } from './workspace.ts'

await generate()
if (process.argv.includes('--dev')) {
  const server = await createServer(DOCS)
  await server.listen()
  server.printUrls()
} else {
  await build(DOCS)
  if (process.argv.includes('--serve')) await serve({ root: DOCS, port: 4173 })
}
