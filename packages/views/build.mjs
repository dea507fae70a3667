/** Builds each page of `src/browser/pages` into one file without any request: `dist/html/<name>.html`. */
import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { build } from 'vite'
import { viteSingleFile } from 'vite-plugin-singlefile'

const PAGES = join(import.meta.dirname, 'src/browser/pages')

const pages = readdirSync(PAGES).filter((name) => name.endsWith('.html'))
for (const [index, page] of pages.entries()) {
  await build({
    configFile: false,
    root: PAGES,
    logLevel: 'warn',
    plugins: [viteSingleFile()],
    build: {
      outDir: join(import.meta.dirname, 'dist/html'),
      emptyOutDir: index === 0,
      // An assistant's host loads a page for each result that it shows: a page must stay under 100 kB.
      minify: 'oxc',
      cssMinify: true,
      // Older targets rewrite `light-dark()`, which then ignores a theme that the host sets.
      target: ['chrome125', 'safari18', 'firefox128'],
      cssTarget: ['chrome125', 'safari18', 'firefox128'],
      modulePreload: false,
      rollupOptions: { input: join(PAGES, page) },
    },
  })
}
