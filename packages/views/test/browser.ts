/** The browser of all tests of pages, for the tests of other packages also. */
export type { Browser, Frame, Page } from 'playwright-core'
export { type Assistant, openAssistant } from './assistant/assistant.ts'
export { hasBrowser, openBrowser } from './chromium.ts'
export { HOSTILE_TEXTS } from './hostile.ts'
export { axe, type OpenedPage, openPage, serveHtml, sharedBrowser } from './open-page.ts'
export { sampleData } from './sample-data.ts'
