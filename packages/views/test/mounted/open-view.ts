import { join } from 'node:path'
import { build, type Rolldown } from 'vite'
import { type OpenedPage, openPage, type PageOptions } from '../open-page.ts'

export type Answers = Readonly<Record<string, (params: Record<string, unknown>) => unknown>>

export interface OpenedView extends OpenedPage {
  /** Requests of the page, in their order. */
  readonly asked: { readonly name: string; readonly params: Record<string, unknown> }[]
}

let bundled: Promise<string> | undefined

/** Opens a view whose requests are answered by functions; one that throws makes the request fail. */
export async function openView(
  view: 'journal' | 'groups' | 'profile',
  answers: Answers,
  options: PageOptions & { readonly params?: object } = {},
): Promise<OpenedView> {
  bundled ??= bundle()
  const opened = await openPage(await bundled, options)
  const asked: OpenedView['asked'] = []
  const answer = (name: string, params: Record<string, unknown>) => {
    asked.push({ name, params })
    try {
      const find = answers[name]
      return find === undefined ? { error: `no ${name} here` } : { result: find(params) }
    } catch (error) {
      return { error: (error as Error).message }
    }
  }
  await opened.page.exposeFunction('answerRequest', answer)
  await opened.page.evaluate(
    `mountView(${JSON.stringify([view, options.params ?? {}]).slice(1, -1)})`,
  )
  return { ...opened, asked }
}

async function bundle(): Promise<string> {
  const [built] = (await build({
    configFile: false,
    logLevel: 'error',
    build: {
      write: false,
      minify: false,
      target: ['chrome125', 'safari18', 'firefox128'],
      cssTarget: ['chrome125', 'safari18', 'firefox128'],
      lib: { entry: join(import.meta.dirname, 'mount-page.ts'), formats: ['es'], fileName: 'page' },
    },
  })) as Rolldown.RolldownOutput[]
  const parts = built?.output ?? []
  const code = parts.map((part) => (part.type === 'chunk' ? part.code : '')).join('')
  const styles = parts.map((part) => (part.type === 'asset' ? String(part.source) : '')).join('')
  return (
    `<!doctype html><html lang="en"><head><meta charset="utf-8"><title>View</title><style>${styles}</style></head>` +
    `<body><main id="root"></main><script type="module">${code.replaceAll('</script', '<\\/script')}</script></body></html>`
  )
}
