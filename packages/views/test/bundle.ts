import { join } from 'node:path'
import { build, type Rolldown } from 'vite'

/** A page with the code of a file of this folder. */
export async function bundlePage(path: string, head = ''): Promise<string> {
  const [built] = (await build({
    configFile: false,
    logLevel: 'error',
    build: {
      write: false,
      minify: false,
      target: 'esnext',
      lib: { entry: join(import.meta.dirname, path), formats: ['es'], fileName: 'page' },
    },
  })) as Rolldown.RolldownOutput[]
  const code = built?.output[0].code.replaceAll('</script', '<\\/script') ?? ''
  return (
    `<!doctype html><html lang="en"><head><meta charset="utf-8"><title>Test</title>${head}</head>` +
    `<body><main id="root"></main><script type="module">${code}</script></body></html>`
  )
}
