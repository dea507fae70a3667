import { expect, it } from 'vitest'
import { browserCommand } from './open-browser.ts'

it.each([
  [{}, 'linux', undefined],
  [{ DISPLAY: ':0' }, 'linux', ['xdg-open']],
  [{ WAYLAND_DISPLAY: 'wayland-0' }, 'linux', ['xdg-open']],
  [{ BROWSER: 'firefox --new-window %s:chromium' }, 'linux', ['firefox', '--new-window', '%s']],
  [{ BROWSER: ' ', DISPLAY: ':0' }, 'linux', ['xdg-open']],
  [{}, 'darwin', ['open']],
  [{}, 'win32', ['explorer.exe']],
  [{ BROWSER: 'C:\\b.exe' }, 'win32', ['C:\\b.exe']],
] as const)('chooses for %j on %s', (env, platform, command) => {
  expect(browserCommand(env, platform)).toEqual(command)
})
