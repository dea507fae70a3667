import { slug } from 'github-slugger'
import { defineConfig } from 'vitepress'
import { linkFiles } from '../tools/links.ts'
import { sidebars } from '../tools/sidebar.ts'
import { REPOSITORY } from '../tools/workspace.ts'

export default defineConfig({
  title: 'Chatlayer Tables',
  description: 'A typed client, a command line and an MCP server for the Tables of Chatlayer bots.',
  lang: 'en',
  base: process.env.SITE_BASE ?? '/',
  srcExclude: ['parts/**', 'README.md'],
  // Folders that hold a README on GitHub hold an index on the site.
  rewrites: {
    'decisions/README.md': 'decisions/index.md',
    'reference/cli/README.md': 'reference/cli/index.md',
  },
  markdown: {
    // As GitHub makes anchors, so that a link works in both places.
    anchor: { slugify: slug },
    theme: { light: 'github-light-high-contrast', dark: 'github-dark-high-contrast' },
    config: (md) => md.core.ruler.push('link-files', linkFiles),
  },
  vite: { build: { chunkSizeWarningLimit: 2000 } },
  themeConfig: {
    nav: [
      { text: 'Start', link: '/start/developer', activeMatch: '^/start/' },
      { text: 'Guides', link: '/guides/using-core', activeMatch: '^/(guides|recipes)/' },
      { text: 'Reference', link: '/reference/cli/', activeMatch: '^/(reference|packages)/' },
      {
        text: 'How it works',
        link: '/how-it-works/promises',
        activeMatch: '^/(how-it-works|decisions)/',
      },
    ],
    sidebar: sidebars(),
    outline: { level: [2, 3] },
    search: { provider: 'local' },
    externalLinkIcon: true,
    ...(REPOSITORY === undefined
      ? {}
      : { socialLinks: [{ icon: 'github', link: REPOSITORY, ariaLabel: 'Source code' }] }),
  },
})
